/**
 * Variables: what a request supplies, and what follows from principal, operation, compartment, time and region
 * when it does not (Oracle, "General Variables for All Requests", "Using Tags to Manage Access").
 * @module
 */
import type { DecisionContext } from "./context.ts";
import type { CompartmentNode } from "./directory.ts";
import { refusesTargetTag } from "./target-tags.ts";
import { timeVariable } from "./time.ts";
import type { Tags } from "./types.ts";
import { NOT_KNOWN, one, toValues, type VariableValues } from "./values.ts";

/** A variable made ready: its values in a request, or undefined where it does not apply. */
export type VariableReader = (context: DecisionContext) => VariableValues | undefined;

const optional = (text: string | undefined): VariableValues | undefined =>
  text === undefined ? undefined : one(text);

/** The values of a tag over everything that carries it. */
const tagValues = (carriers: Iterable<Tags | undefined>, key: string): VariableValues | undefined => {
  const known: string[] = [];
  for (const tags of carriers) {
    if (!tags) continue;
    for (const [name, value] of Object.entries(tags)) {
      if (name.toLowerCase() === key) known.push(...(toValues(value)?.known ?? []));
    }
  }
  return known.length > 0 ? { known, unknown: false } : undefined;
};

/** The compartment of the principal: users live in the root. */
const homeOf = (context: DecisionContext): string | undefined => {
  const { principal } = context.request;
  if (principal.type === "user") return context.homePlaces[0]!.id;
  return principal.type === "service" ? undefined : principal.compartment;
};

const homeTags = (context: DecisionContext, key: string): VariableValues | undefined => {
  const id = homeOf(context)?.toLowerCase();
  const home = id === undefined ? undefined : context.homePlaces.find((p) => p.id === id);
  return tagValues([home?.tags], key);
};

/** A tag on a compartment covers the compartments nested in it ("Compartment Hierarchies"). */
const above = (place: CompartmentNode, places: readonly CompartmentNode[]): CompartmentNode[] =>
  place.chain.map((index) => places[index]!);

const TAGGED: readonly (readonly [
  string,
  (context: DecisionContext, key: string) => VariableValues | undefined,
])[] = [
  [
    "request.principal.group.tag.",
    (c, key) =>
      tagValues(
        c.memberships.map((m) => m.tags),
        key,
      ),
  ],
  ["request.principal.compartment.tag.", homeTags],
  [
    "target.resource.compartment.tag.",
    (c, key) =>
      tagValues(
        above(c.place, c.places).map((p) => p.tags),
        key,
      ),
  ],
];

const TIME = "request.utc-timestamp";

const principalVariable: Readonly<Record<string, VariableReader>> = {
  "request.user.id": ({ request: { principal: p } }) => (p.type === "user" ? one(p.id) : undefined),
  "request.user.name": (c) => {
    const { principal: p } = c.request;
    return p.type === "user" ? optional(p.name ?? c.userName) : undefined;
  },
  "request.groups.id": ({ request: { principal: p }, memberships }) =>
    p.type === "user" ? toValues(memberships.map((m) => m.id)) : undefined,
  "request.principal.id": ({ request: { principal: p } }) => (p.type === "service" ? undefined : one(p.id)),
  "request.principal.type": ({ request: { principal: p } }) =>
    one(p.type === "resource" ? p.resourceType : p.type),
  "request.principal.compartment.id": (c) => optional(homeOf(c)),
  "request.instance.id": ({ request: { principal: p } }) => (p.type === "instance" ? one(p.id) : undefined),
  "request.instance.compartment.id": ({ request: { principal: p } }) =>
    p.type === "instance" ? optional(p.compartment) : undefined,
  "request.resource.id": ({ request: { principal: p } }) => (p.type === "resource" ? one(p.id) : undefined),
  "request.resource.type": ({ request: { principal: p } }) =>
    p.type === "resource" ? one(p.resourceType) : undefined,
  "request.resource.compartment.id": ({ request: { principal: p } }) =>
    p.type === "resource" ? optional(p.compartment) : undefined,
  "request.service.name": ({ request: { principal: p } }) => (p.type === "service" ? one(p.name) : undefined),
};

/** ListCompartments alone has no target compartment (Oracle, the note on `target.compartment.id`). */
const hasCompartment = (c: DecisionContext): boolean =>
  c.request.operation?.toLowerCase() !== "listcompartments";

const requestVariable: Readonly<Record<string, VariableReader>> = {
  ...principalVariable,
  "request.operation": (c) => optional(c.request.operation),
  // Every request has a time and a region: where they are not said, they are not known.
  "request.region": (c) => optional(c.request.region) ?? NOT_KNOWN,
  "target.compartment.id": (c) => (hasCompartment(c) ? one(c.place.id) : undefined),
  "target.compartment.name": (c) => (hasCompartment(c) ? optional(c.place.name) : undefined),
};

/**
 * The reader of a variable that the request does not give; undefined for a variable that only requests know.
 */
const derivation = (name: string): VariableReader | undefined => {
  if (Object.hasOwn(requestVariable, name)) return requestVariable[name];
  if (name === TIME || name.startsWith(`${TIME}.`)) {
    const part = name.slice(TIME.length);
    return ({ time }) => (time === undefined ? NOT_KNOWN : optional(timeVariable(part, time)));
  }
  for (const [prefix, values] of TAGGED) {
    if (name.startsWith(prefix)) return (c) => values(c, name.slice(prefix.length));
  }
  return undefined;
};

/** The variables that deny statements do not see (Oracle, "Known Issues for Deny Policies"). */
const NOT_IN_DENY = new Set(["target.dynamicgroup.id", "target.dynamicgroup.name"]);

/** True when a variable's value follows from principal, compartment, operation, time or region. */
export const isDerived = (name: string): boolean =>
  name.toLowerCase() === "request.permission" || derivation(name.toLowerCase()) !== undefined;

const lookups = new Map<string, VariableReader>();
/** Variables that are kept ready: statements use few, but nothing keeps a caller from inventing more. */
const MOST_KEPT = 5_000;

/**
 * Makes a variable ready to be asked for, once: most of what compiling a statement takes would be this.
 * @param name as a statement spells it
 */
export const lookup = (name: string): VariableReader => {
  const lower = name.toLowerCase();
  const kept = lookups.get(lower);
  if (kept) return kept;
  if (lookups.size >= MOST_KEPT) lookups.clear();
  const made = makeLookup(lower);
  lookups.set(lower, made);
  return made;
};

/** The operation that a request is, or, where it names permissions, says it is. */
const operationOf = (c: DecisionContext): string | undefined =>
  c.request.operation ?? c.given("request.operation")?.known[0];

const makeLookup = (lower: string): VariableReader => {
  // Bound once per permission (Oracle, "Permissions"), whatever the request says.
  if (lower === "request.permission") return (c) => one(c.permission);
  const derive = derivation(lower);
  const given: VariableReader = (c) => {
    const values = c.given(lower);
    if (values !== undefined) return values ?? undefined;
    return derive?.(c);
  };
  if (lower.startsWith("target.resource.tag.")) {
    return (c) => (refusesTargetTag(operationOf(c), c.permission) ? undefined : given(c));
  }
  if (NOT_IN_DENY.has(lower)) return (c) => (c.effect === "deny" ? undefined : given(c));
  return given;
};
