/**
 * What runs on the instance: `check` or `proxy`. The launcher writes `{boot, document}` to standard input, one
 * line of JSON for each document.
 * @module
 */
import { createInterface } from "node:readline";
import { runCheck } from "./check/run.ts";
import { documentSchema, type KeylessDocument } from "./settings.ts";
import { frameVerdict } from "./verdict.ts";

// Standard output is the serial console: libraries that print there must not.
console.log = console.error;

/** A line of standard input, its document validated. */
const parseLine = (line: string): { boot: string; document: KeylessDocument } => {
  const { boot, document } = JSON.parse(line) as { boot: string; document: unknown };
  return { boot, document: documentSchema.parse(document) };
};

const check = async (): Promise<void> => {
  const stop = new AbortController();
  process.on("SIGTERM", () => stop.abort());
  for await (const line of createInterface({ input: process.stdin })) {
    let verdict: Parameters<typeof frameVerdict>[0];
    try {
      const { boot, document } = parseLine(line);
      verdict = await runCheck(document, boot, stop.signal);
    } catch (error) {
      if (stop.signal.aborted) process.exit(0);
      verdict = {
        version: 1,
        ok: false,
        cause: "settings",
        says: `the settings in the metadata are not this version's: ${String(error).slice(0, 500)}`,
        advice: "Run `pulumi up` again with the same version of keyless.",
        probes: [],
      };
    }
    process.stdout.write(frameVerdict(verdict), () => process.exit(0));
    return;
  }
};

const mode = process.argv[2];
if (mode !== "check") {
  console.error(`usage: keyless check (found: ${mode ?? "nothing"})`);
  process.exit(2);
}
check().catch((error: unknown) => {
  console.error(String(error));
  process.exit(1);
});
