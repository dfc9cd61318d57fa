import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameVerdict, readVerdicts, type Verdict } from "../../document/verdict.ts";

const verdict = (says: string): Verdict => ({ version: 1, ok: false, cause: "token", says, probes: [] });
const kernel = "[   12.345678] eth0: link becomes ready\n";

describe("a verdict on a serial console", () => {
  it("comes back from any text, kernel messages before, after and inside its line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(), (says, at) => {
        const line = frameVerdict(verdict(says));
        const inside = 1 + (at % (line.length - 2));
        const marker = "KEYLESS-VERDICT".length + 1;
        const cut = Math.max(inside, marker + 25);
        const noisy = `${kernel}${line.slice(0, cut)}\r\n${kernel}${line.slice(cut)}${kernel}`;
        expect(readVerdicts(noisy)).toEqual([verdict(says)]);
      }),
    );
  });

  it("is left out while it is cut", () => {
    const line = frameVerdict(verdict("cut"));
    for (let length = 0; length < line.length - 1; length += 7)
      expect(readVerdicts(line.slice(0, length))).toEqual([]);
  });

  it("is left out when one character of it was changed", () => {
    const line = frameVerdict(verdict("changed"));
    const at = line.indexOf("changed");
    expect(readVerdicts(`${line.slice(0, at)}C${line.slice(at + 1)}`)).toEqual([]);
  });

  it("comes oldest first when there are several", () => {
    const console = frameVerdict(verdict("one")) + kernel + frameVerdict(verdict("two"));
    expect(readVerdicts(console).map((v) => v.says)).toEqual(["one", "two"]);
  });

  it("is framed the same by the shell of user_data", () => {
    const report = readFileSync(new URL("../../infra/boot/report.sh", import.meta.url), "utf8");
    const shell = report.replace(">/dev/console", "");
    const args = ["-c", shell, "report.sh", "verdict", "no node", "do this"];
    const [found] = readVerdicts(execFileSync("sh", args, { encoding: "utf8" }));
    expect(found).toMatchObject({ ok: false, cause: "boot", says: "no node", advice: "do this" });
  });
});
