/**
 * The permissions of operations: the one place where this library reads the project's table of operations.
 * @module
 */
import {
  findOperations,
  type OperationPermissions,
  operationNames,
  permissionsOf,
} from "../../oci/operations/index.ts";

/** Every operation whose permissions a table lists. */
export const knownOperations: () => string[] = operationNames;

/**
 * The permissions that an operation needs.
 * @param service chooses between services that share the name
 * @returns undefined when no table lists it
 */
export const needsOf = (name: string, service?: string): OperationPermissions | undefined =>
  (service && findOperations(name).find((o) => o.service === service && o.permissions)?.permissions) ||
  permissionsOf(name);

let byPermission: Map<string, string[]> | undefined;

/** The operations that need a permission in the ordinary case, with others or alone. */
export const operationsNeeding = (permission: string): readonly string[] => {
  if (!byPermission) {
    byPermission = new Map();
    for (const name of operationNames()) {
      for (const p of permissionsOf(name)?.always ?? [])
        byPermission.set(p, [...(byPermission.get(p) ?? []), name]);
    }
  }
  return byPermission.get(permission) ?? [];
};

let spelled: Map<string, string> | undefined;

/** An operation's name as Oracle spells it; the name itself when no table lists it. */
export const operationName = (name: string): string => {
  spelled ??= new Map(operationNames().map((n) => [n.toLowerCase(), n]));
  return spelled.get(name.toLowerCase()) ?? name;
};
