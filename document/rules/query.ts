/** The query as services parse it, and as none of them might parse it differently. @module */

import { ambiguousTarget } from "./ambiguous.ts";
import { lenientReadings, looseName, readings } from "./normalisation.ts";

/** One parameter, decoded. */
export interface QueryParameter {
  name: string;
  value: string;
  /** Loose names that the name has, however often it is decoded. */
  readAs: readonly string[];
  /** Loose names of further parameters that the value would split into, decoded once more or before the split. */
  brings: readonly string[];
}

/**
 * Names of parameters with which frameworks let a request change its method. No operation of OCI has one of
 * them.
 */
const OVERRIDE = /^(override)?x?(http)?(request)?(method|verb)(override)?$/;
const CONTROL = /[\u0000-\u001f\u007f]/;
const ANY_CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** Characters that end a parameter, to one server or another (parameter pollution). */
const SEPARATORS = /[&;?#]/;
const NONE: readonly string[] = [];

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw ambiguousTarget("the query's percent-escapes are not UTF-8");
  }
};

const looseNames = (pieces: readonly string[]): string[] =>
  pieces.map((piece) => looseName(piece.split("=", 1)[0]!)).filter((name) => name !== "");

const namesOf = (name: string): readonly string[] => {
  if (/^[\w-]*$/.test(name)) return [looseName(name)];
  const all = readings(name);
  if (typeof all === "string") throw ambiguousTarget(`the name of a query parameter has ${all}`);
  if (all.some((reading) => ANY_CONTROL.test(reading))) {
    throw ambiguousTarget("the name of a query parameter has a control character");
  }
  return [...new Set(looseNames(all.flatMap((reading) => reading.split(SEPARATORS))))];
};

const namesIn = (value: string): readonly string[] => {
  if (!/[&;?#%]|[^\0-\x7f]/.test(value)) return NONE;
  const all = lenientReadings(value);
  if (!all) throw ambiguousTarget("a value in the query has percent-escapes nested too deep");
  return [...new Set(looseNames(all.flatMap((reading) => reading.split(SEPARATORS).slice(1))))];
};

const parameter = (part: string): QueryParameter => {
  const at = part.indexOf("=");
  const name = decode(at === -1 ? part : part.slice(0, at));
  const value = at === -1 ? "" : decode(part.slice(at + 1));
  if (CONTROL.test(name) || CONTROL.test(value)) throw ambiguousTarget("the query has a control character");
  const readAs = namesOf(name);
  if (readAs.some((loose) => OVERRIDE.test(loose))) {
    throw ambiguousTarget(`the query parameter ${name} would change the method`);
  }
  const brings = namesIn(value);
  const override = brings.find((loose) => OVERRIDE.test(loose));
  if (override) {
    throw ambiguousTarget(
      `the value of ${name} in the query holds a parameter ${override}, which would change the method`,
    );
  }
  return { name, value, readAs, brings };
};

/**
 * Parses a query string. Names are refused like their plain form however often they are escaped, because services
 * differ in how often they decode; values may hold any escapes.
 * @throws AmbiguousRequest when it is not well-formed, holds control characters, or overrides the method
 */
export const splitQuery = (query: string | undefined): QueryParameter[] => {
  if (!query) return [];
  return query
    .split("&")
    .filter((part) => part !== "")
    .map(parameter);
};

/** Parameters that might be read as the one of this name. */
const likely = (parameters: readonly QueryParameter[], name: string): QueryParameter[] => {
  const loose = looseName(name);
  return parameters.filter((p) => p.readAs.includes(loose) || p.brings.includes(loose));
};

/**
 * Refuses a query parameter with the name of a path parameter: servers that keep both in one map might take
 * the query's for the path's (parameter pollution).
 * @param inPath names of the path's parameters
 * @throws AmbiguousRequest
 */
export const refuseShadows = (parameters: readonly QueryParameter[], inPath: readonly string[]): void => {
  if (parameters.length === 0) return;
  const name = inPath.find((n) => likely(parameters, n).length > 0);
  if (name) throw ambiguousTarget(`the query has ${name}, which stands in the path`);
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
  if (found.length > 1 || only!.name !== name || only!.brings.includes(looseName(name))) return "ambiguous";
  return { value: only!.value };
};
