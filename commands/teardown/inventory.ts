/** What OCI has of a stack, asked of OCI. @module */
import { OciError } from "../../oci/client.ts";
import { type Item, type Kind, kinds, type Model, type Scope } from "./kinds.ts";

/** How the stack's resources are told from all others: its own tag, and a name that begins with the stack's. */
export interface Owner {
  /** Value of the free-form tag `keyless-stack`: `<project>/<stack>`. */
  tag: string;
  tagKey: string;
  /** `keyless:name` */
  name: string;
}

/** What was found, and what could not be looked at. */
export interface Inventory {
  items: Item[];
  unread: string[];
}

const GONE = new Set(["TERMINATED", "DELETED"]);

const itemOf = (kind: Kind, model: Model): Item => {
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

/** Both must hold: a tag can be copied with a resource, and a name chosen by anybody. */
const isOwned = (item: Item, { tag, tagKey, name }: Owner): boolean =>
  item.tags[tagKey] === tag && (item.name === name || item.name.startsWith(`${name}-`));

/** Lists the stack's resources, in the order of removal. Nothing is changed. */
export const inventory = async (scope: Scope, owner: Owner): Promise<Inventory> => {
  const unread: string[] = [];
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      try {
        return (await kind.list(scope)).map((model) => itemOf(kind, model));
      } catch (error) {
        if (!(error instanceof OciError)) throw error;
        unread.push(`${kind.name}: ${error.message}`);
        return [];
      }
    }),
  );
  return {
    items: lists.flat().filter((item) => isOwned(item, owner) && !GONE.has(item.state)),
    unread,
  };
};
