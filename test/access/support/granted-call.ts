/** A call that an allow rule lets through, made from the rule alone. @module */
import { PLACEHOLDERS } from "../../../document/placeholders.ts";
import type { AllowInput, Constraint } from "../../../document/schema.ts";
import { findOperation } from "../../../oci/operations/index.ts";
import { INSTANCE } from "./universe.ts";

/** The call, with everything that its operation's path needs. */
export interface GrantedCall {
  operation: string;
  params: Record<string, string>;
  query: Record<string, string>;
  body?: unknown;
}

const textFor = (wanted: Exclude<Constraint, { absent: true }>): string => {
  if (wanted === PLACEHOLDERS.instance) return INSTANCE;
  if (typeof wanted === "string") return wanted;
  return "oneOf" in wanted ? wanted.oneOf[0]! : `${wanted.prefix}deeper/one.txt`;
};

/** Puts a value where a dotted path leads: `metricData.*.namespace`. */
const put = (into: unknown, [step, ...rest]: readonly string[], value: string): unknown => {
  if (step === undefined) return value;
  if (step === "*") return [put((into as unknown[] | undefined)?.[0], rest, value)];
  const members = (into ?? {}) as Record<string, unknown>;
  return { ...members, [step]: put(members[step], rest, value) };
};

/** What a rule leaves open gets a value of its own. */
export const grantedCall = (operation: string, { where = {} }: Omit<AllowInput, "grant">): GrantedCall => {
  const names = [...findOperation(operation)!.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!);
  const call: GrantedCall = {
    operation,
    params: Object.fromEntries(names.map((name) => [name, "open"])),
    query: {},
  };
  for (const [key, wanted] of Object.entries(where)) {
    if (typeof wanted === "object" && "absent" in wanted) continue;
    const [place, ...steps] = key.split(".");
    if (place === "path") call.params[steps.join(".")] = textFor(wanted);
    else if (place === "query") call.query[steps.join(".")] = textFor(wanted);
    // The proxy sends it; a caller leaves it out.
    else if (place === "header") continue;
    else call.body = put(call.body, steps, textFor(wanted));
  }
  // What a change of records says of each is what its path says.
  if (/^dns\.(Patch|Update)/.test(operation) && call.body === undefined) {
    call.body = { items: [{ domain: call.params["domain"], rtype: call.params["rtype"] }] };
  }
  return call;
};
