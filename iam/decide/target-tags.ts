/**
 * The cases in which `target.resource.tag.…` does not apply (Oracle, "Using Tags to Manage Access":
 * permissions to list and to create cannot be granted by a target's tag, and the services' limitations).
 * @module
 */

/** Single permissions that the services' limitations name. */
const UNSUPPORTED = new Set([
  "BACKUP_POLICY_ASSIGNMENT_DELETE",
  "VOLUME_BACKUP_COPY",
  "INSTANCE_CONSOLE_CONNECTION_DELETE",
  "INSTANCE_POWER_ACTIONS",
  "AUTO_SCALING_CONFIGURATION_UPDATE",
  "PRIVATE_IP_UPDATE",
  "PRIVATE_IP_DELETE",
  "VNIC_UNASSIGN",
  "INTERNET_GATEWAY_DETACH",
  "VNIC_UPDATE",
  "VNIC_DELETE",
  "KEY_ENCRYPT",
  "KEY_DECRYPT",
  "DATABASE_DELETE",
]);

/** Types none of whose permissions a tag grants: `objects` (not taggable) and `instance-pools`. */
const UNSUPPORTED_PREFIXES = ["OBJECT_", "INSTANCE_POOL_"];

/**
 * True when a target's tag cannot grant a permission: the variable then does not apply.
 * @param operation the requested operation, if the request names one: a list operation has no target resource
 * @param permission the permission that is asked for, in upper case
 */
export const refusesTargetTag = (operation: string | undefined, permission: string): boolean => {
  if (UNSUPPORTED.has(permission) || UNSUPPORTED_PREFIXES.some((prefix) => permission.startsWith(prefix)))
    return true;
  if (permission.endsWith("_CREATE")) return true;
  if (operation === undefined) return permission.endsWith("_INSPECT") || permission.endsWith("_LIST");
  return /^list/i.test(operation);
};
