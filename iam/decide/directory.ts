/**
 * A tenancy's compartments, groups and dynamic groups, made ready to be looked up.
 * @module
 */
import type { Group, Tags, Tenancy } from "./types.ts";

/** A compartment in the tree; the root has index 0. */
export interface CompartmentNode {
  index: number;
  id: string;
  name: string | undefined;
  parent: CompartmentNode | undefined;
  children: CompartmentNode[];
  /** Indices of this compartment, its parent, … up to the root. */
  chain: readonly number[];
  tags: Tags | undefined;
}

/** Looks names and OCIDs up, ignoring case. */
export interface Directory {
  root: CompartmentNode;
  places: readonly CompartmentNode[];
  placeById: ReadonlyMap<string, CompartmentNode>;
  /** OCID in lower case by `domain/name` in lower case. */
  groups: ReadonlyMap<string, string>;
  dynamicGroups: ReadonlyMap<string, string>;
  /** Problems of the tree, as texts. */
  problems: string[];
}

/** The key of a name in a domain; Default when it has none. */
export const nameKey = (domain: string | undefined, name: string): string =>
  `${(domain ?? "Default").toLowerCase()}/${name.toLowerCase()}`;

const byName = (groups: readonly Pick<Group, "id" | "name" | "domain">[] = []): Map<string, string> =>
  new Map(groups.map((g) => [nameKey(g.domain, g.name), g.id.toLowerCase()]));

/** Makes the directory of a tenancy. A compartment whose parent is unknown, or above itself, hangs below the root. */
export const makeDirectory = (tenancy: Tenancy): Directory => {
  const place = (id: string, name: string | undefined, tags: Tags | undefined): CompartmentNode => ({
    index: 0,
    id: id.toLowerCase(),
    name,
    parent: undefined,
    children: [],
    chain: [],
    tags,
  });
  const compartments = tenancy.compartments ?? [];
  const rootId = tenancy.tenancy.toLowerCase();
  const listed = compartments.find((c) => c.id.toLowerCase() === rootId);
  const root = place(tenancy.tenancy, listed?.name, listed?.tags);
  const placeById = new Map([[rootId, root]]);
  const problems: string[] = [];
  for (const c of compartments) {
    const id = c.id.toLowerCase();
    if (!placeById.has(id)) placeById.set(id, place(c.id, c.name, c.tags));
  }
  for (const c of compartments) {
    const child = placeById.get(c.id.toLowerCase())!;
    if (child === root || child.parent) continue;
    let parent = c.parent === undefined ? root : placeById.get(c.parent.toLowerCase());
    for (let above = parent; above; above = above.parent) if (above === child) parent = undefined;
    if (!parent)
      problems.push(
        `compartment ${c.id}: its parent ${c.parent} is not in the tree; taken as a child of the root`,
      );
    child.parent = parent ?? root;
    child.parent.children.push(child);
  }
  const places: CompartmentNode[] = [];
  const number = (p: CompartmentNode): void => {
    p.index = places.length;
    p.chain = [p.index, ...(p.parent?.chain ?? [])];
    places.push(p);
  };
  number(root);
  for (let i = 0; i < places.length; i++) for (const child of places[i]!.children) number(child);
  return {
    root,
    places,
    placeById,
    groups: byName(tenancy.groups),
    dynamicGroups: byName(tenancy.dynamicGroups),
    problems,
  };
};

/** True when a place is in the subtree of another. */
export const isWithin = (place: CompartmentNode, ancestor: CompartmentNode): boolean =>
  place.chain.includes(ancestor.index);
