/**
 * Resource types, verbs and families: which permissions a statement's action means. Data: `generate.ts`.
 * What the tables do not hold is said to be unknown, never guessed.
 * @module
 */
import { readFileSync } from "node:fs";
import type { Verb } from "../syntax/tree.ts";

/** The permissions that each verb adds to the one before it. */
export type VerbTable = Record<Verb, string[]>;

/** The shape of `tables.data.json`. */
export interface TableData {
  source: string;
  resourceTypes: Record<string, VerbTable & { service: string }>;
  families: Record<string, string[]>;
  familyExtra: Record<string, VerbTable>;
  aliases: Record<string, string | string[]>;
}

const data = JSON.parse(readFileSync(new URL("tables.data.json", import.meta.url), "utf8")) as TableData;

const LEVELS: readonly Verb[] = ["inspect", "read", "use", "manage"];

/** The types and verbs that grant each permission. */
const granted = new Map<string, { type: string; verb: Verb }[]>();
for (const [type, table] of Object.entries(data.resourceTypes)) {
  for (const verb of LEVELS) {
    for (const permission of table[verb]) {
      granted.set(permission, [...(granted.get(permission) ?? []), { type, verb }]);
    }
  }
}

/** Every permission that a verb of some type grants. */
export const knownPermissions: ReadonlySet<string> = new Set(granted.keys());

/** The types and verbs that grant a permission: `verb` is the least of that type. Empty for an unknown one. */
export const grantsOf = (permission: string): readonly { type: string; verb: Verb }[] =>
  granted.get(permission.toUpperCase()) ?? [];

/** Every name that stands for resource types: types, families, other names of both, `all-resources`. */
export const resourceNames: ReadonlySet<string> = new Set([
  ...Object.keys(data.resourceTypes),
  ...Object.keys(data.families),
  ...Object.keys(data.aliases),
  "all-resources",
]);

/** The single types that a name stands for; undefined when the tables do not know it. */
export const typesOf = (name: string): readonly string[] | undefined => {
  const lower = name.toLowerCase();
  if (lower === "all-resources") return Object.keys(data.resourceTypes);
  if (Object.hasOwn(data.resourceTypes, lower)) return [lower];
  if (Object.hasOwn(data.families, lower)) {
    return [...new Set(data.families[lower]!.flatMap((member) => typesOf(member) ?? []))];
  }
  return Object.hasOwn(data.aliases, lower) ? [data.aliases[lower]!].flat() : undefined;
};

/** The verb tables behind a name: those of its types, and what a family adds. */
const verbTables = (name: string): VerbTable[] | undefined => {
  const types = typesOf(name);
  const extra = data.familyExtra[name.toLowerCase()];
  return types && [...types.map((type) => data.resourceTypes[type]!), ...(extra ? [extra] : [])];
};

/**
 * The permissions that one table gives for a verb: everything up to it (allow), or everything that it adds
 * and after it (deny).
 */
const permissionsAt = (table: VerbTable, verb: Verb, effect: "allow" | "deny"): string[] => {
  const level = LEVELS.indexOf(verb);
  const upTo = LEVELS.slice(0, level + 1).flatMap((v) => table[v]);
  if (effect === "allow") return upTo;
  // Deny turns the verbs round (Oracle, "Deny policies"): `deny inspect` takes all, `deny manage` only what
  // manage adds to use. Which verb has a permission that stands under two is not documented: the lesser one here.
  const below = new Set(LEVELS.slice(0, level).flatMap((v) => table[v]));
  return LEVELS.slice(level)
    .flatMap((v) => table[v])
    .filter((permission) => !below.has(permission));
};

/** The permissions that an action means. */
export interface PermissionSet {
  names: ReadonlySet<string>;
  /** True when it holds every permission, also those that no table lists. */
  everything: boolean;
  /** True when it may hold permissions that no table lists: whether it does cannot be decided. */
  open: boolean;
}

const sets = new Map<string, PermissionSet>();

/**
 * The permissions of a verb and a resource type, family or `all-resources`.
 * @returns a shared set; for a name that is not in the tables an empty, `open` one
 */
export const permissionsFor = (verb: Verb, resource: string, effect: "allow" | "deny"): PermissionSet => {
  const key = `${effect} ${verb} ${resource.toLowerCase()}`;
  const known = sets.get(key);
  if (known) return known;
  const tables = verbTables(resource);
  if (!tables) return { names: new Set(), everything: false, open: true };
  const all = resource.toLowerCase() === "all-resources";
  const everything = all && verb === (effect === "allow" ? "manage" : "inspect");
  const names = new Set(tables.flatMap((table) => permissionsAt(table, verb, effect)));
  const set = { names, everything, open: all && !everything };
  sets.set(key, set);
  return set;
};
