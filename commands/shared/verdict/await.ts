/** Waits for the verdict of an instance's present boot, on its serial console. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { readVerdicts, type Verdict } from "../../../document/verdict.ts";
import { CallError, type OciClient, OciError } from "../../../oci/client.ts";
import { readable } from "../explain/deployed.ts";
import { readConsole } from "./console-history.ts";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * What a boot begins with: the kernel's first line, which a boot loader's or firmware's last words may stand before,
 * or cloud-init's first where the kernel is told to be quiet.
 */
const BOOT = /\[ +0\.000000\] Linux version|Cloud-init v\. \S+ running 'init-local'/g;

/**
 * The verdicts of the present boot, oldest first: those after the last beginning of a boot, said by this
 * instance (the launcher may not know its OCID yet).
 */
export const presentVerdicts = (console: string, instanceId: string): Verdict[] => {
  const boots = [...console.matchAll(BOOT)];
  const present = console.slice(boots.at(-1)?.index ?? 0);
  return readVerdicts(present).filter((v) => v.instance === undefined || v.instance === instanceId);
};

/** What waiting came to. */
export interface Awaited {
  verdict: Verdict | undefined;
  /** Undefined when it may not be read, or there is no such instance. */
  console: string | undefined;
}

export interface AwaitOptions {
  client: OciClient;
  instanceId: string;
  timeoutMs: number;
  progress: (line: string) => void;
  signal?: AbortSignal;
  /** A verdict that was seen before: another one is awaited. */
  seen?: Verdict | undefined;
  /** The longest wait between two looks at the console. @default 15 s */
  longestWaitMs?: number;
}

/** What may pass: OCI is busy or fails, the connection broke. */
const isTransient = (error: unknown): boolean =>
  error instanceof OciError
    ? error.status >= 500 || error.status === 429 || error.status === 409
    : error instanceof CallError;

/** Not less than this for the last look at the console, however late it is. */
const LAST_LOOK_MS = 5_000;

/** A client whose calls are given up when the time is over. */
const bounded = (client: OciClient, untilMs: number): OciClient => {
  const within = <O extends object>(options?: O) => ({
    deadlineMs: Math.max(LAST_LOOK_MS, untilMs - Date.now()),
    ...options,
  });
  return {
    call: (operation, options) => client.call(operation, within(options)),
    list: (operation, options) => client.list(operation, within(options)),
  };
};

/** The verdict after the known one; the last one when none is known. */
const nextOf = (verdicts: readonly Verdict[], known: string | undefined): Verdict | undefined => {
  if (known === undefined) return verdicts.at(-1);
  const at = verdicts.map((v) => JSON.stringify(v)).lastIndexOf(known);
  // Where the known one is gone (another boot, a console that has run over), all are new.
  return verdicts[at + 1];
};

/** Waits until there is a verdict, or the time is over. @throws OciError, or what broke the last connection */
export const awaitVerdict = async (options: AwaitOptions): Promise<Awaited> => {
  const { instanceId, timeoutMs, progress, signal, seen } = options;
  const longestMs = options.longestWaitMs ?? LONGEST_WAIT_MS;
  const start = Date.now();
  const client = bounded(options.client, start + timeoutMs);
  const known = JSON.stringify(seen);
  for (let wait = Math.min(FIRST_WAIT_MS, longestMs); ; wait = Math.min(wait * 2, longestMs)) {
    const late = Date.now() + wait - start > timeoutMs;
    const after = `after ${Math.round((Date.now() - start) / 1000)} s`;
    try {
      const console = await readable(readConsole(client, instanceId, signal));
      // No such instance, or no right to its console: waiting does not change that.
      if (console === undefined) return { verdict: undefined, console };
      const verdict = nextOf(presentVerdicts(console, instanceId), known);
      if (verdict || late) return { verdict, console };
      progress(
        `no ${known ? "other " : ""}verdict yet ${after}; the console has ${console.length} characters`,
      );
    } catch (error) {
      if (late || signal?.aborted || !isTransient(error)) throw error;
      progress(`${after}: ${(error as Error).message}; trying again`);
    }
    await sleep(wait, undefined, signal ? { signal } : {});
  }
};
