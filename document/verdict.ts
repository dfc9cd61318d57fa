/** The check's messages on the serial console: verdicts, and heartbeats between them. @module */
import { z } from "zod";
import { CAUSES, type Cause } from "./causes.ts";
import { frameLine, readLines } from "./console-line.ts";

export type { Cause } from "./causes.ts";

/** The result of one probe. */
export const probeResultSchema = z.object({
  name: z.string(),
  says: z.string(),
  operation: z.string(),
  target: z.object({ id: z.string(), seen: z.string() }),
  expected: z.enum(["allowed", "refused", "always"]),
  /** `error`: it cannot be decided whether the call was allowed or refused. */
  observed: z.enum(["allowed", "refused", "error"]),
  /** HTTP status, 0 when there was no response. */
  status: z.number(),
  code: z.string().optional(),
  /** The proxy's own words, where it cannot use the client's rules. */
  message: z.string().optional(),
  client: z.string().optional(),
  /** Ms from the run's beginning until this was observed, where it had to be tried again. */
  afterMs: z.number().optional(),
  /** True when the result is as expected and its target exists. */
  ok: z.boolean(),
});
export type ProbeResult = z.infer<typeof probeResultSchema>;

const digestSchema = z.string().regex(/^[0-9a-f]{64}$/);
const causeSchema = z.enum(Object.keys(CAUSES) as [Cause, ...Cause[]]);

/** The check's intervals of proving and of printing. */
const proofSchema = z.object({
  /** Number of runs since the check started with this document. */
  runs: z.number(),
  /** Interval between runs, in s. */
  everyS: z.number(),
  /** Interval at which an unchanged proof is printed again, in s. */
  heartbeatS: z.number(),
  /**
   * Number of runs since the last printed verdict that came to another outcome and were not printed whole: the console
   * had no room for them. Absent where there are none.
   */
  unprinted: z.number().optional(),
});

export const verdictSchema = z.object({
  version: z.literal(1),
  ok: z.boolean(),
  cause: causeSchema.optional(),
  /** The problem in one sentence. */
  says: z.string().optional(),
  /** The remedy in one sentence. */
  advice: z.string().optional(),
  /**
   * SHA-256 of the document that the verdict is about (`digest.ts`), lower-case hex. Absent where none was read:
   * the machine did not get so far.
   */
  documentSha256: digestSchema.optional(),
  /** The kernel's boot id. */
  boot: z.string().optional(),
  instance: z.string().optional(),
  region: z.string().optional(),
  secret: z
    .object({
      id: z.string(),
      version: z.number().optional(),
      stages: z.array(z.string()).optional(),
      /** HMAC-SHA-256 of the value under the run's nonce, hex; absent in a tenancy. */
      digest: z.string().optional(),
    })
    .optional(),
  probes: z.array(probeResultSchema).default([]),
  /** The security token's times, RFC 3339. */
  token: z.object({ issued: z.string(), expires: z.string() }).optional(),
  /** Number of tries at the secret before the outcome stood. */
  tries: z.number().optional(),
  /** Ms from the check's start to the secret, and to the verdict. */
  times: z.object({ secretMs: z.number().optional(), totalMs: z.number() }).optional(),
  /** RFC 3339, by the machine's clock. */
  time: z.string().optional(),
  /** Differences from the run before, for people. */
  changed: z.array(z.string()).optional(),
  /** Absent where nothing is tried again: the machine did not get so far. */
  proof: proofSchema.optional(),
});
export type Verdict = z.infer<typeof verdictSchema>;

/**
 * The line of a check that has no new verdict: it has started with a document, or has found the same again.
 */
const heartbeatSchema = z.object({
  version: z.literal(1),
  /** Absent while the first run with this document is under way: what was said before is not about it. */
  ok: z.boolean().optional(),
  cause: causeSchema.optional(),
  documentSha256: digestSchema,
  instance: z.string().optional(),
  boot: z.string(),
  /** RFC 3339, by the machine's clock. */
  time: z.string(),
  proof: proofSchema,
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

const VERDICT = "KEYLESS-VERDICT";
const PROOF = "KEYLESS-PROOF";

/** Frames a verdict as its console line, with a newline before and after. */
export const frameVerdict = (verdict: Verdict): string => frameLine(VERDICT, verdict);

/** Frames a heartbeat in the same way. */
export const frameHeartbeat = (heartbeat: Heartbeat): string => frameLine(PROOF, heartbeat);

/** A message of the check: a verdict, or between verdicts a heartbeat. */
export type Said = { verdict: Verdict } | { heartbeat: Heartbeat };

/** Reads all that a check has said on a serial console, oldest first; lines of other schemas are left out. */
export const readSaid = (console: string): Said[] =>
  readLines(console, [VERDICT, PROOF]).flatMap(({ marker, value }): Said[] => {
    if (marker === PROOF) {
      const { data: heartbeat } = heartbeatSchema.safeParse(value);
      return heartbeat ? [{ heartbeat }] : [];
    }
    const { data: verdict } = verdictSchema.safeParse(value);
    return verdict ? [{ verdict }] : [];
  });

/**
 * Reads all verdicts on a serial console, oldest first.
 * @param console the console's text so far; what is not yet complete is left out
 */
export const readVerdicts = (console: string): Verdict[] =>
  readSaid(console).flatMap((said) => ("verdict" in said ? [said.verdict] : []));
