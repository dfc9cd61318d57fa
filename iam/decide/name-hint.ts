/**
 * Finds names that do not resolve and exist all the same: as the other kind of group, or in another domain.
 * @module
 */
import { nameKey } from "./directory.ts";
import type { GroupKind, Resolution } from "./names.ts";
import type { Tenancy } from "./types.ts";

const WORDS: Record<GroupKind, string> = { group: "a group", "dynamic-group": "a dynamic group" };

/** A likely meaning of a name that does not resolve. */
export interface NameHint {
  /** `kind`: it is the name of the other kind of group; `domain`: it stands in another domain. */
  about: "kind" | "domain";
  /** The text to write, as a sentence's end without the full stop. */
  text: string;
}

/** The domains that have a group of a kind and a name. */
const domainsOf = (tenancy: Tenancy, kind: GroupKind, name: string): string[] =>
  ((kind === "group" ? tenancy.groups : tenancy.dynamicGroups) ?? [])
    .filter((g) => g.name.toLowerCase() === name.toLowerCase())
    .map((g) => g.domain ?? "Default");

/**
 * The hint for a name that a policy write would refuse.
 * @returns undefined when nothing in the tenancy has the name
 */
export const nameHint = (
  tenancy: Tenancy,
  { name: { name, domain }, kind }: Resolution["unresolved"][number],
): NameHint | undefined => {
  const other = kind === "group" ? "dynamic-group" : "group";
  const others = domainsOf(tenancy, other, name);
  if (others.some((d) => nameKey(d, name) === nameKey(domain, name))) {
    return { about: "kind", text: `${name} is ${WORDS[other]}: write ${other}` };
  }
  const same = domainsOf(tenancy, kind, name);
  if (same.length > 0) {
    return { about: "domain", text: `It exists in ${same.join(", ")}: '${same[0]}'/'${name}'` };
  }
  if (others.length === 0) return undefined;
  const text = `${name} is ${WORDS[other]} of the domain ${others[0]}: write ${other} '${others[0]}'/'${name}'`;
  return { about: "kind", text };
};
