/**
 * What the tables have about an operation or a permission, with the source: what is otherwise looked up in Oracle's
 * pages.
 * @module
 */
import type { OperationPermissions } from "../../oci/operations/types.ts";
import {
  everyNeedOf,
  needsOf,
  operationName,
  operationsNeeding,
  operationsNeedingSometimes,
  splitOperation,
  topicOf,
} from "./operations.ts";
import { sourceData } from "./sources.ts";
import {
  disagreementsAbout,
  familiesOf,
  familyGrantsOf,
  type TypeGrant,
  grantsOf,
  isKnownPermission,
  operationDisagreement,
  perhapsGrantedBy,
  spelledPermission,
} from "./tables.ts";

/** A type and the least verb of it that has a permission. */
export interface GrantEntry extends TypeGrant {
  /** The families that have the type. */
  families: readonly string[];
  /** The sources of the type's verbs. */
  source: string;
}

/** A difference between two sources, in words. */
type Disagreement = string;

/** A permission with what grants it. */
export interface PermissionEntry {
  permission: string;
  /** Empty where no verb has it: only statements that name it, and all-resources, grant it. */
  grants: readonly GrantEntry[];
  /** Names that may have it, and no source says for certain. */
  perhaps?: readonly string[];
  disagreements?: readonly Disagreement[];
}

/** An operation of a service with what it needs. */
export interface OperationEntry {
  operation: string;
  service: string;
  /** False where the name alone means the operation of other services. */
  meant: boolean;
  /** Absent, as are the permissions, where no table lists the operation. */
  mode?: OperationPermissions["mode"];
  permissions?: readonly PermissionEntry[];
  /** Permissions needed in some cases. */
  when?: Readonly<Record<string, readonly PermissionEntry[]>>;
  source?: string;
  /** The operation's name in the source, where it has another there. */
  namedInSource?: string;
  /** Further rows of the sources about the same operation: permissions that another case needs. */
  further?: readonly (readonly string[])[];
  disagreements?: readonly Disagreement[];
}

/** An operation that needs a permission. */
export interface NeedingEntry {
  operation: string;
  service: string;
  mode: OperationPermissions["mode"];
  /** The other permissions of the ordinary case. */
  beside: readonly string[];
  /** The cases in which the permission is needed; absent where it always is. */
  cases?: readonly string[];
}

/** Sources from their letters. */
const sourcesOf = (letters: string | undefined): string => {
  const { sources } = sourceData();
  return [...(letters ?? "")].map((letter) => sources[letter] ?? letter).join("; ");
};

const grantEntry = ({ type, verb }: TypeGrant): GrantEntry => ({
  type,
  verb,
  families: familiesOf(type),
  source: sourcesOf(sourceData().resourceTypes[type]),
});

const typeDisagreements = (permission: string): Disagreement[] =>
  disagreementsAbout(permission).map(({ type, between, permissions }) => {
    const said = Object.entries(permissions).find(
      ([name]) => name.toUpperCase() === permission.toUpperCase(),
    )![1];
    const by = between.map((letter, i) => `${said[i] ?? "no verb"} in ${sourcesOf(letter)}`);
    return `sources differ on ${type}: ${by.join(", ")}`;
  });

/** A permission with what grants it. */
const permissionEntry = (permission: string): PermissionEntry => {
  const disagreements = typeDisagreements(permission);
  const perhaps = perhapsGrantedBy(permission);
  const byFamily = familyGrantsOf(permission).map(({ type, verb }) => ({
    type,
    verb,
    families: [],
    source: sourcesOf(sourceData().families[type]),
  }));
  return {
    permission: spelledPermission(permission),
    grants: [...grantsOf(permission).map(grantEntry), ...byFamily],
    ...(perhaps.length > 0 && { perhaps }),
    ...(disagreements.length > 0 && { disagreements }),
  };
};

const NO_ROW = "no published row: written out by hand, or taken from a sibling operation";

const entryOf = (
  operation: string,
  service: string,
  meant: boolean,
  needed: OperationPermissions | undefined,
): OperationEntry => {
  if (!needed) return { operation, service, meant };
  const { operations } = sourceData();
  const rows = (Object.hasOwn(operations, operation) ? operations[operation]! : []).filter(
    (row) => row.service === topicOf(service),
  );
  const further = rows.flatMap((row) => (row.permissions ? [row.permissions] : []));
  const says = operationDisagreement(operation, service);
  const when = Object.entries(needed.when ?? {}).map(
    ([name, permissions]) => [name, permissions.map(permissionEntry)] as const,
  );
  return {
    operation,
    service,
    meant,
    mode: needed.mode,
    permissions: needed.always.map(permissionEntry),
    ...(when.length > 0 && { when: Object.fromEntries(when) }),
    source: rows[0] ? sourcesOf(rows[0].source) : NO_ROW,
    ...(rows[0]?.namedInSource && { namedInSource: rows[0].namedInSource }),
    ...(further.length > 0 && { further }),
    ...(says && {
      disagreements: Object.entries(says).map(
        ([letters, permissions]) => `${permissions.join(", ")} in ${sourcesOf(letters)}`,
      ),
    }),
  };
};

/**
 * What an operation needs, in each service that has one of its name.
 * @param name with or without a service before a dot, in any case
 * @returns those that the name alone means first; empty when no table has the operation
 */
export const explainOperation = (name: string): OperationEntry[] => {
  const operation = operationName(splitOperation(name).operation);
  const meant = new Set(needsOf(name).flatMap((need) => need.services));
  return everyNeedOf(name)
    .flatMap(({ services, permissions }) =>
      services.map((service) => entryOf(operation, service, meant.has(service), permissions)),
    )
    .sort(
      (a, b) =>
        Number(b.meant) - Number(a.meant) ||
        Number(b.mode !== undefined) - Number(a.mode !== undefined) ||
        (a.service < b.service ? -1 : 1),
    );
};

/**
 * What grants a permission, and the operations that need it.
 * @param permission in any case
 * @returns undefined when no table has it
 */
export const explainPermission = (
  permission: string,
): (PermissionEntry & { operations: NeedingEntry[] }) | undefined => {
  const upper = permission.toUpperCase();
  const always = operationsNeeding(upper);
  const sometimes = operationsNeedingSometimes(upper);
  if (!isKnownPermission(upper) && always.length + sometimes.length === 0) return undefined;
  const holds = (p: string): boolean => p.toUpperCase() === upper;
  const entries = [...always, ...sometimes].map(({ service, name, permissions }): NeedingEntry => {
    const { mode, when = {} } = permissions;
    const cases = Object.keys(when).filter((one) => when[one]!.some(holds));
    return {
      operation: name,
      service,
      mode,
      beside: permissions.always.filter((p) => !holds(p)),
      ...(!permissions.always.some(holds) && { cases }),
    };
  });
  const key = ({ service, operation }: NeedingEntry): string => `${service}.${operation}`;
  return { ...permissionEntry(upper), operations: entries.sort((a, b) => (key(a) < key(b) ? -1 : 1)) };
};
