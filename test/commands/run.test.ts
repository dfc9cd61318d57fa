/** Commands start from compiled sources: once for each state of the sources, and the same without. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Checkout, checkout } from "../support/checkout.ts";
import { BASE } from "./changes/pull-requests.ts";

const execute = promisify(execFile);
let at: Checkout;

const start = (...args: string[]) =>
  execute(process.execPath, ["commands/run.mjs", ...args], { cwd: at.folder }).then(
    (ended) => ({ code: 0, ...ended }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
const compiled = (): string[] => readdirSync(join(at.folder, ".keyless/compiled")).sort();

beforeAll(async () => {
  at = await checkout();
  writeFileSync(join(at.folder, "Pulumi.test.yaml"), BASE);
});
afterAll(() => at.remove());

it("compiles once, and again when a source has changed", async () => {
  // Two at once do not disturb each other.
  const [one, two] = await Promise.all([start("access"), start("access")]);
  expect(one).toMatchObject({ code: 0, stdout: two.stdout });
  const first = compiled();
  expect(first).toEqual([expect.stringMatching(/^access-[0-9a-f]{16}$/)]);
  await start("access");
  expect(compiled()).toEqual(first);

  const source = join(at.folder, "commands/access/markdown.ts");
  writeFileSync(
    source,
    readFileSync(source, "utf8").replace("# Access of the stack", "# Access, changed, of"),
  );
  expect((await start("access")).stdout).toContain("# Access, changed, of test");
  expect(compiled()).toHaveLength(2);
});

it("runs where nothing can be written", async () => {
  rmSync(join(at.folder, ".keyless"), { recursive: true });
  writeFileSync(join(at.folder, ".keyless"), "no folder");
  expect((await start("access", "--json")).code).toBe(0);
});

it("knows no command that is not there", async () => {
  expect(await start("nothing")).toMatchObject({ code: 2, stderr: expect.stringContaining("found nothing") });
  expect((await start("../commands/access")).code).toBe(2);
});
