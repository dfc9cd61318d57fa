/**
 * What clients may do: the document's allow rules, compiled once, decided for each request. Default deny.
 * @module
 */

import { findOperations, type Operation, type OperationMatch } from "../../oci/operations/index.ts";
import { type Allow, type Constraint, type KeylessDocument, meets } from "../schema.ts";
import { type BodyLimits, beyond, limitsOf } from "./body-scope.ts";
import { parseJsonBody, valuesAt } from "./json-body.ts";
import { oddity } from "./normalisation.ts";
import { constrainedValue, type QueryParameter } from "./query.ts";

/** The `proxy` part of the document. */
export type ProxyDocument = NonNullable<KeylessDocument["proxy"]>;

/** One condition of a rule. */
interface Condition {
  where: "path" | "query" | "body";
  /** Parameter, or the way through the body. */
  name: string;
  steps: readonly string[];
  wanted: Constraint;
}

/** A rule with its conditions sorted by when they can be decided. */
export interface Rule {
  grant: string;
  early: readonly Condition[];
  late: readonly Condition[];
  /** What the operation's body may not add. */
  limits: BodyLimits | undefined;
}

/** One client's rules, by `service.Operation`. */
export type ClientPolicy = ReadonlyMap<string, readonly Rule[]>;

/** All clients' rules. */
export interface Policy {
  clients: ReadonlyMap<string, ClientPolicy>;
}

/** Why a rule for the operation did not apply, for the refusal's text. */
export interface Unmet {
  grant: string;
  /** `path.bucketName must be "invoices", found "other"` */
  reason: string;
  /** The body's member that asks for more than the grant, where it is one. */
  beyond?: string;
}

/** What path and query decide; `late` rules wait for the body. */
export type EarlyDecision = { /** Query parameters that grants are about. */ about: readonly string[] } & (
  | { allowed: true; grant: string }
  | {
      allowed: "by body";
      rules: readonly Rule[];
      unmet: readonly Unmet[];
      query: readonly QueryParameter[];
    }
  | { allowed: false; unmet: readonly Unmet[] }
);

/** What the body decides. */
export type LateDecision = { allowed: true; grant: string } | { allowed: false; unmet: readonly Unmet[] };

const CLIENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** Names of sockets that systemd opens and that are no client's. */
const RESERVED = new Set(["http", "admin"]);

/** Stands in a rule for the OCID of the instance itself, which nobody knows before it is launched. */
const SELF = "{instance}";

const condition = (key: string, wanted: Constraint): Condition => {
  const [where, ...steps] = key.split(".");
  return { where: where as Condition["where"], name: steps.join("."), steps, wanted };
};

const checkRule = (allow: Allow, where: string, errors: string[]): void => {
  for (const operation of allow.operations) {
    const [service, name] = operation.split(".");
    const found = findOperations(name ?? "").filter((o) => o.service === service && o.name === name);
    if (found.length === 0) errors.push(`${where}: there is no operation ${operation}`);
    for (const key of Object.keys(allow.where)) {
      const parameter = /^path\.(.+)$/.exec(key)?.[1];
      if (parameter && found.length > 0 && !found.some((o) => o.path.includes(`{${parameter}}`))) {
        errors.push(`${where}: the path of ${operation} has no parameter ${parameter}`);
      }
      if (key.startsWith("body.") && found.some((o) => !o.bodySigned)) {
        errors.push(`${where}: the body of ${operation} is passed on unread, so ${key} cannot be checked`);
      }
    }
  }
  for (const key of Object.keys(allow.where)) {
    if (!/^(path|query|body)\.[^.]+(\.[^.]+)*$/.test(key)) {
      errors.push(`${where}: ${key} is not path.<parameter>, query.<name> or body.<member>`);
    }
  }
};

/**
 * Compiles the document's clients.
 * @throws Error that lists everything wrong: unknown operations, parameters that no path has, names that
 *   cannot be a socket's
 */
export const compilePolicy = (document: Pick<ProxyDocument, "clients">): Policy => {
  const errors: string[] = [];
  const clients = new Map<string, ClientPolicy>();
  for (const [name, { allow }] of Object.entries(document.clients)) {
    if (!CLIENT_NAME.test(name) || RESERVED.has(name)) {
      errors.push(`client ${JSON.stringify(name)}: not a name for a socket`);
    }
    const byOperation = new Map<string, Rule[]>();
    for (const [i, rule] of allow.entries()) {
      checkRule(rule, `client ${name}, rule ${i + 1} (${rule.grant})`, errors);
      const conditions = Object.entries(rule.where).map(([key, wanted]) => condition(key, wanted));
      const early = conditions.filter((c) => c.where !== "body");
      const late = conditions.filter((c) => c.where === "body");
      for (const operation of rule.operations) {
        const limits = limitsOf(operation, Object.keys(rule.where));
        const compiled: Rule = { grant: rule.grant, early, late, limits };
        byOperation.set(operation, [...(byOperation.get(operation) ?? []), compiled]);
      }
    }
    clients.set(name, byOperation);
  }
  if (errors.length > 0) throw new Error(`The proxy's allow rules cannot be used:\n${errors.join("\n")}`);
  return { clients };
};

const say = (wanted: Constraint): string => {
  if (typeof wanted === "string") return JSON.stringify(wanted);
  if ("oneOf" in wanted) return `one of ${wanted.oneOf.join(", ")}`;
  return `something that begins with ${JSON.stringify(wanted.prefix)}`;
};

const wantedTexts = (wanted: Constraint): readonly string[] => {
  if (typeof wanted === "string") return [wanted];
  return "oneOf" in wanted ? wanted.oneOf : [wanted.prefix];
};

const normalised = (wanted: Constraint, form: "NFC" | "NFKC"): Constraint => {
  if (typeof wanted === "string") return wanted.normalize(form);
  if ("oneOf" in wanted) return { oneOf: wanted.oneOf.map((one) => one.normalize(form)) };
  return { prefix: wanted.prefix.normalize(form) };
};

/** Whether a value is what is wanted, to every server that may read it. */
const meetsAlways = (value: unknown, wanted: Constraint): boolean => {
  if (!meets(value, wanted)) return false;
  const text = String(value);
  // What goes on behind a prefix is free, but not to lead back out of it.
  if (typeof wanted === "object" && "prefix" in wanted && oddity(text)) return false;
  if (/^[\0-\x7f]*$/.test(text)) return true;
  return (["NFC", "NFKC"] as const).every((form) => meets(text.normalize(form), normalised(wanted, form)));
};

const sayFound = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
};

/** A request's place: what conditions are compared with. */
export interface Place {
  params: Readonly<Record<string, string>>;
  query: readonly QueryParameter[];
  /** Where a `+` stands that one server takes for itself and another for a space. */
  plus: { path: boolean; query: boolean };
  /** OCID of the instance itself; undefined while it is not known. */
  self: string | undefined;
}

const resolve = (wanted: Constraint, self: string | undefined): Constraint | undefined =>
  wanted === SELF ? self : wanted;

const unmetEarly = (rule: Rule, { params, query, plus, self }: Place): string | undefined => {
  for (const { where, name, wanted: written } of rule.early) {
    const wanted = resolve(written, self);
    if (wanted === undefined) return "the instance's own OCID is not known yet";
    const found = where === "path" ? { value: params[name] } : constrainedValue(query, name);
    if (found === "absent") return `${where}.${name} must be ${say(wanted)}, and it is absent`;
    if (found === "ambiguous") return `${where}.${name} must be there exactly once, spelled like this`;
    if (!meetsAlways(found.value, wanted)) {
      return `${where}.${name} must be ${say(wanted)}, found ${sayFound(found.value)}`;
    }
    if (plus[where === "path" ? "path" : "query"] && wantedTexts(wanted).some((t) => /[+ ]/.test(t))) {
      return `${where}.${name} must be ${say(wanted)}, with + written as %2B and a space as %20`;
    }
  }
  return undefined;
};

const NONE: readonly Rule[] = [];

const rulesFor = (client: ClientPolicy, { service, name }: Operation): readonly Rule[] =>
  client.get(`${service}.${name}`) ?? NONE;

/** Whether a decision about an operation depends on the instance's own OCID. */
export const asksForSelf = (client: ClientPolicy, { operation }: OperationMatch): boolean =>
  rulesFor(client, operation).some((r) => [...r.early, ...r.late].some((c) => c.wanted === SELF));

/** Decides by operation, path and query. */
export const decideEarly = (
  client: ClientPolicy,
  { operation }: OperationMatch,
  place: Place,
): EarlyDecision => {
  const unmet: Unmet[] = [];
  const byBody: Rule[] = [];
  const rules = rulesFor(client, operation);
  const about = rules.flatMap((r) => r.early.filter((c) => c.where === "query").map((c) => c.name));
  for (const rule of rules) {
    const reason = unmetEarly(rule, place);
    if (reason) unmet.push({ grant: rule.grant, reason });
    else if (rule.late.length === 0 && !rule.limits) return { about, allowed: true, grant: rule.grant };
    else byBody.push(rule);
  }
  if (byBody.length > 0) return { about, allowed: "by body", rules: byBody, unmet, query: place.query };
  return { about, allowed: false, unmet };
};

const unmetLate = (rule: Pick<Rule, "late">, body: unknown, self: string | undefined): string | undefined => {
  for (const { name, steps, wanted: written } of rule.late) {
    const wanted = resolve(written, self);
    if (wanted === undefined) return "the instance's own OCID is not known yet";
    const values = valuesAt(body, steps);
    if (!values) return `body.${name} must be ${say(wanted)}, and it is absent or there in two spellings`;
    const wrong = values.find((value) => !meetsAlways(value, wanted));
    if (wrong !== undefined) return `body.${name} must be ${say(wanted)}, found ${sayFound(wrong)}`;
  }
  return undefined;
};

/** A body that no rule is about may be left out. */
const readJsonBody = (body: Buffer, rules: readonly Rule[]): unknown =>
  body.length === 0 && rules.some((rule) => rule.late.length === 0) ? undefined : parseJsonBody(body);

/**
 * Decides by the body what path and query left open.
 * @throws AmbiguousRequest when the body cannot be read in one way only
 */
export const decideLate = (
  open: Extract<EarlyDecision, { allowed: "by body" }>,
  body: Buffer,
  self: string | undefined,
): LateDecision => {
  const value = readJsonBody(body, open.rules);
  const unmet: Unmet[] = [...open.unmet];
  for (const { grant, ...rule } of open.rules) {
    const reason = unmetLate(rule, value, self);
    const more = reason === undefined && rule.limits && beyond(rule.limits, value, open.query);
    if (reason !== undefined) unmet.push({ grant, reason });
    else if (more) unmet.push({ grant, reason: more.reason, beyond: more.member });
    else return { allowed: true, grant };
  }
  return { allowed: false, unmet };
};
