/**
 * The program on the instance: `check` or `proxy`. The launcher writes `{boot, takesOver, document}` to standard input,
 * one line of JSON for each document.
 * @module
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { CAUSES } from "../document/causes.ts";
import { documentSha256 } from "../document/digest.ts";
import { documentSchema, type KeylessDocument } from "../document/schema.ts";
import { frameHeartbeat, frameVerdict, type Heartbeat, type Verdict } from "../document/verdict.ts";
import { prove } from "./check/prove.ts";
import { recordRun } from "./check/record.ts";
import { runCheck } from "./check/run.ts";
import { readSecretWithin } from "./check/secret.ts";
import { keepSecurityUpdates } from "./check/security-updates.ts";
import { printable } from "./printable.ts";
import type { RunningProxy } from "./proxy/run.ts";

// Standard output is the serial console: libraries that print there must not.
console.log = console.error;

/** The longest that a timer takes. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/** A line of standard input, its document validated. */
const parseLine = (line: string): { boot: string; takesOver: boolean; document: KeylessDocument } => {
  const { boot, takesOver, document } = JSON.parse(line) as {
    boot: string;
    takesOver?: boolean;
    document: unknown;
  };
  return { boot, takesOver: takesOver === true, document: documentSchema.parse(document) };
};

/** Prints a verdict or a heartbeat on the console. */
const print = (said: { verdict: Verdict } | { heartbeat: Heartbeat }): void => {
  process.stdout.write("verdict" in said ? frameVerdict(said.verdict) : frameHeartbeat(said.heartbeat));
};

/** The verdict about a document that this version does not understand. */
const unusable = (documentSha256: string, error: unknown): Verdict => ({
  version: 1,
  ok: false,
  cause: "settings",
  says: `the settings in the metadata are not this version's: ${String(error).slice(0, 500)}`,
  advice: CAUSES.settings.advice,
  documentSha256,
  probes: [],
});

/** Limit for one reading of the secret's version, in ms. */
const LOOK_MS = 30_000;

/** Proves what one line of standard input says, until the signal. */
const proveLine = async (line: string, sha256: string, signal: AbortSignal): Promise<void> => {
  let parsed: ReturnType<typeof parseLine>;
  try {
    parsed = parseLine(line);
  } catch (error) {
    print({ verdict: unusable(sha256, error) });
    // Nothing more is to be said of this document: the launcher ends it.
    await sleep(LONGEST_SLEEP_MS, undefined, { signal });
    return;
  }
  const { boot, document } = parsed;
  await keepSecurityUpdates(process.env["STATE_DIRECTORY"]?.split(":")[0], document.securityUpdates);
  const folder = process.env["RUNTIME_DIRECTORY"]?.split(":")[0];
  await prove({
    check: document.check,
    documentSha256: sha256,
    boot,
    run: (waitsFor) => runCheck(document, boot, waitsFor, signal),
    secretVersion: async () => {
      const attempt = await readSecretWithin(document.check.secretId, Date.now() + LOOK_MS, signal);
      return attempt.outcome === "read" ? attempt.versionNumber : undefined;
    },
    print,
    ran: (verdict) => void recordRun(verdict, { metrics: document.check.metrics, folder, signal }),
    nowMs: Date.now,
    sleep: (ms) => sleep(ms, undefined, { signal }),
  });
};

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
    await proveLine(line, sha256, stop.signal).catch((error: unknown) => {
      // Whatever else ends the proof ends the process: the launcher says so and starts it again.
      if (!stop.signal.aborted) throw error;
    });
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
      const { document, takesOver } = parseLine(line);
      if (listener) listener(document);
      else {
        running = await runProxy({
          ...{ document, takesOver },
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
      const what = running ? "the document cannot be used" : "the proxy cannot start";
      console.error(printable(`${what}: ${String(error).slice(0, 1000)}`));
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
