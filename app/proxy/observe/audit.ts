/**
 * The audit's lines: one JSON line for each request. OCI's own audit shows only the instance; this shows the client
 * behind it, joined by `opc-request-id`. No bodies, no tokens, no query values but those a grant is about.
 * @module
 */
import { printableJson } from "../../printable.ts";

/** The audit line of one request. */
export interface AuditLine {
  time: string;
  /** Absent when the caller is not known. */
  client?: string;
  /** The address that a caller who is not known came from. */
  peer?: string;
  service?: string;
  operation?: string;
  /** The operation of S3 that the request was, where it came in that form. */
  s3?: string;
  /** Path parameters, and query values that grants are about. */
  resource?: Record<string, string>;
  /**
   * `allowed`: signed and sent; `refused`: by the proxy's rules; `failed`: allowed, and not sent or without a
   * response.
   */
  decision: "allowed" | "refused" | "failed";
  /** The grant that allowed it. */
  grant?: string;
  /** The method of a request that was refused. */
  method?: string;
  /** The path of a request that was refused: as it came, cut, without the query. */
  path?: string;
  /** The status that the caller got; 0 when it went away first. */
  status: number;
  /** The proxy's own code, when the response is its own. */
  code?: string;
  /** Names of the caller's headers that did not go on, because the operation does not take them. */
  headersLeft?: string[];
  /** Number of calls that an agent's request became; those behind one that failed are not among them, and 0 where there was nothing to send. */
  calls?: number;
  /** Number of an agent's entries or data points that were not taken: they cannot be carried, or the service says so. */
  rejected?: number;
  bytesIn: number;
  bytesOut: number;
  durationMs: number;
  requestId: string;
  upstreamRequestId?: string;
  /**
   * Number of refusals without a line of their own, in a summary; everything else is the last one's.
   */
  count?: number;
  /** Time of the first of them, in a summary. */
  first?: string;
}

/** Longest value that is written whole: the length that an object's name can have. */
const MAX_VALUE_LENGTH = 1024;
const MAX_PATH_LENGTH = 256;
const MAX_ID_LENGTH = 256;
const MAX_NAMES = 16;
const MAX_NAME_LENGTH = 64;
/** Bytes of a line without its resource, with some to spare. */
const FIXED_BYTES = 1536;

const cut = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max)}…` : text);

/** Estimates the bytes that a line will need where names are plain; taken before the request is signed. */
export const expectedBytes = (line: AuditLine): number => {
  let bytes = FIXED_BYTES;
  for (const name in line.resource) bytes += name.length + line.resource[name]!.length;
  for (const name of line.headersLeft ?? []) bytes += name.length + 3;
  return bytes;
};

const isLong = (resource: Record<string, string>): boolean => {
  for (const name in resource) if (resource[name]!.length > MAX_VALUE_LENGTH) return true;
  return false;
};

/** The line's text, newline included: printable, with long values cut. */
export const textOf = (line: AuditLine): string => {
  const { resource, upstreamRequestId } = line;
  if (resource && isLong(resource)) {
    line.resource = Object.fromEntries(
      Object.entries(resource).map(([name, value]) => [name, cut(value, MAX_VALUE_LENGTH)]),
    );
  }
  if (upstreamRequestId && upstreamRequestId.length > MAX_ID_LENGTH) {
    line.upstreamRequestId = cut(upstreamRequestId, MAX_ID_LENGTH);
  }
  return `${printableJson(line)}\n`;
};

/** Names of headers for a line: the first of them, each cut. */
export const namesForAudit = (names: readonly string[]): string[] => [
  ...names.slice(0, MAX_NAMES).map((name) => cut(name, MAX_NAME_LENGTH)),
  ...(names.length > MAX_NAMES ? [`… ${names.length - MAX_NAMES} more`] : []),
];

/**
 * The path of a request target for a line about a refusal: cut, without the query (however it is marked), the
 * user information of an absolute form, and the secret of a pre-authenticated request.
 */
export const pathForAudit = (target: string): string =>
  cut(
    target
      .slice(0, 4 * MAX_PATH_LENGTH)
      .replace(/(?:[?#;]|%3f|%23|%3b).*$/is, "")
      .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1")
      .replace(/\/p\/[^/]+/g, "/p/…"),
    MAX_PATH_LENGTH,
  );
