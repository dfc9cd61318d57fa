/** Compartments of an export: the whole tree, or a subtree with what is above it. @module */

/** A compartment as it is listed. */
export interface ListedCompartment {
  id: string;
  name: string;
  parent?: string;
  tags?: Record<string, string>;
}

/** The compartments that an export is about. */
export interface Places {
  /** Those that are asked for. */
  inside: readonly ListedCompartment[];
  /** Those above them, up to the root: their policies apply too. */
  above: readonly ListedCompartment[];
}

/**
 * Takes a subtree out of a tree.
 * @param all every compartment, the root among them
 * @param top OCID of the subtree's own compartment; the whole tree when absent
 * @returns undefined when the tree does not have it
 */
export const subtreeOf = (all: readonly ListedCompartment[], top: string | undefined): Places | undefined => {
  if (top === undefined) return { inside: all, above: [] };
  const byId = new Map(all.map((c) => [c.id.toLowerCase(), c]));
  const parentOf = (c: ListedCompartment) => byId.get(c.parent?.toLowerCase() ?? "");
  const first = byId.get(top.toLowerCase());
  if (!first) return undefined;
  const above: ListedCompartment[] = [];
  for (let at = parentOf(first); at && !above.includes(at); at = parentOf(at)) above.push(at);
  const isInside = (c: ListedCompartment | undefined): boolean => {
    for (const seen = new Set<ListedCompartment>(); c && !seen.has(c); c = parentOf(c)) {
      if (c === first) return true;
      seen.add(c);
    }
    return false;
  };
  return { inside: all.filter(isInside), above };
};
