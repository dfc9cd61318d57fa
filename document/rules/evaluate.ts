/**
 * The one evaluator of allow rules: the proxy asks it for each request, the declaration for each probe, findings and
 * explanations for calls as they are written down. Default deny.
 * @module
 */
import type { Operation, OperationMatch } from "../../oci/operations/index.ts";
import { PLACEHOLDERS } from "../placeholders.ts";
import type { Constraint } from "../schema.ts";
import { beyond } from "./body-scope.ts";
import { constraintTexts, describeConstraint, meetsAlways, resolveConstraint } from "./constraint.ts";
import { parseJsonBody, valuesAt } from "./json-body.ts";
import type { AllowRule, ClientPolicy } from "./policy.ts";
import { constrainedValue, type QueryParameter } from "./query.ts";

/** The reason why a rule for the operation did not apply, for the refusal's text. */
export interface Unmet {
  grant: string;
  /** `path.bucketName must be "invoices", found "other"` */
  reason: string;
  /** The body's member that asks for more than the grant, where it is one that a grant could name. */
  beyond?: string;
  /** Set where no grant could allow it. */
  never?: true;
}

/** Allowed, by this grant. */
export interface Allowed {
  allowed: true;
  grant: string;
  /** `https://` and host of the resource's own, where the grant says it. */
  endpoint?: string;
  /** Names and values of headers that are sent in place of the caller's own, alternating; absent where there are none. */
  headers?: readonly string[];
}

/** The decision by path and query; `late` rules wait for the body. */
export type EarlyDecision = { /** Query parameters that grants are about. */ about: readonly string[] } & (
  | Allowed
  | {
      allowed: "by body";
      rules: readonly AllowRule[];
      unmet: readonly Unmet[];
      query: readonly QueryParameter[];
    }
  | { allowed: false; unmet: readonly Unmet[] }
);

/** The decision by the body. */
export type LateDecision =
  | Allowed
  | { allowed: false; unmet: readonly Unmet[] /** The body's value. */; value: unknown };

const sayFound = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
};

/** The parts of a request that conditions are compared with. */
export interface RequestParts {
  params: Readonly<Record<string, string>>;
  query: readonly QueryParameter[];
  /** Names (lower-case) and values of the caller's headers that an operation may take, alternating. */
  headers: readonly string[];
  /** Parts with a `+` that one server takes for itself and another for a space. */
  plus: { path: boolean; query: boolean };
  /** OCID of the instance itself; undefined while it is not known. */
  self: string | undefined;
}

/** The caller's own header is another than the one that the rule sends. */
const unmetHeader = (headers: readonly string[], name: string, wanted: Constraint): string | undefined => {
  const at = headers.findIndex((one, i) => i % 2 === 0 && one === name);
  if (at === -1 || headers[at + 1] === wanted) return undefined;
  return `header.${name} must be ${describeConstraint(wanted)} or left out, found ${sayFound(headers[at + 1])}`;
};

const unmetEarly = (
  rule: AllowRule,
  { params, query, headers, plus, self }: RequestParts,
): string | undefined => {
  for (const { where, name, wanted: written } of rule.early) {
    const wanted = resolveConstraint(written, self);
    if (wanted === undefined) return "the instance's own OCID is not known yet";
    if (where === "header") {
      const reason = unmetHeader(headers, name, wanted);
      if (reason !== undefined) return reason;
      continue;
    }
    const found = where === "path" ? { value: params[name] } : constrainedValue(query, name);
    if (typeof wanted === "object" && "absent" in wanted) {
      if (found === "absent") continue;
      return `${where}.${name} must be left out`;
    }
    if (found === "absent") return `${where}.${name} must be ${describeConstraint(wanted)}, and it is absent`;
    if (found === "ambiguous") return `${where}.${name} must be there exactly once, spelled like this`;
    if (!meetsAlways(found.value, wanted)) {
      return `${where}.${name} must be ${describeConstraint(wanted)}, found ${sayFound(found.value)}`;
    }
    if (plus[where === "path" ? "path" : "query"] && constraintTexts(wanted).some((t) => /[+ ]/.test(t))) {
      return `${where}.${name} must be ${describeConstraint(wanted)}, with + written as %2B and a space as %20`;
    }
  }
  return undefined;
};

const allowedBy = ({ grant, endpoint, headers }: AllowRule): Allowed => ({
  allowed: true,
  grant,
  ...(endpoint !== undefined && { endpoint }),
  ...(headers.length > 0 && { headers }),
});

const NONE: readonly AllowRule[] = [];

const rulesFor = (client: ClientPolicy, { service, name }: Operation): readonly AllowRule[] =>
  client.get(`${service}.${name}`) ?? NONE;

/** True when a decision about an operation depends on the instance's own OCID. */
export const asksForSelf = (client: ClientPolicy, { operation }: OperationMatch): boolean =>
  rulesFor(client, operation).some((r) =>
    [...r.early, ...r.late].some((c) => c.wanted === PLACEHOLDERS.instance),
  );

/** Decides by operation, path and query. */
export const decideEarly = (
  client: ClientPolicy,
  { operation }: OperationMatch,
  place: RequestParts,
): EarlyDecision => {
  const unmet: Unmet[] = [];
  const byBody: AllowRule[] = [];
  const rules = rulesFor(client, operation);
  const about = rules.flatMap((r) => r.early.filter((c) => c.where === "query").map((c) => c.name));
  for (const rule of rules) {
    const reason = unmetEarly(rule, place);
    if (reason) unmet.push({ grant: rule.grant, reason });
    else if (rule.late.length === 0 && !rule.limits) return { about, ...allowedBy(rule) };
    else byBody.push(rule);
  }
  if (byBody.length > 0) return { about, allowed: "by body", rules: byBody, unmet, query: place.query };
  return { about, allowed: false, unmet };
};

const unmetLate = (
  rule: Pick<AllowRule, "late">,
  body: unknown,
  self: string | undefined,
): string | undefined => {
  for (const { name, steps, wanted: written } of rule.late) {
    const wanted = resolveConstraint(written, self);
    if (wanted === undefined) return "the instance's own OCID is not known yet";
    const values = valuesAt(body, steps);
    if (!values)
      return `body.${name} must be ${describeConstraint(wanted)}, and it is absent or there in two spellings`;
    const wrong = values.find((value) => !meetsAlways(value, wanted));
    if (wrong !== undefined)
      return `body.${name} must be ${describeConstraint(wanted)}, found ${sayFound(wrong)}`;
  }
  return undefined;
};

/**
 * Decides by the body what path and query left open.
 * @param value the body's value; undefined where there is none
 */
export const decideByValue = (
  open: Extract<EarlyDecision, { allowed: "by body" }>,
  value: unknown,
  self: string | undefined,
): LateDecision => {
  const unmet: Unmet[] = [...open.unmet];
  for (const rule of open.rules) {
    const { grant } = rule;
    const reason = unmetLate(rule, value, self);
    const more = reason === undefined && rule.limits && beyond(rule.limits, value, open.query);
    if (reason !== undefined) unmet.push({ grant, reason });
    else if (more)
      unmet.push({
        grant,
        reason: more.reason,
        ...(more.member === undefined ? { never: true } : { beyond: more.member }),
      });
    else return allowedBy(rule);
  }
  return { allowed: false, unmet, value };
};

/**
 * Decides by the body as it was sent.
 * @throws AmbiguousRequest when the body cannot be read in one way only
 */
export const decideLate = (
  open: Extract<EarlyDecision, { allowed: "by body" }>,
  body: Buffer,
  self: string | undefined,
): LateDecision => {
  // A body that no rule is about may be left out.
  const absent = body.length === 0 && open.rules.some((rule) => rule.late.length === 0);
  return decideByValue(open, absent ? undefined : parseJsonBody(body), self);
};
