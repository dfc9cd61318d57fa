/**
 * The principals that a comparison has to look at: one of each kind that some statement or rule can tell apart.
 * @module
 */
import type { Principal } from "../decide/types.ts";
import { asCondition, atomsOf, variablesOf } from "../lint/conditions.ts";
import { parseMatchingRule } from "../syntax/rule.ts";
import type { Atom } from "../syntax/tree.ts";
import { machinesOf } from "./machines.ts";
import { groupsKey, groupsOf, literalsOf, OTHER, type Representative } from "./representative.ts";
import type { Slice } from "./slice.ts";
import type { Sides } from "./types.ts";

export { OTHER, type Representative };

const conditionAtoms = (sides: Sides): Atom[] =>
  sides.flatMap((c) => c.statements.flatMap((s) => atomsOf(s.tree.condition)));

const ruleAtoms = (sides: Sides): Atom[] =>
  sides.flatMap((c) =>
    (c.tenancy.dynamicGroups ?? []).flatMap((g) => {
      const parsed = parseMatchingRule(g.matchingRule);
      return parsed.ok ? atomsOf(asCondition(parsed.rule)) : [];
    }),
  );

const usersOf = (sides: Sides, named: readonly string[], atoms: readonly Atom[]): Representative[] => {
  // Where a condition asks for the name, every user whose name is known is one of a kind.
  const byName = atoms.some((a) => variablesOf(a).some((v) => v.name.toLowerCase() === "request.user.name"));
  const names = new Set(byName ? sides.flatMap((c) => [...c.userNames.keys()]) : []);
  const members = new Set([...sides.flatMap((c) => [...c.groupsOf.keys()]), ...names]);
  const listed = named.filter((id) => !/^ocid1\.(?!user\.)/.test(id));
  const ids = [...new Set([...members, ...listed, OTHER.user])];
  const byGroups = new Map<string, Representative>();
  for (const id of ids) {
    const principal: Principal = { type: "user", id };
    const groups = groupsOf(sides, principal);
    const key = `${groupsKey(groups)} ${listed.includes(id) || names.has(id) ? id : ""}`;
    const same = byGroups.get(key);
    if (same) same.ids.push(id);
    else byGroups.set(key, { principal, ids: [id], groups, other: id === OTHER.user });
  }
  // A group that nobody is in yet: somebody who only says so.
  const populated = new Set([...byGroups.values()].flatMap((r) => r.groups.flatMap((g) => [...g])));
  const keys = sides
    .flatMap((c) => c.statements.flatMap((s) => s.keys))
    .filter((key) => key.startsWith("group "));
  const empty = [...new Set(keys.map((key) => key.slice("group ".length)))].filter(
    (id) => !populated.has(id),
  );
  for (const id of empty) {
    const principal: Principal = { type: "user", id: `${OTHER.user}.member`, groups: [id] };
    byGroups.set(id, { principal, ids: [principal.id], groups: [new Set([id]), new Set([id])], other: true });
  }
  return [...byGroups.values()];
};

/** A machine in each dynamic group whose rule is not known: one that only says so. */
const openOf = (sides: Sides): Representative[] =>
  [...new Set(sides.flatMap((c) => c.dynamicGroups.filter((g) => g.open).map((g) => g.id)))].map((id) => {
    const principal: Principal = { type: "instance", id: `${OTHER.instance}.member`, groups: [id] };
    return { principal, ids: [principal.id], groups: groupsOf(sides, principal), other: true };
  });

const servicesOf = (sides: Sides, atoms: Atom[]): Representative[] => {
  const keys = sides
    .flatMap((c) => c.statements.flatMap((s) => s.keys))
    .filter((key) => key.startsWith("service "));
  const named = keys.map((key) => key.slice("service ".length));
  const names = new Set([...named, ...literalsOf(atoms, ["request.service.name"]), OTHER.service]);
  return [...names].map((name) => ({
    principal: { type: "service", name },
    ids: [name],
    groups: [new Set<string>(), new Set<string>()],
    other: name === OTHER.service,
  }));
};

/**
 * The principals to look at.
 * @param incomplete called when there are more than are looked at
 * @param further comparisons beside those of statements and rules that tell principals apart
 * @param changed those of whom something differs; all when undefined
 */
export const representatives = (
  sides: Sides,
  incomplete: () => void,
  further: readonly Atom[] = [],
  changed?: Slice["changed"],
): Representative[] => {
  const atoms = [...conditionAtoms(sides), ...further];
  const rules = ruleAtoms(sides);
  const named = literalsOf(atoms, [
    "request.principal.id",
    "request.user.id",
    "request.instance.id",
    "request.resource.id",
  ]);
  return [
    ...usersOf(sides, named, atoms),
    ...machinesOf({ sides, ...(changed && { changed }) }, named, atoms, rules, incomplete),
    ...openOf(sides),
    ...servicesOf(sides, atoms),
  ];
};
