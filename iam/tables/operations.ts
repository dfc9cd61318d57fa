/**
 * The permissions of operations: the one place where this library reads the project's table of operations.
 * @module
 */
import { operationsNamed, operationsWithPermissions } from "../../oci/operations/by-name.ts";
import type { OperationPermissions } from "../../oci/operations/index.ts";

let spelled: ReadonlyMap<string, string> | undefined;

const names = (): ReadonlyMap<string, string> => {
  spelled ??= new Map(operationsWithPermissions().map(({ name }) => [name.toLowerCase(), name]));
  return spelled;
};

/** The name of every operation whose permissions a table lists. */
export const knownOperations = (): string[] => [...new Set(names().values())];

const needsByName = new Map<string, readonly OperationPermissions[]>();

/** Most names that are kept: those of a policy's literals come from outside. */
const MOST_NAMES = 10_000;

const find = (name: string, service: string | undefined): OperationPermissions[] => {
  const all = operationsNamed(name);
  const own = all.filter((operation) => operation.service === service);
  const meant = (own.length > 0 ? own : all).flatMap(({ permissions }) => permissions ?? []);
  return [...new Map(meant.map((permissions) => [JSON.stringify(permissions), permissions])).values()];
};

/**
 * The permissions that an operation may need: one entry for each of the services that share its name and need
 * something else. Services whose permissions no table lists are left out.
 * @param service chooses between services that share the name
 * @returns empty when no table lists any
 */
export const needsOf = (name: string, service?: string): readonly OperationPermissions[] => {
  const key = `${service ?? ""} ${name}`;
  const known = needsByName.get(key);
  if (known) return known;
  const found = find(name, service);
  if (needsByName.size >= MOST_NAMES) needsByName.clear();
  needsByName.set(key, found);
  return found;
};

let byPermission: Map<string, Set<string>> | undefined;

/** The operations that need a permission in the ordinary case, with others or alone. */
export const operationsNeeding = (permission: string): readonly string[] => {
  if (!byPermission) {
    byPermission = new Map();
    for (const { name, permissions } of operationsWithPermissions())
      for (const p of permissions!.always) byPermission.set(p, (byPermission.get(p) ?? new Set()).add(name));
  }
  return [...(byPermission.get(permission) ?? [])];
};

/** An operation's name as Oracle spells it; the name itself when no table lists it. */
export const operationName = (name: string): string => names().get(name.toLowerCase()) ?? name;
