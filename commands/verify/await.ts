/** Waits for the verdict of an instance's present boot, on its serial console. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { readVerdicts, type Verdict } from "../../app/verdict.ts";
import type { OciClient } from "../../oci/client.ts";
import { readConsole } from "../console-history.ts";
import { readable } from "./deployed.ts";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** The kernel's first line of a boot. */
const BOOT = /^\[ +0\.000000\] Linux version/gm;

/**
 * The verdicts of the present boot, oldest first: those after the kernel's last first line, said by this
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
  console: string;
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

/** Waits until there is a verdict, or the time is over. */
export const awaitVerdict = async (options: AwaitOptions): Promise<Awaited> => {
  const { client, instanceId, timeoutMs, progress, signal, seen } = options;
  const longestMs = options.longestWaitMs ?? LONGEST_WAIT_MS;
  const start = Date.now();
  const known = JSON.stringify(seen);
  for (let wait = Math.min(FIRST_WAIT_MS, longestMs); ; wait = Math.min(wait * 2, longestMs)) {
    const console = await readable(readConsole(client, instanceId, signal));
    // No such instance, or no right to its console: waiting does not change that.
    if (console === undefined) return { verdict: undefined, console: "" };
    const verdict = presentVerdicts(console, instanceId).at(-1);
    if (verdict && JSON.stringify(verdict) !== known) return { verdict, console };
    if (Date.now() + wait - start > timeoutMs) return { verdict: undefined, console };
    progress(
      `no verdict yet after ${Math.round((Date.now() - start) / 1000)} s; the console has ${console.length} characters`,
    );
    await sleep(wait, undefined, signal ? { signal } : {});
  }
};
