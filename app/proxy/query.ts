/** The query as services parse it, and as none of them might parse it differently. @module */
import { looseName, readings } from "./alike.ts";
import { ProxyError } from "./errors.ts";

/** One parameter, decoded. */
export interface QueryParameter {
  name: string;
  value: string;
}

/** Frameworks that let a parameter change the method look for these. */
const OVERRIDES = new Set(["method", "httpmethod", "methodoverride", "xhttpmethod", "xhttpmethodoverride"]);

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new ProxyError("BadTarget", "the query's percent-escapes are not UTF-8");
  }
};

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

/** Whether a value, decoded once more, would bring a parameter of this name along. */
const brings = (value: string, loose: string): boolean => {
  if (!/[&;?#%]/.test(value)) return false;
  const all = readings(value);
  if (typeof all === "string") return true;
  const pieces = all.flatMap((reading) => reading.split(/[&;?#]/).slice(1));
  return pieces.some((piece) => looseName(piece.split("=")[0]!) === loose);
};

/** Parameters that might be read as the one of this name. */
const likely = (parameters: readonly QueryParameter[], name: string): QueryParameter[] => {
  const loose = looseName(name);
  return parameters.filter((p) => looseName(p.name) === loose || brings(p.value, loose));
};

/**
 * Servers that keep the parameters of path and query in one map might take the query's for the path's.
 * @param inPath names of the path's parameters
 * @throws ProxyError `BadTarget`
 */
export const refuseShadows = (parameters: readonly QueryParameter[], inPath: readonly string[]): void => {
  if (parameters.length === 0) return;
  const name = inPath.find((n) => likely(parameters, n).length > 0);
  if (name) throw new ProxyError("BadTarget", `the query has ${name}, which stands in the path`);
};

/**
 * The value of a parameter that a grant constrains.
 * @returns the value; `absent`, or `ambiguous` when another parameter might be read as the same one
 */
export const constrainedValue = (
  parameters: readonly QueryParameter[],
  name: string,
): { value: string } | "absent" | "ambiguous" => {
  const found = likely(parameters, name);
  if (found.length === 0) return "absent";
  const [only] = found;
  if (found.length > 1 || only!.name !== name || brings(only!.value, looseName(name))) return "ambiguous";
  return { value: only!.value };
};
