/**
 * What the check found, and how it travels over a serial console: one line of marker, length, checksum and
 * JSON in ASCII, so that kernel messages before, after or between do no harm.
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { CAUSES, type Cause } from "./causes.ts";

export type { Cause } from "./causes.ts";

/** What became of one probe. */
export const probeResultSchema = z.object({
  name: z.string(),
  says: z.string(),
  operation: z.string(),
  target: z.object({ id: z.string(), seen: z.string() }),
  expected: z.enum(["allowed", "refused", "always"]),
  /** `error`: neither allowed nor refused could be told. */
  observed: z.enum(["allowed", "refused", "error"]),
  /** HTTP status, 0 when there was no answer. */
  status: z.number(),
  code: z.string().optional(),
  /** The proxy's own words, where it cannot use the client's rules. */
  message: z.string().optional(),
  client: z.string().optional(),
  /** As expected, and its target exists. */
  ok: z.boolean(),
});
export type ProbeResult = z.infer<typeof probeResultSchema>;

export const verdictSchema = z.object({
  version: z.literal(1),
  ok: z.boolean(),
  cause: z.enum(Object.keys(CAUSES) as [Cause, ...Cause[]]).optional(),
  /** One sentence: what is wrong. */
  says: z.string().optional(),
  /** One sentence: what to do. */
  advice: z.string().optional(),
  /**
   * SHA-256 of the document that the verdict is about (`digest.ts`), lower-case hex. Absent where none was read:
   * the machine did not get so far.
   */
  documentSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
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
  /** How often the secret was tried before the outcome stood. */
  tries: z.number().optional(),
  /** Ms from the check's start to the secret, and to the verdict. */
  times: z.object({ secretMs: z.number().optional(), totalMs: z.number() }).optional(),
  /** RFC 3339, by the machine's clock. */
  time: z.string().optional(),
});
export type Verdict = z.infer<typeof verdictSchema>;

const MARKER = "KEYLESS-VERDICT";

const checksum = (json: string): string => createHash("sha256").update(json).digest("hex").slice(0, 16);

/** The console line of a verdict, with a newline before and after. */
export const frameVerdict = (verdict: Verdict): string => {
  const json = JSON.stringify(verdict).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `\n${MARKER} ${json.length} ${checksum(json)} ${json}\n`;
};

/** Kernel messages (`[   12.345678] …`) and line breaks that fell into a line. */
const NOISE = /\r?\n?\[ *\d+\.\d{6}\][^\n]*\r?\n|[\r\n]/g;

/** The JSON's value; undefined for what only looks like a verdict. */
const parsedJson = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};

/** A frame's verdict, or undefined while it is cut, damaged or of another schema. */
const unframe = (text: string): Verdict | undefined => {
  const head = new RegExp(`^${MARKER} (\\d+) ([0-9a-f]{16}) `).exec(text);
  if (!head) return undefined;
  const length = Number(head[1]);
  const rest = text.slice(head[0].length);
  for (const candidate of [rest, rest.replace(NOISE, "")]) {
    const json = candidate.slice(0, length);
    if (json.length !== length || checksum(json) !== head[2]) continue;
    const parsed = verdictSchema.safeParse(parsedJson(json));
    if (parsed.success) return parsed.data;
  }
  return undefined;
};

/**
 * All verdicts on a serial console, oldest first.
 * @param console the console's text so far; what is not yet complete is left out
 */
export const readVerdicts = (console: string): Verdict[] => {
  const found: Verdict[] = [];
  for (let at = console.indexOf(MARKER); at >= 0; at = console.indexOf(MARKER, at + 1)) {
    const next = console.indexOf(MARKER, at + 1);
    const verdict = unframe(console.slice(at, next < 0 ? undefined : next));
    if (verdict) found.push(verdict);
  }
  return found;
};
