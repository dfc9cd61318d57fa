/**
 * The request target: `/<service>/<the service's own path and query>`. It is forwarded as received, so it must
 * be in a form that every server reads alike; what one server might read differently from the proxy is refused.
 * @module
 */
import { ProxyError } from "./errors.ts";

/** A target, split but not decoded. */
export interface Target {
  service: string;
  /** What is forwarded: the service's path and query, byte for byte. */
  forwarded: string;
  /** The service's path without the query. */
  path: string;
  /** The query without `?`; undefined when there is no `?`. */
  query: string | undefined;
}

/** Characters of a path as RFC 3986 has them, without `;`: some servers cut a segment there. */
const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,=:@/%]*$/;
const QUERY = /^[A-Za-z0-9\-._~!$&'()*+,=:@/%?[\]]*$/;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const DOT_SEGMENT = /(^|[/\\])\.{1,2}([/\\;?#]|$)/;
/** Escapes may be nested this deep before the target is refused for it. */
const MAX_DEPTH = 4;

const bad = (message: string): ProxyError => new ProxyError("BadTarget", message);

/** A text as every server down the line might come to see it: decoded once, twice, …, and normalised. */
const readings = (text: string): string[] => {
  const found: string[] = [];
  let current = text;
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    found.push(current, current.normalize("NFKC"));
    if (!/%[0-9A-Fa-f]{2}/.test(current)) return found;
    let next: string;
    try {
      next = decodeURIComponent(current.replace(BROKEN_ESCAPES, "%25"));
    } catch {
      throw bad("the path's percent-escapes are not UTF-8");
    }
    if (next === current) return found;
    current = next;
  }
  throw bad("the path is percent-encoded too many times over");
};

const BROKEN_ESCAPES = new RegExp(BROKEN_ESCAPE, "g");

const checkPath = (path: string): void => {
  if (!PATH.test(path)) {
    throw bad("the path has a character that must be percent-encoded (`;` as %3B, a space as %20)");
  }
  if (BROKEN_ESCAPE.test(path)) throw bad("the path has a % that is not followed by two hexadecimal digits");
  if (path.includes("//")) throw bad("the path has an empty segment (`//`); in an object's name write %2F");
  if (!path.includes("%") && !path.includes("/.")) return;
  for (const reading of readings(path)) {
    if (DOT_SEGMENT.test(reading)) throw bad("the path has a `.` or `..` segment");
    if (reading.includes("\\")) throw bad("the path has a backslash");
    if (CONTROL.test(reading)) throw bad("the path has a control character");
  }
};

const checkQuery = (query: string): void => {
  if (!QUERY.test(query)) {
    throw bad("the query has a character that must be percent-encoded (`;` as %3B, a space as %20)");
  }
  if (BROKEN_ESCAPE.test(query))
    throw bad("the query has a % that is not followed by two hexadecimal digits");
};

/**
 * Splits a request target as it stands in the request line.
 * @throws ProxyError `BadTarget` when it is not in origin form or has something that is read in several ways
 */
export const parseTarget = (raw: string): Target => {
  if (!raw.startsWith("/")) throw bad("the request target must be a path: /<service>/<path of the service>");
  const mark = raw.indexOf("?");
  const whole = mark === -1 ? raw : raw.slice(0, mark);
  const query = mark === -1 ? undefined : raw.slice(mark + 1);
  checkPath(whole);
  if (query) checkQuery(query);
  const end = whole.indexOf("/", 1);
  if (end === -1) throw bad("the path must be /<service>/<path of the service>");
  const path = whole.slice(end);
  return { service: whole.slice(1, end), forwarded: raw.slice(end), path, query };
};
