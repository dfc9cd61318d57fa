import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { startGuard } from "../../../../local/machines/vm/guard.ts";
import { skipFor } from "../../../support/skip.ts";

const { it } = skipFor(process.platform === "linux" ? undefined : "the guard is for Linux");

/** Runs until `end` is there, then ends slowly, as QEMU does: its monitor is gone before it is. */
const PROGRAM = `
echo begin >>"$1/log"
while [ ! -e "$1/end" ]; do sleep 0.02; done
rm "$1/end"
sleep 0.5
echo end >>"$1/log"
`;

it("starts the program anew only when it has ended, and leaves nothing", async () => {
  const guard = await startGuard("keyless-guard-test", (folder) => [
    ...["/bin/sh", "-c", PROGRAM, "program", folder],
  ]);
  const log = async (): Promise<string[]> =>
    (await readFile(join(guard.folder, "log"), "utf8").catch(() => "")).split("\n").filter(Boolean);
  const until = async (lines: number): Promise<string[]> => {
    for (;;) {
      const seen = await log();
      if (seen.length >= lines) return seen;
      await sleep(10);
    }
  };
  try {
    await guard.start();
    await until(1);
    await writeFile(join(guard.folder, "end"), "");
    while (existsSync(join(guard.folder, "end"))) await sleep(5);
    await guard.start();
    expect(await until(3)).toEqual(["begin", "end", "begin"]);
  } finally {
    await guard.close();
  }
  expect(existsSync(guard.folder)).toBe(false);
  expect(guard.folder.startsWith(tmpdir())).toBe(true);
  await expect(guard.start()).rejects.toThrow();
});
