/**
 * The principals that a comparison has to look at: one of each kind that some statement or rule can tell apart.
 * @module
 */
import { membershipsOf } from "../decide/principals.ts";
import type { Principal, Tags } from "../decide/types.ts";
import { asCondition, atomsOf, variablesOf } from "../lint/conditions.ts";
import { parseMatchingRule } from "../syntax/rule.ts";
import type { Atom } from "../syntax/tree.ts";
import type { Sides } from "./types.ts";
import { valuesOf } from "./values.ts";

/** A principal that stands for all that statements cannot tell from it. */
export interface Representative {
  principal: Principal;
  /** Users that it stands for, by OCID; one for other kinds. */
  ids: string[];
  /** OCIDs of groups (or dynamic groups) before and after. */
  groups: readonly [ReadonlySet<string>, ReadonlySet<string>];
  /** True when no statement or rule names it. */
  other: boolean;
  /** Its compartment, where some statement or rule names that. */
  placed?: string;
}

export const OTHER = {
  user: "ocid1.user.oc1..other",
  instance: "ocid1.instance.oc1..other",
  resource: "ocid1.resource.oc1..other",
  compartment: "ocid1.compartment.oc1..other",
  type: "otherresource",
  service: "other-service",
};

/** The literals that some variables are compared with, in conditions of both sides and in rules. */
const literalsOf = (atoms: readonly Atom[], names: readonly string[]): string[] => {
  const found = atoms
    .filter((a) => names.includes(a.variable.name.toLowerCase()))
    .flatMap(valuesOf)
    .flatMap((v) =>
      v.kind === "variable" ? [] : [v.kind === "string" ? v.text : v.text.replaceAll("*", "")],
    );
  return [...new Set(found.map((text) => text.toLowerCase()))].filter((text) => text !== "");
};

const conditionAtoms = (sides: Sides): Atom[] =>
  sides.flatMap((c) => c.statements.flatMap((s) => atomsOf(s.tree.condition)));

const ruleAtoms = (sides: Sides): Atom[] =>
  sides.flatMap((c) =>
    (c.tenancy.dynamicGroups ?? []).flatMap((g) => {
      const parsed = parseMatchingRule(g.matchingRule);
      return parsed.ok ? atomsOf(asCondition(parsed.rule)) : [];
    }),
  );

const groupsOf = ([before, after]: Sides, principal: Principal): Representative["groups"] => {
  const of = (side: Sides[number]): ReadonlySet<string> =>
    new Set(membershipsOf(side, principal).map((m) => m.id));
  const was = of(before);
  return [was, after === before ? was : of(after)];
};

const keyOf = (groups: Representative["groups"]): string =>
  groups.map((g) => [...g].sort().join()).join(" > ");

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
    const key = `${keyOf(groups)} ${listed.includes(id) || names.has(id) ? id : ""}`;
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

/** Most combinations of id, compartment and tags that are tried. */
const MOST_COMBINATIONS = 20_000;

const tagChoices = (atoms: readonly Atom[], incomplete: () => void): Tags[] => {
  const keys = [
    ...new Set(atoms.flatMap((a) => /^tag\.(.+)\.value$/i.exec(a.variable.name)?.[1]?.toLowerCase() ?? [])),
  ];
  let choices: Tags[] = [{}];
  for (const key of keys) {
    const values = [...literalsOf(atoms, [`tag.${key}.value`]), "~other~"];
    const more = choices.flatMap((tags) => values.map((value) => ({ ...tags, [key]: value })));
    if (choices.length + more.length > MOST_COMBINATIONS) incomplete();
    choices = [...choices, ...more].slice(0, MOST_COMBINATIONS);
  }
  return choices;
};

const machinesOf = (
  sides: Sides,
  named: readonly string[],
  atoms: Atom[],
  rules: Atom[],
  incomplete: () => void,
): Representative[] => {
  const known = sides.flatMap((c) => c.directory.places.map((p) => p.id));
  const places = literalsOf(
    [...atoms, ...rules],
    [
      "instance.compartment.id",
      "resource.compartment.id",
      "request.principal.compartment.id",
      "request.instance.compartment.id",
      "request.resource.compartment.id",
    ],
  );
  // Where a condition compares the principal's compartment with another variable, every compartment may matter.
  // As where it asks for a tag of the principal's compartment.
  const compared = atoms.some(
    (a) =>
      (variablesOf(a).length > 1 && variablesOf(a).some((v) => /compartment\.id$/i.test(v.name))) ||
      variablesOf(a).some((v) => /^request\.principal\.compartment\.tag\./i.test(v.name)),
  );
  const unnamed = known.find((id) => !places.includes(id)) ?? OTHER.compartment;
  const compartments = [...new Set([...places, ...(compared ? known : []), unnamed])];
  const ruleIds = literalsOf(rules, ["instance.id", "resource.id"]);
  const ids = [...new Set([...ruleIds, ...named])].filter(
    (id) => !/^ocid1\.(user|group|tenancy|compartment)\./.test(id),
  );
  const types = literalsOf(
    [...atoms, ...rules],
    ["resource.type", "request.principal.type", "request.resource.type"],
  ).filter((type) => !["user", "service", "instance"].includes(type));
  const tags = tagChoices(rules, incomplete);
  const found = new Map<string, Representative>();
  let left = MOST_COMBINATIONS;
  for (const type of ["instance", ...types, OTHER.type]) {
    const fresh = type === "instance" ? OTHER.instance : OTHER.resource;
    for (const id of [...ids, fresh]) {
      if (/^ocid1\.instance\./.test(id) !== (type === "instance")) continue;
      for (const compartment of compartments) {
        for (const t of tags) {
          if (left-- <= 0) {
            incomplete();
            return [...found.values()];
          }
          const common = { id, compartment, ...(Object.keys(t).length > 0 && { tags: t }) };
          const principal: Principal =
            type === "instance" ? { type, ...common } : { type: "resource", resourceType: type, ...common };
          const groups = groupsOf(sides, principal);
          const said = [
            type,
            named.includes(id) ? id : "",
            places.includes(compartment) || compared ? compartment : "",
          ];
          const key = `${keyOf(groups)} ${said.join(" ")}`;
          const placed = places.includes(compartment) || compared ? { placed: compartment } : {};
          if (!found.has(key))
            found.set(key, { principal, ids: [id], groups, other: id === fresh, ...placed });
        }
      }
    }
  }
  return [...found.values()];
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
 */
export const representatives = (
  sides: Sides,
  incomplete: () => void,
  further: readonly Atom[] = [],
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
    ...machinesOf(sides, named, atoms, rules, incomplete),
    ...openOf(sides),
    ...servicesOf(sides, atoms),
  ];
};
