/** The resources that OCI has of a stack, asked of OCI. @module */
import { CallError, OciError } from "../../oci/client.ts";
import type { OciModel } from "../shared/oci-model.ts";
import type { RemovableKind, RemovableResource, Scope } from "./removable-kind.ts";
import { removableKinds } from "./removable-kinds.ts";

/**
 * Marks by which the stack's resources are known among all others: its own tag, and a name that begins as the
 * stack's do.
 */
export interface Owner {
  /** Value of the free-form tag `keyless-stack`: `<project>/<stack>`. */
  tag: string;
  tagKey: string;
  /** Names: `keyless:name`, and those before it: what is chosen once keeps the name it was made with. */
  names: readonly string[];
}

/** Resources that were found, and what could not be looked at. */
export interface Inventory {
  items: RemovableResource[];
  /** Resources that carry the stack's tag and not its name: listed, and never touched. */
  strangers: RemovableResource[];
  /** Keys and secrets of others in a vault of the stack: they would go with it. */
  endangered: RemovableResource[];
  /** Lists that could not be read, each with the reason. */
  unread: string[];
  /** Number of lists. */
  listed: number;
  /** True when one of them failed for another reason than a refusal: it was tried until the deadline. */
  unreachable: boolean;
}

/** Says what was seen: that nothing was found says little where lists could not be read. */
export const seenWords = ({ items, unread, listed }: Inventory, tag: string): string => {
  if (items.length) return `the stack ${tag} has in OCI:`;
  if (unread.length === 0) return `OCI has nothing of the stack ${tag}`;
  if (unread.length === listed)
    return `nothing was seen: none of the ${listed} lists could be read, so that the stack ${tag} may be there or not`;
  return `nothing of the stack ${tag} was seen, but ${unread.length} of ${listed} lists could not be read`;
};

const GONE = new Set(["TERMINATED", "DELETED"]);

const itemOf = (kind: RemovableKind, model: OciModel): RemovableResource => {
  const until = model["timeOfDeletion"];
  return {
    kind,
    id: String(model["id"]),
    name: String(model["displayName"] ?? model["secretName"] ?? model["name"] ?? ""),
    tags: (model["freeformTags"] ?? {}) as Record<string, unknown>,
    state: String(model["lifecycleState"] ?? "ACTIVE"),
    ...(typeof until === "string" && { until }),
    model,
  };
};

/**
 * True when the name is the stack's. The tag must be, too: a tag can be copied with a resource, and a name
 * chosen by anybody.
 */
const isNamed = (item: RemovableResource, { names }: Owner): boolean =>
  names.some((name) => item.name === name || item.name.startsWith(`${name}-`));

/** Lists the stack's resources, in the order of removal. Nothing is changed. */
export const inventory = async (scope: Scope, owner: Owner): Promise<Inventory> => {
  const unread: string[] = [];
  let unreachable = false;
  const lists = await Promise.all(
    removableKinds.map(async (kind) => {
      try {
        return (await kind.list(scope)).map((model) => itemOf(kind, model));
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        unreachable ||= !(error instanceof OciError) || error.exhausted;
        unread.push(`${kind.name}: ${error.message}`);
        return [];
      }
    }),
  );
  const tagged = lists.flat().filter((i) => i.tags[owner.tagKey] === owner.tag && !GONE.has(i.state));
  const items = tagged.filter((item) => isNamed(item, owner));
  const vaults = new Set(items.filter((i) => i.kind.name === "vault").map((i) => i.id));
  return {
    items,
    endangered: lists
      .flat()
      .filter((i) => vaults.has(String(i.model["vaultId"])) && !items.includes(i))
      .filter((i) => !GONE.has(i.state) && i.state !== "PENDING_DELETION"),
    strangers: tagged.filter((item) => !isNamed(item, owner)),
    unread,
    listed: removableKinds.length,
    unreachable,
  };
};
