/** What a statement is about, for people: its resource, its action and what else its condition asks. @module */
import { type Atom, type Condition, explainPermission, parseStatement } from "../../../iam/index.ts";
import { compartmentWords, shown } from "../placeholders.ts";

/** A statement in its parts. */
export interface StatementParts {
  /** `allow` or `deny`. */
  effect: string;
  /** Verb and type, or permissions: `use keys`, `OBJECT_READ, OBJECT_INSPECT`. */
  action: string;
  /** Kind of resource, to filter by: `bucket`, `keys`. */
  kind: string;
  /** The one resource that the condition names, in full, or `all <kind>`. */
  resource: string;
  /** Where it may lie. */
  place: string;
  /** The whole condition, as written. */
  condition?: string;
  /** The condition beside the resource's own name. */
  further: string[];
}

/** Atoms that must all hold; undefined where the condition is more than a conjunction. */
const conjunction = (condition: Condition): Atom[] | undefined => {
  if (condition.kind === "any") return undefined;
  if (condition.kind !== "all") return [condition];
  const parts = condition.conditions.map(conjunction);
  return parts.every((p) => p !== undefined) ? parts.flat() : undefined;
};

/** The resource that an atom names: `target.bucket.name = 'invoices'`. */
const namedBy = (atom: Atom): { kind: string; name: string } | undefined => {
  if (atom.kind !== "compare" || atom.operator !== "=" || atom.value.kind !== "string") return undefined;
  const [, kind] = /^target\.([\w.-]+)\.(?:id|name)$/i.exec(atom.variable.name) ?? [];
  // An object lies in a bucket, which is what people look for.
  if (!kind || kind.toLowerCase() === "object" || atom.value.text.includes("*")) return undefined;
  return { kind: kind.toLowerCase(), name: atom.value.text };
};

/** The resource type of a permission by the tables, else the permission itself. */
const typeOf = (permission: string): string =>
  explainPermission(permission)?.grants[0]?.type ?? permission.toLowerCase().replaceAll("_", " ");

/**
 * Takes a statement apart.
 * @param text the statement with OCIDs
 */
export const partsOf = (text: string, tenancyId: string): StatementParts => {
  const parsed = parseStatement(text);
  const unknown = { kind: "other", resource: "what the statement says", place: "", further: [] };
  if (!parsed.ok || parsed.statement.kind === "define")
    return { effect: "allow", action: shown(text), ...unknown };
  const { effect, action, location, condition } = parsed.statement;
  const source = (node: { start: number; end: number }): string => shown(text.slice(node.start, node.end));
  const type =
    action.kind === "permissions" ? typeOf(action.permissions[0]!.text) : action.resource.text.toLowerCase();
  const atoms = condition && conjunction(condition);
  const own = atoms?.find(namedBy);
  const named = own && namedBy(own);
  return {
    effect,
    action:
      action.kind === "permissions"
        ? action.permissions.map((p) => p.text).join(", ")
        : source(action).replace(/\s+/g, " "),
    kind: named?.kind ?? type,
    resource: named ? shown(named.name) : `all ${type}`,
    place:
      location.kind === "compartment-id"
        ? compartmentWords(location.id, tenancyId)
        : location.kind === "tenancy"
          ? "the tenancy"
          : source(location),
    ...(condition && { condition: source(condition) }),
    further: !condition ? [] : (atoms?.filter((a) => a !== own).map(source) ?? [source(condition)]),
  };
};
