import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { describe } from "./support/machine.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Folders of virtual machines. */
const machines = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("keyless-vm-"));

const start = async (...args: string[]): Promise<{ code: number; outcome: Record<string, unknown> }> => {
  const command = ["--import", "tsx", "commands/start.ts", "--json", "--machine", "vm", ...args];
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
  const { code, stdout } = await promisify(execFile)(process.execPath, command, options).then(
    (ran) => ({ code: 0, stdout: ran.stdout }),
    (error: { code: number; stdout: string }) => error,
  );
  return { code, outcome: JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, unknown> };
};

// What goes wrong in a first boot needs one of its own.
describe("npm start says why a machine did not come up", () => {
  it.each([
    ["no-packages", "boot", /could not be installed/],
    ["disk-full", "boot", /no space is left/],
  ])("%s", async (fault, cause, says) => {
    const before = machines();
    const { code, outcome } = await start("--fault", fault);
    expect(code).toBe(1);
    expect(outcome).toMatchObject({ ok: false, cause, verdict: { says: expect.stringMatching(says) } });
    expect(outcome["explanation"]).toMatchObject({ code: cause, says: expect.stringMatching(says) });
    expect(machines()).toEqual(before);
  });
});
