/**
 * A principal that stands for others, and what tells two of them apart.
 * @module
 */
import { membershipsOf } from "../decide/principals.ts";
import type { Principal } from "../decide/types.ts";
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
export const literalsOf = (atoms: readonly Atom[], names: readonly string[]): string[] => {
  const found = atoms
    .filter((a) => names.includes(a.variable.name.toLowerCase()))
    .flatMap(valuesOf)
    .flatMap((v) =>
      v.kind === "variable" ? [] : [v.kind === "string" ? v.text : v.text.replaceAll("*", "")],
    );
  return [...new Set(found.map((text) => text.toLowerCase()))].filter((text) => text !== "");
};

/** The groups of a principal before and after. */
export const groupsOf = ([before, after]: Sides, principal: Principal): Representative["groups"] => {
  const of = (side: Sides[number]): ReadonlySet<string> =>
    new Set(membershipsOf(side, principal).map((m) => m.id));
  const was = of(before);
  return [was, after === before ? was : of(after)];
};

/** Memberships as one text. */
export const groupsKey = (groups: Representative["groups"]): string =>
  groups.map((g) => [...g].sort().join()).join(" > ");
