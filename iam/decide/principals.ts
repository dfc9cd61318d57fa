/**
 * Finds the groups and dynamic groups that a principal is in, and the keys by which statements speak of it.
 * @module
 */
import { ANY_GROUP, ANY_USER, type CompiledTenancy, keyOf, serviceKey } from "./compile.ts";
import type { Membership } from "./context.ts";
import type { Principal } from "./types.ts";

/** The groups (of a user) or dynamic groups (of an instance or resource) that a principal is in. */
export const membershipsOf = (compiled: CompiledTenancy, principal: Principal): readonly Membership[] => {
  if (principal.type === "service") return [];
  if (principal.type === "instance" && principal.groups) {
    const bound = new Set(principal.groups.map((id) => id.toLowerCase()));
    return compiled.dynamicGroups.filter((group) => bound.has(group.id));
  }
  if (principal.type !== "user") return compiled.dynamicGroups.filter((group) => group.matches(principal));
  const listed = compiled.groupsOf.get(principal.id.toLowerCase()) ?? [];
  if (!principal.groups) return listed;
  const stated = principal.groups
    .map((id) => id.toLowerCase())
    .filter((id) => !listed.some((g) => g.id === id));
  return [...listed, ...stated.map((id) => compiled.groups.get(id) ?? { id, tags: undefined })];
};

/**
 * The index keys of statements that speak of a principal.
 *
 * `any-group`: Oracle's pages disagree (groups and dynamic groups; or all users and principals). Members of any
 * are in. For a user, instance or resource that is in none it is undocumented: allow then does not speak of it,
 * deny does, so that neither reading is given more than it grants.
 */
export const keysOf = (
  principal: Principal,
  memberships: readonly Membership[],
): { keys: string[]; undocumented: boolean } => {
  if (principal.type === "service")
    return { keys: [ANY_USER, serviceKey(principal.name)], undocumented: false };
  const kind = principal.type === "user" ? "group" : "dynamic-group";
  const keys = [ANY_USER, ANY_GROUP];
  for (const { id } of memberships) keys.push(keyOf(kind, id));
  return { keys, undocumented: memberships.length === 0 };
};
