/**
 * Those whom statements speak of: each subject's member in general, about whom nothing is known but that it is one.
 * What differs among members stays open, and becomes a part of the answer's condition.
 * @module
 */

import { OTHER } from "../compare/principals.ts";
import { ANY_GROUP, ANY_USER, type CompiledTenancy, keyOf, serviceKey } from "../decide/compile.ts";
import type { Standing } from "./situation.ts";

/** What differs among all principals, among users, and among instances and resources. */
const ANYBODY = /^request\.(principal|user|groups|instance|resource|service)\./;
const USERS = /^request\.(principal\.(id|group\.)|user\.|groups\.)/;
const MACHINES = /^request\.(principal|instance|resource)\./;

const somebody = (keys: string[], undocumented: boolean): Standing => ({
  principal: { type: "service", name: OTHER.service },
  memberships: [],
  keys,
  undocumented,
  exempt: false,
  open: ANYBODY,
});

/**
 * A subject's member in general.
 * @param key the subject's key in the index of statements
 */
export const memberOf = (compiled: CompiledTenancy, key: string): Standing => {
  if (key === ANY_USER) return somebody([ANY_USER], true);
  if (key === ANY_GROUP) return somebody([ANY_USER, ANY_GROUP], false);
  const space = key.indexOf(" ");
  const id = key.slice(space + 1);
  if (key.startsWith("service "))
    return {
      principal: { type: "service", name: id },
      memberships: [],
      keys: [ANY_USER, serviceKey(id)],
      undocumented: false,
      exempt: false,
    };
  const user = key.startsWith("group ");
  const group = user ? compiled.groups.get(id) : compiled.dynamicGroups.find((g) => g.id === id);
  return {
    principal: user
      ? { type: "user", id: `${OTHER.user}.member` }
      : { type: "resource", resourceType: OTHER.type, id: OTHER.resource },
    memberships: [{ id, tags: group?.tags }],
    keys: [ANY_USER, ANY_GROUP, keyOf(user ? "group" : "dynamic-group", id)],
    undocumented: false,
    exempt: user && id === compiled.administrators,
    open: user ? USERS : MACHINES,
  };
};
