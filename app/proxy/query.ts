/** The query as services parse it, and as none of them might parse it differently. @module */
import { ProxyError } from "./errors.ts";

/** One parameter, decoded. */
export interface QueryParameter {
  name: string;
  value: string;
}

/** Frameworks that let a parameter change the method look for these. */
const OVERRIDES = new Set(["_method", "http_method", "x-http-method", "x-http-method-override"]);

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new ProxyError("BadTarget", "the query's percent-escapes are not UTF-8");
  }
};

/** A name as a lenient server might read it: in another case, with spaces or an array's brackets. */
export const looseName = (name: string): string =>
  name
    .normalize("NFKC")
    .replace(/\[.*$/s, "")
    .replace(/[^\x21-\x7e]/g, "")
    .toLowerCase();

/**
 * Parses a query string.
 * @throws ProxyError `BadTarget` when it is not well-formed, holds control characters, or overrides the method
 */
export const parseQuery = (query: string | undefined): QueryParameter[] => {
  if (!query) return [];
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const name = decode(at === -1 ? part : part.slice(0, at));
      const value = at === -1 ? "" : decode(part.slice(at + 1));
      if (/[\u0000-\u001f\u007f]/.test(name + value)) {
        throw new ProxyError("BadTarget", "the query has a control character");
      }
      if (OVERRIDES.has(looseName(name))) {
        throw new ProxyError("BadTarget", `the query parameter ${name} would change the method`);
      }
      return { name, value };
    });
};

/**
 * The value of a parameter that a grant constrains.
 * @returns the value; `absent`, or `ambiguous` when another parameter might be read as the same one
 */
export const constrainedValue = (
  parameters: readonly QueryParameter[],
  name: string,
): { value: string } | "absent" | "ambiguous" => {
  const loose = looseName(name);
  const found = parameters.filter((p) => looseName(p.name) === loose);
  if (found.length === 0) return "absent";
  return found.length === 1 && found[0]!.name === name ? { value: found[0]!.value } : "ambiguous";
};
