/**
 * The permissions of operations: the one place where this library reads the project's table of operations. The key
 * of an operation is service and name: statements and requests may give the name alone, and some names stand in
 * many services.
 * @module
 */
import {
  type NamedOperation,
  operationNames,
  operationsNamed,
  operationsWithPermissions,
  type PermittedOperation,
} from "../../oci/operations/by-name.ts";
import type { OperationPermissions } from "../../oci/operations/types.ts";

const upperCase = (permissions: readonly string[]): string[] => permissions.map((p) => p.toUpperCase());

/** Every operation that a table lists, by its name alone. */
export const knownOperations: () => readonly string[] = operationNames;

/** What one service, or several that agree, need for an operation; `permissions` is undefined where no table says. */
export interface OperationNeeds {
  services: readonly string[];
  permissions: OperationPermissions | undefined;
}

/**
 * Services whose operations a name alone means, where others have an operation of that name too and these agree:
 * `GetGroup` is identity's, although streaming has one. They are the services of every tenancy, and those whose
 * permissions Oracle's policy reference lists on its own pages.
 */
const CORE = new Set([
  "audit",
  "core",
  "identity",
  "keymanagement",
  "logging",
  "loggingingestion",
  "monitoring",
  "objectstorage",
  "secrets",
  "vault",
  "workrequests",
]);

/** The SDK packages of services that Oracle's pages name by topic. */
const TOPICS: Readonly<Record<string, readonly string[]>> = {
  iam: ["identity"],
  vault: ["vault", "keymanagement", "secrets"],
  logging: ["logging", "loggingingestion"],
};

/** The topic under which the permission tables have a service. */
export const topicOf = (service: string): string =>
  Object.keys(TOPICS).find((topic) => TOPICS[topic]!.includes(service)) ?? service;

/** Service and name of an operation, where the name begins with a service: `identity.GetGroup`. */
export const splitOperation = (name: string): { service?: string; operation: string } => {
  const dot = name.indexOf(".");
  return dot < 0 ? { operation: name } : { service: name.slice(0, dot), operation: name.slice(dot + 1) };
};

/** Operations that need the same, together. */
const grouped = (operations: readonly NamedOperation[]): OperationNeeds[] => {
  const found = new Map<string, { services: string[]; permissions: OperationPermissions | undefined }>();
  for (const { service, permissions } of operations) {
    const key = permissions
      ? JSON.stringify([permissions.mode, [...permissions.always].sort(), permissions.when ?? {}])
      : "";
    const same = found.get(key);
    if (!same) found.set(key, { services: [service], permissions });
    else if (!same.services.includes(service)) same.services.push(service);
  }
  return [...found.values()];
};

/**
 * What an operation needs in each service that has one of its name.
 * @param name with or without a service before a dot
 * @returns one entry for services that agree; empty when no table has the operation
 */
export const everyNeedOf = (name: string): readonly OperationNeeds[] => {
  const { service, operation } = splitOperation(name);
  const all = operationsNamed(operation);
  if (service === undefined) return grouped(all);
  const lower = service.toLowerCase();
  const exact = all.filter((o) => o.service === lower);
  return grouped(exact.length > 0 ? exact : all.filter((o) => TOPICS[lower]?.includes(o.service)));
};

const needs = new Map<string, readonly OperationNeeds[]>();

/**
 * What an operation needs. A name alone means the core services where these agree, else every service that has an
 * operation of that name.
 * @param name with or without a service before a dot
 * @returns one entry for services that agree, several where they do not; empty when no table has the operation
 */
export const needsOf = (name: string): readonly OperationNeeds[] => {
  const kept = needs.get(name);
  if (kept) return kept;
  const every = everyNeedOf(name);
  const core = every.length < 2 ? [] : coreNeedsOf(name);
  const found = core.length === 1 ? core : every;
  // Names that no table has can be any: they are not kept.
  if (found.length > 0) needs.set(name, found);
  return found;
};

const coreNeedsOf = (name: string): OperationNeeds[] => {
  const { service, operation } = splitOperation(name);
  if (service !== undefined) return [];
  return grouped(operationsNamed(operation).filter((o) => CORE.has(o.service) && o.permissions));
};

/**
 * The permissions that an operation needs in the ordinary case, in upper case: in the services that a statement can
 * mean, which are those that need something of what it grants, or where there is none, all that have the name.
 * @param among the permissions that the statement grants
 * @returns undefined where no table says
 */
export const alwaysNeededBy = (name: string, among: ReadonlySet<string>): readonly string[] | undefined => {
  const every = everyNeedOf(name);
  const always = every.flatMap(({ permissions }) => (permissions ? [upperCase(permissions.always)] : []));
  const meant = always.filter((permissions) => permissions.some((permission) => among.has(permission)));
  if (meant.length > 0) return [...new Set(meant.flat())];
  return every.length > 0 && always.length === every.length ? [...new Set(always.flat())] : undefined;
};

let byPermission:
  | Record<"always" | "sometimes", ReadonlyMap<string, readonly PermittedOperation[]>>
  | undefined;

const index = (): NonNullable<typeof byPermission> => {
  if (byPermission) return byPermission;
  const always = new Map<string, PermittedOperation[]>();
  const sometimes = new Map<string, PermittedOperation[]>();
  const add = (to: typeof always, permission: string, operation: PermittedOperation): void => {
    const list = to.get(permission);
    if (list) list.push(operation);
    else to.set(permission, [operation]);
  };
  for (const operation of operationsWithPermissions()) {
    const needed = new Set(upperCase(operation.permissions.always));
    const further = new Set(upperCase(Object.values(operation.permissions.when ?? {}).flat()));
    for (const p of needed) add(always, p, operation);
    for (const p of further) if (!needed.has(p)) add(sometimes, p, operation);
  }
  byPermission = { always, sometimes };
  return byPermission;
};

/** The operations, by service, that need a permission in the ordinary case, with others or alone. */
export const operationsNeeding = (permission: string): readonly PermittedOperation[] =>
  index().always.get(permission.toUpperCase()) ?? [];

/** The operations, by service, that need a permission in some cases only. */
export const operationsNeedingSometimes = (permission: string): readonly PermittedOperation[] =>
  index().sometimes.get(permission.toUpperCase()) ?? [];

let spelled: Map<string, string> | undefined;

/** An operation's name as Oracle spells it; the name itself when no table lists it. */
export const operationName = (name: string): string => {
  spelled ??= new Map(operationNames().map((n) => [n.toLowerCase(), n]));
  return spelled.get(name.toLowerCase()) ?? name;
};
