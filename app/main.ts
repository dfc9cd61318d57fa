/**
 * What runs on the instance: `check` or `proxy`. The launcher writes `{boot, document}` to standard input, one
 * line of JSON for each document.
 * @module
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { documentSha256 } from "../document/digest.ts";
import { documentSchema, type KeylessDocument } from "../document/schema.ts";
import { frameVerdict, type Verdict } from "../document/verdict.ts";
import { runCheck } from "./check/run.ts";
import { watchSecret } from "./check/stay.ts";
import { printable } from "./printable.ts";
import type { RunningProxy } from "./proxy/run.ts";

// Standard output is the serial console: libraries that print there must not.
console.log = console.error;

/** The longest that a timer takes. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/** A line of standard input, its document validated. */
const parseLine = (line: string): { boot: string; document: KeylessDocument } => {
  const { boot, document } = JSON.parse(line) as { boot: string; document: unknown };
  return { boot, document: documentSchema.parse(document) };
};

const print = (verdict: Verdict): boolean => process.stdout.write(frameVerdict(verdict));

/** Runs until SIGTERM: with another document the launcher starts it again. */
const check = async (): Promise<void> => {
  const stop = new AbortController();
  const end = (): void => {
    stop.abort();
    // What was printed goes out first.
    process.stdout.write("", () => process.exit(0));
  };
  process.on("SIGTERM", end);
  for await (const line of createInterface({ input: process.stdin })) {
    const sha256 = documentSha256((JSON.parse(line) as { document: unknown }).document);
    const about = (verdict: Verdict): Verdict => ({ ...verdict, documentSha256: sha256 });
    try {
      const { boot, document } = parseLine(line);
      const run = async (): Promise<Verdict> => about(await runCheck(document, boot, stop.signal));
      const first = await run();
      print(first);
      await watchSecret(document, first, run, print, stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return;
      print(
        about({
          version: 1,
          ok: false,
          cause: "settings",
          says: `the settings in the metadata are not this version's: ${String(error).slice(0, 500)}`,
          advice: "Run `pulumi up` again with the same version of keyless.",
          probes: [],
        }),
      );
      // Nothing more is to be said of this document: the launcher ends it.
      await sleep(LONGEST_SLEEP_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
    return;
  }
};

/** Runs until SIGTERM; each line of standard input is a document that is put in force. */
const proxy = async (): Promise<void> => {
  // Loaded here alone: importing undici 7 replaces the dispatcher behind Node's own fetch, which the check's SDK
  // uses, and Node 20's does not fit it.
  const { runProxy } = await import("./proxy/run.ts");
  let listener: ((document: KeylessDocument) => void) | undefined;
  let running: RunningProxy | undefined;
  // More than once: systemd tells every process of the unit, and the launcher tells this one.
  process.on("SIGTERM", () => void (running?.close() ?? Promise.resolve()).finally(() => process.exit(0)));
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const { document } = parseLine(line);
      if (listener) listener(document);
      else {
        running = await runProxy({
          document,
          subscribe: (changed) => {
            listener = changed;
            return () => {
              listener = undefined;
            };
          },
        });
        // The launcher ends the proxy before this one only now.
        process.send?.("ready");
        process.channel?.unref();
      }
    } catch (error) {
      // The document before this one stays in force; without one the launcher starts the proxy again.
      console.error(printable(`the document cannot be used: ${String(error).slice(0, 1000)}`));
      if (!running) process.exit(1);
    }
  }
};

const modes: Readonly<Record<string, () => Promise<void>>> = { check, proxy };
const mode = modes[process.argv[2] ?? ""];
if (!mode) {
  console.error(`usage: keyless check|proxy (found: ${process.argv[2] ?? "nothing"})`);
  process.exit(2);
}
mode().catch((error: unknown) => {
  console.error(printable(String(error)));
  process.exit(1);
});
