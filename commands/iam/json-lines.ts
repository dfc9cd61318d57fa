/** A tenancy as JSON, so that two of them can be compared by line. @module */
import type { Tenancy } from "../../iam/index.ts";

/** The lines of a tenancy's JSON: each item of a list is one. */
export const jsonLines = function* (tenancy: Tenancy): Generator<string> {
  const entries = Object.entries(tenancy).filter(([, value]) => value !== undefined);
  for (const [at, [name, value]] of entries.entries()) {
    const open = `${at === 0 ? "{" : " "}${JSON.stringify(name)}:`;
    const close = at === entries.length - 1 ? "}" : ",";
    if (!Array.isArray(value) || value.length === 0) {
      yield `${open}${JSON.stringify(value)}${close}`;
      continue;
    }
    yield `${open}[`;
    for (const [i, item] of value.entries())
      yield `  ${JSON.stringify(item)}${i === value.length - 1 ? `]${close}` : ","}`;
  }
};
