/** The proxy's decision, asked of a call as it is written down: of a probe, or of a call that somebody explains. @module */
import { findOperation } from "../../oci/operations/index.ts";
import { PLACEHOLDERS } from "../placeholders.ts";
import type { Allow, AllowInput } from "../schema.ts";
import { AmbiguousRequest } from "./ambiguous.ts";
import { decideByValue, decideEarly } from "./evaluate.ts";
import { type ClientPolicy, compileRules } from "./policy.ts";
import { refuseShadows, splitQuery } from "./query.ts";
import { route } from "./route.ts";
import { parseTarget } from "./target.ts";

/** A call by operation and values, as probes are written. */
export interface WrittenCall {
  /** `service.Operation` */
  operation: string;
  params?: Readonly<Record<string, string>> | undefined;
  query?: Readonly<Record<string, string>> | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** The body, sent as JSON. */
  body?: unknown;
}

/** Target of a call as clients of the proxy send it: `/<service>/<path>?<query>`; undefined for no operation. */
export const callTarget = ({ operation, params = {}, query = {} }: WrittenCall): string | undefined => {
  const found = findOperation(operation);
  if (!found) return undefined;
  const path = found.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const search = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
  return `/${found.service}${path}${search && `?${search}`}`;
};

/**
 * Decides a written call by a client's rules, on the way that a request takes through the proxy.
 * @param self OCID of the instance, or its placeholder where the call has that too
 */
export const allows = (
  policy: ClientPolicy,
  call: WrittenCall,
  self: string = PLACEHOLDERS.instance,
): boolean => {
  const raw = callTarget(call);
  if (raw === undefined) return false;
  try {
    const target = parseTarget(raw);
    const match = route(findOperation(call.operation)!.method, target);
    if (!match) return false;
    const query = splitQuery(target.query);
    refuseShadows(query, Object.keys(match.params));
    const plus = { path: target.path.includes("+"), query: target.query?.includes("+") ?? false };
    const headers = Object.entries(call.headers ?? {}).flat();
    const early = decideEarly(policy, match, { params: match.params, query, headers, plus, self });
    if (early.allowed !== "by body") return early.allowed;
    const body = call.body === undefined ? undefined : JSON.parse(JSON.stringify(call.body));
    return decideByValue(early, body, self).allowed;
  } catch (error) {
    if (error instanceof AmbiguousRequest) return false;
    throw error;
  }
};

/** Decides whether one rule lets a written call through, as the proxy would. */
export const covers = (rule: Omit<AllowInput, "grant">, call: WrittenCall): boolean => {
  const whole: Allow = { ...rule, grant: "", where: rule.where ?? {} };
  return allows(compileRules([whole]), call);
};
