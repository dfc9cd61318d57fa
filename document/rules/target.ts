/**
 * The request target: `/<service>/<the service's own path and query>`. It is forwarded as received, so it must
 * be in a form that every server reads alike; what one server might read differently from the proxy is refused.
 * @module
 */

import { ambiguousTarget } from "./ambiguous.ts";
import { Memo } from "./memo.ts";
import { ambiguity } from "./normalisation.ts";

/** A target, split but not decoded. */
export interface SplitTarget {
  service: string;
  /** The service's path and query, byte for byte, as they are forwarded. */
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
/** Letters, digits, `-`, `.` and `_` as escapes: no client writes them so, and not every server reads them alike. */
const NEEDLESS_ESCAPE = /%(?:2[DEde]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff])/;

const checkEscapes = (text: string, what: string): void => {
  if (BROKEN_ESCAPE.test(text)) {
    throw ambiguousTarget(`the ${what} has a % that is not followed by two hexadecimal digits`);
  }
  const needless = NEEDLESS_ESCAPE.exec(text)?.[0];
  if (needless) {
    throw ambiguousTarget(
      `the ${what} has ${needless}, which is written ${decodeURIComponent(needless)} without escape`,
    );
  }
};

const checkPath = (path: string): void => {
  if (!PATH.test(path)) {
    throw ambiguousTarget(
      "the path has a character that must be percent-encoded (`;` as %3B, a space as %20)",
    );
  }
  checkEscapes(path, "path");
  if (path.includes("//"))
    throw ambiguousTarget("the path has an empty segment (`//`); in an object's name write %2F");
  if (!path.includes("%") && !path.includes("/.")) return;
  const ambiguous = ambiguity(path);
  if (ambiguous) throw ambiguousTarget(`the path has ${ambiguous}`);
};

const checkQuery = (query: string): void => {
  if (!QUERY.test(query)) {
    throw ambiguousTarget(
      "the query has a character that must be percent-encoded (`;` as %3B, a space as %20)",
    );
  }
  checkEscapes(query, "query");
};

/** A path without its query, checked and split. */
const paths = new Memo((whole: string) => {
  checkPath(whole);
  const end = whole.indexOf("/", 1);
  return { service: whole.slice(1, end === -1 ? undefined : end), path: whole.slice(end), end };
});

/**
 * Splits a request target as it stands in the request line.
 * @param named the service that the request is for, where something else names it: then the whole path is its own, and
 *   is never taken for one that begins with a service
 * @throws AmbiguousRequest when it is not in origin form or has something that is read in several ways
 */
export const parseTarget = (raw: string, named?: string): SplitTarget => {
  if (!raw.startsWith("/"))
    throw ambiguousTarget("the request target must be a path: /<service>/<path of the service>");
  const mark = raw.indexOf("?");
  const query = mark === -1 ? undefined : raw.slice(mark + 1);
  const whole = mark === -1 ? raw : raw.slice(0, mark);
  const { service, path, end } = paths.get(whole);
  if (query) checkQuery(query);
  if (named !== undefined) return { service: named, forwarded: raw, path: whole, query };
  if (end === -1) throw ambiguousTarget("the path must be /<service>/<path of the service>");
  return { service, forwarded: raw.slice(end), path, query };
};
