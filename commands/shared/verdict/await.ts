/** Waits for the verdict about what is deployed now, of an instance's present boot, on its serial console. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { metadataSha256 } from "../../../document/digest.ts";
import { documentSchema, type KeylessDocument } from "../../../document/schema.ts";
import type { Verdict } from "../../../document/verdict.ts";
import { CallError, type OciClient, OciError } from "../../../oci/client.ts";
import { readable } from "../explain/deployed.ts";
import { readConsole } from "./console-history.ts";
import { type Present, presentProof } from "./present.ts";
import { beforeTheChange } from "./show-verdict.ts";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Result of waiting for a verdict. */
export interface Awaited extends Present {
  /** Digest of the document in the instance's metadata; undefined when it has none or may not be read. */
  documentSha256: string | undefined;
  /** Text of the console; undefined when it may not be read, or there is no such instance. */
  console: string | undefined;
  /** The place that the document has each run's outcome posted to; undefined where it names none. */
  metrics?: KeylessDocument["check"]["metrics"];
}

export interface AwaitOptions {
  client: OciClient;
  instanceId: string;
  /** @default what the deployed document's check waits, and the time that a machine takes to come to it */
  timeoutMs?: number | undefined;
  progress: (line: string) => void;
  signal?: AbortSignal;
  /** A verdict that was seen before: another one is awaited. */
  seen?: Verdict | undefined;
  /**
   * Tells whether something else than the verdict has changed while the seen one stands: its age. What stands is then
   * returned.
   */
  hasChanged?(standing: Awaited): Promise<boolean>;
  /** The longest wait between two looks at the console. @default 15 s */
  longestWaitMs?: number;
}

/** True for what may pass: OCI is busy or fails, the connection broke. */
const isTransient = (error: unknown): boolean =>
  error instanceof OciError
    ? error.status >= 500 || error.status === 429 || error.status === 409
    : error instanceof CallError;

/** Least time for the last look at the console, however late it is. */
const LAST_LOOK_MS = 5_000;

/** A client whose calls are given up when the time is over. */
const bounded = (client: OciClient, untilMs: () => number): OciClient => {
  const within = <O extends object>(options?: O) => ({
    deadlineMs: Math.max(LAST_LOOK_MS, untilMs() - Date.now()),
    ...options,
  });
  return {
    call: (operation, options) => client.call(operation, within(options)),
    list: (operation, options) => client.list(operation, within(options)),
  };
};

/** Longest time until a machine's check starts, in s: cloud-init installs Node from the distribution. */
const BOOT_S = 900;
/** Time to wait where no document says how long the check does, in s. */
const WITHOUT_DOCUMENT_S = 600;

/** The document in an instance's metadata, as OCI has it. */
interface DeployedDocument {
  /** Digest of the document; undefined where there is none. */
  sha256: string | undefined;
  /** Longest time until a verdict about it, in s. */
  waitS: number;
  metrics: KeylessDocument["check"]["metrics"];
}

const checkIn = (text: string | undefined): KeylessDocument["check"] | undefined => {
  try {
    return documentSchema.parse(JSON.parse(text ?? "")).check;
  } catch {
    return undefined;
  }
};

/**
 * Longest time until a verdict about a document, in s: the check's deadline, and the boot.
 * @param text as it stands in the metadata
 */
export const verdictWithinS = (text: string | undefined): number => {
  const check = checkIn(text);
  return check ? check.deadlineS + BOOT_S : WITHOUT_DOCUMENT_S;
};

/**
 * Reads the document in an instance's metadata.
 * @returns undefined for an instance that is absent or may not be read
 * @throws OciError, or what broke the last connection
 */
const readDocument = async (
  client: OciClient,
  instanceId: string,
  signal: AbortSignal | undefined,
): Promise<DeployedDocument | undefined> => {
  const options = { params: { instanceId }, ...(signal && { signal }) };
  const found = await readable(client.call("core.GetInstance", options));
  if (!found) return undefined;
  const text = (found.body["metadata"] as Record<string, string> | undefined)?.["keyless"];
  return {
    sha256: text === undefined ? undefined : metadataSha256(text),
    waitS: verdictWithinS(text),
    metrics: checkIn(text)?.metrics,
  };
};

/**
 * Waits until there is a verdict about the document that is in the instance's metadata, or the time is over.
 * @throws OciError, or what broke the last connection
 */
export const awaitVerdict = async (options: AwaitOptions): Promise<Awaited> => {
  const { instanceId, progress, signal, seen } = options;
  const longestMs = options.longestWaitMs ?? LONGEST_WAIT_MS;
  const start = Date.now();
  let timeoutMs = options.timeoutMs ?? WITHOUT_DOCUMENT_S * 1000;
  const client = bounded(options.client, () => start + timeoutMs);
  const known = JSON.stringify(seen);
  let lostMs: number | undefined;
  for (let wait = Math.min(FIRST_WAIT_MS, longestMs); ; wait = Math.min(wait * 2, longestMs)) {
    const late = Date.now() + wait - start > timeoutMs;
    const after = `after ${Math.round((Date.now() - start) / 1000)} s`;
    try {
      const document = await readDocument(client, instanceId, signal);
      if (document) timeoutMs = options.timeoutMs ?? document.waitS * 1000;
      const console = document && (await readable(readConsole(client, instanceId, signal)));
      const documentSha256 = document?.sha256;
      // No such instance, or no right to it or to its console: waiting does not change that.
      if (console === undefined) return { console, documentSha256 };
      const of = { console, documentSha256, metrics: document?.metrics };
      const present = presentProof(console, instanceId, documentSha256, known);
      if (present.verdict || late) return { ...present, ...of };
      const standing = known ? presentProof(console, instanceId, documentSha256) : present;
      if (standing.verdict) {
        lostMs = undefined;
        if (await options.hasChanged?.({ ...standing, ...of })) return { ...standing, ...of };
      } else if (known) {
        // The seen one is not about what is deployed now any more, and none has come for as long as one may take.
        lostMs ??= Date.now();
        if (Date.now() - lostMs > document!.waitS * 1000) return { ...standing, ...of };
      }
      const old = standing.before ? `; ${beforeTheChange(standing.before)}` : "";
      progress(
        `no ${known ? "other " : ""}verdict yet ${after}; the console has ${console.length} characters${old}`,
      );
    } catch (error) {
      if (late || signal?.aborted || !isTransient(error)) throw error;
      progress(`${after}: ${(error as Error).message}; trying again`);
    }
    await sleep(wait, undefined, signal ? { signal } : {});
  }
};
