/**
 * Groups single differences for people: one entry for a group rather than one for each member, for a verb rather
 * than for each permission, for a compartment and all below rather than for each.
 * @module
 */
import { topsOf } from "../decide/places.ts";
import type { Request } from "../decide/types.ts";
import { operationsOf, summaryOf } from "./describe.ts";
import { OTHER, type Representative } from "./principals.ts";
import type { Difference, Sides } from "./types.ts";

/** Permissions that one principal gains or loses in one compartment under one condition. */
export interface PermissionChange {
  who: Representative;
  compartment: string;
  permissions: string[];
  /** Permissions and condition as one text. */
  key: string;
  /** The class of the requests. */
  sign: string;
  condition: string | undefined;
  witness: Request;
}

/** Members that are named one by one. */
const MOST_NAMED = 5;

const nameOf = (sides: Sides, kind: "group" | "dynamic-group", id: string): string => {
  for (const { tenancy } of [sides[1], sides[0]]) {
    const list = (kind === "group" ? tenancy.groups : tenancy.dynamicGroups) ?? [];
    const found = list.find((g) => g.id.toLowerCase() === id);
    if (!found) continue;
    const domain = (found.domain ?? "Default").toLowerCase() === "default" ? "" : `${found.domain}/`;
    return `${kind} ${domain}${found.name}`;
  }
  return `${kind} id ${id}`;
};

/** The groups that a principal has come into, or left: what a changed rule or a new member does. */
const moves = (sides: Sides, { principal, groups: [was, is] }: Representative): string => {
  const kind = principal.type === "user" ? "group" : "dynamic-group";
  const name = (id: string): string => nameOf(sides, kind, id);
  const joined = [...is].filter((id) => !was.has(id)).map((id) => `now in ${name(id)}`);
  const left = [...was].filter((id) => !is.has(id)).map((id) => `no longer in ${name(id)}`);
  return joined.length + left.length === 0 ? "" : ` (${[...joined, ...left].join(", ")})`;
};

/** A principal that no group speaks for; several when it stands for a few users. */
const own = (sides: Sides, who: Representative): { label: string; id?: string }[] => {
  const { principal: p, ids, other, placed } = who;
  const more = moves(sides, who);
  const name = (id: string): string => sides[1].directory.placeById.get(id)?.name ?? id;
  const where = placed !== undefined ? ` in compartment ${name(placed)}` : "";
  if (p.type === "service")
    return [{ label: p.name === OTHER.service ? "any other service" : `service ${p.name}` }];
  if (p.type === "resource") {
    const kind = p.resourceType === OTHER.type ? "any other resource" : `resource ${p.resourceType}`;
    return [{ label: `${other ? kind : `${kind} ${p.id}`}${where}${more}` }];
  }
  if (other) return [{ label: `any other ${p.type}${where}${more}` }];
  if (ids.length > MOST_NAMED) return [{ label: `${ids.length} users, among them ${ids[0]}${more}` }];
  return ids.map((id) => ({ label: `${p.type} ${id}${where}${more}`, id }));
};

/** A principal's name in an entry, and somebody it is true of. */
interface Label {
  label: string;
  who: Representative;
  /** OCID of one of those that `who` stands for, where the entry is about that one. */
  id?: string;
}

/** Everybody, by the groups that they are in before or after. */
const membersOf = (everybody: readonly Representative[]): Map<string, Representative[]> => {
  const groups = new Map<string, Representative[]>();
  for (const who of everybody) {
    const kind = who.principal.type === "user" ? "group" : "dynamic-group";
    for (const id of new Set([...who.groups[0], ...who.groups[1]])) {
      const key = `${kind} ${id}`;
      const members = groups.get(key);
      if (members) members.push(who);
      else groups.set(key, [who]);
    }
  }
  return groups;
};

/** Names for a set of principals: everybody, then whole groups, then one by one. */
const labels = (
  sides: Sides,
  everybody: readonly Representative[],
  groups: ReadonlyMap<string, readonly Representative[]>,
  set: ReadonlySet<Representative>,
): Label[] => {
  if (everybody.every((who) => set.has(who))) return [{ label: "any-user", who: everybody[0]! }];
  const left = new Set(set);
  const found: Label[] = [];
  const whole = [...groups].filter(([, members]) => members.every((who) => set.has(who)));
  whole.sort((a, b) => b[1].length - a[1].length);
  for (const [key, members] of whole) {
    if (!members.some((who) => left.has(who))) continue;
    const [kind, id] = key.split(" ") as ["group" | "dynamic-group", string];
    found.push({ label: nameOf(sides, kind, id), who: members[0]! });
    for (const who of members) left.delete(who);
  }
  for (const who of left) for (const one of own(sides, who)) found.push({ ...one, who });
  return found;
};

/** Compartments as few entries: one that is different with all below it stands for those. */
const tops = (sides: Sides, compartments: ReadonlySet<string>): { id: string; subtree: boolean }[] => {
  const directory = [...compartments].every((id) => sides[1].directory.placeById.has(id))
    ? sides[1].directory
    : sides[0].directory;
  const here = directory.places.filter((p) => compartments.has(p.id));
  const found = topsOf(directory, new Set(here.map((p) => p.index))).map(({ index, subtree }) => ({
    id: directory.places[index]!.id,
    subtree,
  }));
  const missing = [...compartments].filter((id) => !here.some((p) => p.id === id));
  return [...found, ...missing.map((id) => ({ id, subtree: false }))];
};

const by = <T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const k = key(item);
    const list = groups.get(k);
    if (list) list.push(item);
    else groups.set(k, [item]);
  }
  return groups;
};

/** A witness with another user of the same standing. */
const asUser = (witness: Request, id: string): Request =>
  witness.principal.type === "user" ? { ...witness, principal: { ...witness.principal, id } } : witness;

const entriesOf = (
  sides: Sides,
  everybody: readonly Representative[],
  found: readonly PermissionChange[],
): Difference[] => {
  const groups = membersOf(everybody);
  // The same for several principals: whole groups.
  const labelled = [...by(found, (f) => `${f.key}|${f.compartment}`).values()].flatMap((same) => {
    const byWho = new Map(same.map((f) => [f.who, f]));
    return labels(sides, everybody, groups, new Set(byWho.keys())).map(({ label, who, id }) => {
      const one = byWho.get(who)!;
      return { label, one: id === undefined ? one : { ...one, witness: asUser(one.witness, id) } };
    });
  });
  // The same in several compartments: the top ones.
  const across = by(labelled, ({ label, one }) => `${label}|${one.key}`);
  return [...across.values()].flatMap((same) => {
    const byPlace = new Map(same.map(({ label, one }) => [one.compartment, { label, first: one }]));
    return tops(sides, new Set(byPlace.keys())).map(({ id, subtree }): Difference => {
      const { label, first } = byPlace.get(id)!;
      const { permissions } = first;
      const name = (sides[1].directory.placeById.get(id) ?? sides[0].directory.placeById.get(id))?.name;
      return {
        principal: label,
        permissions,
        summary: summaryOf(permissions),
        operations: operationsOf(permissions),
        compartment: id,
        ...(name !== undefined && { compartmentName: name }),
        subtree,
        ...(first.condition !== undefined && { condition: first.condition }),
        witness: first.witness,
      };
    });
  });
};

/** Groups differences into entries, by class. */
export const grouped = (
  sides: Sides,
  everybody: readonly Representative[],
  found: readonly PermissionChange[],
): Map<string, Difference[]> =>
  new Map([...by(found, (f) => f.sign)].map(([sign, same]) => [sign, entriesOf(sides, everybody, same)]));
