/**
 * Resource types, verbs and families: which permissions a statement's action means. Data: `generate.ts`.
 * What the tables do not hold is said to be unknown, never guessed. Permissions are compared in upper case: Oracle
 * spells two of them with a small letter.
 * @module
 */
import { readFileSync } from "node:fs";
import type { Verb } from "../syntax/tree.ts";

/** The permissions that each verb adds to the one before it. */
export type VerbTable = Record<Verb, string[]>;

/** For each permission of a type that sources see differently: the verb of each source, null where it has none. */
export interface TypeDisagreement {
  type: string;
  /** The two sources; the first is in the table. */
  between: readonly [string, string];
  permissions: Record<string, readonly [string | null, string | null]>;
}

/** The shape of `tables.data.json`. */
export interface TableData {
  /** `unsure`: permissions that a verb may have, and no source says for certain. */
  resourceTypes: Record<string, VerbTable & { service: string; unsure?: Partial<VerbTable> }>;
  families: Record<string, string[]>;
  familyExtra: Record<string, VerbTable>;
  aliases: Record<string, string | string[]>;
  /** Types that exist and whose verbs are not known, but for what is listed. */
  partialTypes: Record<string, Partial<VerbTable> & { service: string; seenWith?: string[] }>;
  /** Names in valid statements whose contents are not known, with the names that they may hold. */
  namesSeen: Record<string, string[]>;
  /** Permissions that are granted only by statements that name them, as far as is known. */
  permissionsOutsideTypes: string[];
  /** Permissions that operations need and no verb has. */
  ungranted: string[];
  disagreements: {
    types: TypeDisagreement[];
    families: { family: string; between: readonly [string, string]; only: Record<string, string[]> }[];
    operations: { operation: string; service: string; says: Record<string, string[]> }[];
  };
}

const data = JSON.parse(readFileSync(new URL("tables.data.json", import.meta.url), "utf8")) as TableData;

const LEVELS: readonly Verb[] = ["inspect", "read", "use", "manage"];

/** A type and the least verb of it that has a permission. */
export interface TypeGrant {
  type: string;
  verb: Verb;
}

/** A permission as Oracle spells it, and what grants it. */
interface Known {
  spelled: string;
  grants: TypeGrant[];
}

/** A value that is made when it is first asked for. */
const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** The permissions of verbs, by their upper case. */
const granted = once(() => {
  const found = new Map<string, Known>();
  for (const [type, table] of Object.entries(data.resourceTypes)) {
    for (const verb of LEVELS) {
      for (const spelled of table[verb]) {
        const permission = spelled.toUpperCase();
        const known = found.get(permission);
        if (!known) found.set(permission, { spelled, grants: [{ type, verb }] });
        // Some types have a permission under two verbs: the lesser gives it.
        else if (known.grants.at(-1)!.type !== type) known.grants.push({ type, verb });
      }
    }
  }
  return found;
});

/** Every permission that a verb of some type grants, in upper case. */
export const grantedPermissions = (): Iterable<string> => granted().keys();

/** True when a verb of some type grants a permission. @param permission in upper case */
export const isGranted = (permission: string): boolean => granted().has(permission);

const beside = once(
  () =>
    new Map(
      [
        ...data.ungranted,
        ...data.permissionsOutsideTypes,
        ...Object.values(data.partialTypes).flatMap(({ seenWith = [] }) => seenWith),
      ].map((permission) => [permission.toUpperCase(), permission]),
    ),
);

/** True when a permission exists, whether or not a verb of the tables grants it. Case is ignored. */
export const isKnownPermission = (permission: string): boolean => {
  const upper = permission.toUpperCase();
  return granted().has(upper) || beside().has(upper);
};

/** Every permission that exists, as Oracle spells it. */
export const knownPermissions = (): readonly string[] => [
  ...new Set([...[...granted().values()].map((known) => known.spelled), ...beside().values()]),
];

/** A permission as Oracle spells it; in upper case where no table lists it. */
export const spelledPermission = (permission: string): string => {
  const upper = permission.toUpperCase();
  return granted().get(upper)?.spelled ?? upper;
};

/** The types and verbs that grant a permission: `verb` is the least of that type. Empty for an unknown one. */
export const grantsOf = (permission: string): readonly TypeGrant[] =>
  granted().get(permission.toUpperCase())?.grants ?? [];

/** Every name that stands for resource types: types, families, other names of both, `all-resources`. */
export const resourceNames: ReadonlySet<string> = new Set([
  ...Object.keys(data.resourceTypes),
  ...Object.keys(data.families),
  ...Object.keys(data.aliases),
  ...Object.keys(data.partialTypes),
  ...Object.keys(data.namesSeen),
  "all-resources",
]);

/** The single types that a name stands for; undefined when the tables do not know it, or not its contents. */
export const typesOf = (name: string): readonly string[] | undefined => {
  const lower = name.toLowerCase();
  if (lower === "all-resources") return Object.keys(data.resourceTypes);
  if (Object.hasOwn(data.resourceTypes, lower)) return [lower];
  if (Object.hasOwn(data.families, lower)) {
    return [...new Set(data.families[lower]!.flatMap((member) => typesOf(member) ?? []))];
  }
  return Object.hasOwn(data.aliases, lower) ? [data.aliases[lower]!].flat() : undefined;
};

/** Every name that the tables have wholly, types first; other names of the same are left out. */
export const groupedNames = (): readonly { name: string; family: boolean }[] => [
  ...Object.keys(data.resourceTypes).map((name) => ({ name, family: false })),
  ...Object.keys(data.families).map((name) => ({ name, family: true })),
];

/** The families that add a permission to what their members have. */
export const familyGrantsOf = (permission: string): readonly TypeGrant[] =>
  Object.entries(data.familyExtra).flatMap(([type, table]) =>
    LEVELS.filter((verb) => upperCase(table[verb]).includes(permission.toUpperCase())).map((verb) => ({
      type,
      verb,
    })),
  );

/** The names that may have a permission, and no source says for certain: with the verb where that is known. */
export const perhapsGrantedBy = (permission: string): readonly string[] => {
  const upper = permission.toUpperCase();
  const unsure = Object.entries(data.resourceTypes).flatMap(([type, table]) =>
    LEVELS.filter((verb) => upperCase(table.unsure?.[verb]).includes(upper)).map((verb) => `${verb} ${type}`),
  );
  const partly = Object.entries(data.partialTypes).filter(([, { seenWith }]) =>
    upperCase(seenWith).includes(upper),
  );
  return [...unsure, ...partly.map(([type]) => type)];
};

/** The families that have a type among their members. */
export const familiesOf = (type: string): readonly string[] =>
  Object.keys(data.families).filter((family) => typesOf(family)!.includes(type));

/** What sources see differently about a permission, with the type. Case is ignored. */
export const disagreementsAbout = (permission: string): readonly TypeDisagreement[] =>
  disputed().get(permission.toUpperCase()) ?? [];

const disputed = once(() => {
  const found = new Map<string, TypeDisagreement[]>();
  for (const disagreement of data.disagreements.types) {
    for (const permission of Object.keys(disagreement.permissions)) {
      const upper = permission.toUpperCase();
      found.set(upper, [...(found.get(upper) ?? []), disagreement]);
    }
  }
  return found;
});

/** What sources list differently for an operation of a service: permissions by source. */
export const operationDisagreement = (name: string, service: string): Record<string, string[]> | undefined =>
  data.disagreements.operations.find((d) => d.operation === name && d.service === service)?.says;

const upperCase = (permissions: readonly string[] = []): string[] =>
  permissions.map((permission) => permission.toUpperCase());

/**
 * The permissions that one table gives for a verb: everything up to it (allow), or everything that it adds
 * and after it (deny).
 */
const permissionsAt = (table: Partial<VerbTable>, verb: Verb, effect: "allow" | "deny"): string[] => {
  const level = LEVELS.indexOf(verb);
  if (effect === "allow") return LEVELS.slice(0, level + 1).flatMap((v) => upperCase(table[v]));
  // Deny turns the verbs round (Oracle, "Deny policies"): `deny inspect` takes all, `deny manage` only what
  // manage adds to use. Which verb has a permission that stands under two is not documented: the lesser one here.
  const below = new Set(LEVELS.slice(0, level).flatMap((v) => upperCase(table[v])));
  return LEVELS.slice(level)
    .flatMap((v) => upperCase(table[v]))
    .filter((permission) => !below.has(permission));
};

/** The permissions that an action means, in upper case. */
export interface PermissionSet {
  names: ReadonlySet<string>;
  /** Permissions that it may hold beside those: whether it does cannot be decided. */
  maybe: ReadonlySet<string>;
  /** True when it holds every permission, also those that no table lists. */
  everything: boolean;
  /** True when it may hold permissions that no table lists: whether it does cannot be decided. */
  open: boolean;
  /** The resource types whose permissions are not known, as the statement or the tables spell them. */
  unlisted: readonly string[];
}

const NONE: ReadonlySet<string> = new Set();

/** The permissions that a statement names one by one. */
export const namedPermissions = (names: Iterable<string>): PermissionSet => ({
  names: new Set(names),
  maybe: NONE,
  everything: false,
  open: false,
  unlisted: [],
});

const sets = new Map<string, PermissionSet>();

/** What the tables have of a name that they know only in part; for one that they do not know, nothing. */
const partial = (verb: Verb, name: string, effect: "allow" | "deny"): PermissionSet => {
  const lower = name.toLowerCase();
  const type = Object.hasOwn(data.partialTypes, lower) ? data.partialTypes[lower] : undefined;
  const held = Object.hasOwn(data.namesSeen, lower) ? data.namesSeen[lower]! : [];
  const names = new Set(permissionsAt(type ?? {}, verb, effect));
  const may = held.map((member) => permissionsFor(verb, member, effect));
  const maybe = [...upperCase(type?.seenWith), ...may.flatMap((set) => [...set.names, ...set.maybe])];
  const unlisted = [name];
  return {
    names,
    maybe: new Set(maybe.filter((p) => !names.has(p))),
    everything: false,
    open: true,
    unlisted,
  };
};

/** The permissions of names that the tables have wholly. */
const whole = (
  verb: Verb,
  types: readonly string[],
  extra: VerbTable | undefined,
  effect: "allow" | "deny",
): Pick<PermissionSet, "names" | "maybe"> => {
  const names = new Set(extra ? permissionsAt(extra, verb, effect) : []);
  const maybe = new Set<string>();
  const level = LEVELS.indexOf(verb);
  for (const type of types) {
    const table = data.resourceTypes[type]!;
    const certain = permissionsAt(table, verb, effect);
    const { unsure } = table;
    if (!unsure) for (const permission of certain) names.add(permission);
    else {
      // What a lesser verb may have, it may grant, and may keep from a deny of the greater one.
      const lesser = LEVELS.slice(0, effect === "allow" ? level + 1 : level);
      const doubted = new Set(lesser.flatMap((v) => upperCase(unsure[v])));
      if (effect === "allow") for (const permission of doubted) maybe.add(permission);
      const kept = effect === "allow" ? NONE : doubted;
      for (const permission of certain) (kept.has(permission) ? maybe : names).add(permission);
    }
  }
  for (const permission of names) maybe.delete(permission);
  return { names, maybe: maybe.size > 0 ? maybe : NONE };
};

/**
 * The permissions of a verb and a resource type, family or `all-resources`.
 * @returns a shared set; for a name that is not in the tables an empty, `open` one
 */
export const permissionsFor = (verb: Verb, resource: string, effect: "allow" | "deny"): PermissionSet => {
  const lower = resource.toLowerCase();
  const key = `${effect} ${verb} ${lower}`;
  const known = sets.get(key);
  if (known) return known;
  const types = typesOf(lower);
  if (!types) return partial(verb, resource, effect);
  const all = lower === "all-resources";
  const everything = all && verb === (effect === "allow" ? "manage" : "inspect");
  const extra = Object.hasOwn(data.familyExtra, lower) ? data.familyExtra[lower] : undefined;
  const set = {
    ...whole(verb, types, extra, effect),
    everything,
    open: all && !everything,
    unlisted: [],
  };
  sets.set(key, set);
  return set;
};
