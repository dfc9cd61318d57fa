/**
 * The instances and resources that a comparison has to look at, by what matching rules and conditions can tell
 * apart: kind, OCID, compartment and tags.
 * @module
 */
import { ANY_USER } from "../decide/compile.ts";
import type { Principal, Tags } from "../decide/types.ts";
import { variablesOf } from "../lint/conditions.ts";
import { parseMatchingRule } from "../syntax/rule.ts";
import type { Atom, MatchingRule } from "../syntax/tree.ts";
import { groupsKey, groupsOf, literalsOf, OTHER, type Representative } from "./representative.ts";
import type { Slice } from "./slice.ts";
import type { Sides } from "./types.ts";

/** Most combinations of id, compartment and tags that are tried. */
const MOST_COMBINATIONS = 20_000;

/** Most alternatives of a rule that are told apart. */
const MOST_ALTERNATIVES = 100;

/** The values, in lower case, that variables of a rule must have. */
type Forced = ReadonlyMap<string, string>;

const both = (a: Forced, b: Forced): Forced[] =>
  [...b].some(([name, value]) => (a.get(name) ?? value) !== value) ? [] : [new Map([...a, ...b])];

/**
 * The values that a rule asks for: one of the alternatives holds for whatever it matches. An empty alternative asks
 * for nothing.
 */
const alternativesOf = (rule: MatchingRule): Forced[] => {
  const open: Forced[] = [new Map()];
  if (rule.kind === "present") return open;
  if (rule.kind === "compare")
    return rule.operator === "!="
      ? open
      : [new Map([[rule.variable.name.toLowerCase(), rule.value.text.toLowerCase()]])];
  const parts = rule.conditions.map(alternativesOf);
  const found =
    rule.kind === "any"
      ? parts.flat()
      : parts.reduce(
          (all, part) =>
            all.length > MOST_ALTERNATIVES ? all : all.flatMap((a) => part.flatMap((b) => both(a, b))),
          open,
        );
  return found.length > MOST_ALTERNATIVES ? open : found;
};

const tagKeyOf = (variable: string): string | undefined =>
  /^tag\.(.+)\.value$/i.exec(variable)?.[1]?.toLowerCase();

/** The values to try for each tag that rules name; undefined stands for absence. */
type TagValues = ReadonlyMap<string, readonly (string | undefined)[]>;

const tagValuesIn = (rules: readonly Atom[]): TagValues => {
  const keys = new Set(rules.flatMap((a) => tagKeyOf(a.variable.name) ?? []));
  return new Map(
    [...keys].map((key) => [key, [undefined, ...literalsOf(rules, [`tag.${key}.value`]), "~other~"]]),
  );
};

const tagChoices = (values: TagValues, incomplete: () => void): Tags[] => {
  let choices: Tags[] = [{}];
  for (const [key, list] of values) {
    const more = choices.flatMap((tags) =>
      list.map((value): Tags => (value === undefined ? tags : { ...tags, [key]: value })),
    );
    if (more.length > MOST_COMBINATIONS) incomplete();
    choices = more.slice(0, MOST_COMBINATIONS);
  }
  return choices;
};

/** Combinations of what tells machines apart. */
interface Space {
  types: readonly string[];
  ids: readonly string[];
  compartments: readonly string[];
  tags: TagValues;
}

const at = (forced: Forced, names: readonly string[]): string | undefined => {
  for (const name of names) if (forced.has(name)) return forced.get(name);
  return undefined;
};

/** The part of a space in which a rule's alternative may hold. */
const within = (space: Space, forced: Forced): Space => {
  const one = (names: readonly string[], otherwise: readonly string[]): readonly string[] => {
    const value = at(forced, names);
    return value === undefined ? otherwise : [value];
  };
  const tags = [...space.tags].map(([key, values]) => {
    const value = forced.get(`tag.${key}.value`);
    return [key, value === undefined ? values : [value]] as const;
  });
  return {
    types: one(["resource.type"], space.types),
    ids: one(["instance.id", "resource.id"], space.ids),
    compartments: one(["instance.compartment.id", "resource.compartment.id"], space.compartments),
    tags: new Map(tags),
  };
};

/**
 * The parts of a space to look at where a difference can only be about members of some dynamic groups: wholly where
 * they may be, and one member of every other group, so that it is seen to be more than they are.
 */
const focused = (sides: Sides, changed: ReadonlySet<string>, whole: Space, fresh: string): Space[] => {
  const one: Space = { ...whole, ids: [], compartments: [fresh], tags: new Map() };
  const rules = new Map<string, { keys: string[]; rule: MatchingRule }>();
  for (const { tenancy } of sides)
    for (const { id, matchingRule } of tenancy.dynamicGroups ?? []) {
      const parsed = parseMatchingRule(matchingRule);
      const key = `dynamic-group ${id.toLowerCase()}`;
      const known = rules.get(matchingRule);
      if (known) known.keys.push(key);
      else if (parsed.ok) rules.set(matchingRule, { keys: [key], rule: parsed.rule });
    }
  const spaces = [...rules.values()].flatMap(({ keys, rule }) => {
    const all = keys.some((key) => changed.has(key));
    return alternativesOf(rule).map((forced) => {
      if (all) return within(whole, forced);
      const asked = [...forced].flatMap(([name, value]) => {
        const key = tagKeyOf(name);
        return key === undefined ? [] : [[key, [value]] as const];
      });
      return within({ ...one, tags: new Map(asked) }, forced);
    });
  });
  return [one, ...spaces];
};

const spacesOf = (
  { sides, changed }: Slice,
  named: readonly string[],
  atoms: readonly Atom[],
  rules: readonly Atom[],
): { spaces: Space[]; placed: (compartment: string) => boolean } => {
  const known = sides.flatMap((c) => c.directory.places.map((p) => p.id));
  const places = new Set(
    literalsOf(
      [...atoms, ...rules],
      [
        "instance.compartment.id",
        "resource.compartment.id",
        "request.principal.compartment.id",
        "request.instance.compartment.id",
        "request.resource.compartment.id",
      ],
    ),
  );
  // Where a condition compares the principal's compartment with another variable, every compartment may matter.
  // As where it asks for a tag of the principal's compartment.
  const compared = atoms.some(
    (a) =>
      (variablesOf(a).length > 1 && variablesOf(a).some((v) => /compartment\.id$/i.test(v.name))) ||
      variablesOf(a).some((v) => /^request\.principal\.compartment\.tag\./i.test(v.name)),
  );
  const unnamed = known.find((id) => !places.has(id)) ?? OTHER.compartment;
  const ruleIds = literalsOf(rules, ["instance.id", "resource.id"]);
  const ids = [...new Set([...ruleIds, ...named])].filter(
    (id) => !/^ocid1\.(user|group|tenancy|compartment)\./.test(id),
  );
  const types = literalsOf(
    [...atoms, ...rules],
    ["resource.type", "request.principal.type", "request.resource.type"],
  ).filter((type) => !["user", "service", "instance"].includes(type));
  const whole: Space = {
    types: ["instance", ...types, OTHER.type],
    ids,
    compartments: [...new Set([...places, ...(compared ? known : []), unnamed])],
    tags: tagValuesIn(rules),
  };
  const narrow = changed && !changed.keys.has(ANY_USER);
  return {
    spaces: narrow ? focused(sides, changed.keys, whole, unnamed) : [whole],
    placed: (compartment) => compared || places.has(compartment),
  };
};

/** Instances that are where both sides say that they are, with the tags that both say. */
const settled = (
  [was, is]: Sides,
  ids: ReadonlySet<string>,
): Map<string, { compartment: string; tags: Tags }> => {
  const listed = ({ tenancy }: Sides[0]): Map<string, { compartment: string; tags: Tags }> =>
    new Map(
      (tenancy.instances ?? []).flatMap(({ id, compartment, tags = {} }) =>
        ids.has(id.toLowerCase()) && compartment !== undefined
          ? [[id.toLowerCase(), { compartment, tags }] as const]
          : [],
      ),
    );
  const [before, after] = [listed(was), listed(is)];
  return new Map(
    [...after].filter(([id, place]) => JSON.stringify(before.get(id)) === JSON.stringify(place)),
  );
};

/**
 * The instances and resources to look at.
 * @param named OCIDs in conditions
 * @param incomplete called when there are more than are looked at
 */
export const machinesOf = (
  slice: Slice,
  named: readonly string[],
  atoms: readonly Atom[],
  rules: readonly Atom[],
  incomplete: () => void,
): Representative[] => {
  const { spaces, placed } = spacesOf(slice, named, atoms, rules);
  const found = new Map<string, Representative>();
  const placedAt = settled(slice.sides, new Set(spaces.flatMap((s) => s.ids)));
  let left = MOST_COMBINATIONS;
  for (const space of spaces) {
    const tags = tagChoices(space.tags, incomplete);
    for (const type of space.types) {
      const fresh = type === "instance" ? OTHER.instance : OTHER.resource;
      for (const id of new Set([...space.ids, fresh])) {
        if (/^ocid1\.instance\./.test(id) !== (type === "instance")) continue;
        const known = placedAt.get(id);
        for (const compartment of known ? [known.compartment] : space.compartments) {
          for (const t of known ? [known.tags] : tags) {
            if (left-- <= 0) {
              incomplete();
              return [...found.values()];
            }
            const common = { id, compartment, ...(Object.keys(t).length > 0 && { tags: t }) };
            const principal: Principal =
              type === "instance" ? { type, ...common } : { type: "resource", resourceType: type, ...common };
            const groups = groupsOf(slice.sides, principal);
            const where = placed(compartment);
            const said = [type, named.includes(id) ? id : "", where ? compartment : ""];
            const key = `${groupsKey(groups)} ${said.join(" ")}`;
            if (!found.has(key))
              found.set(key, {
                principal,
                ids: [id],
                groups,
                other: id === fresh,
                ...(where && { placed: compartment }),
              });
          }
        }
      }
    }
  }
  return [...found.values()];
};
