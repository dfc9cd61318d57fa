/**
 * The one table of OCI's operations: the local OCI routes and authorises by it, the proxy matches by it, and
 * the evaluator reads from it the permissions that an operation needs. Data: `generate.ts`.
 *
 * An operation's key is `service.Operation`: 437 bare names stand in several services. A service is read from the
 * data when it is asked for; whatever needs all of them asks for `allOperations`.
 * @module
 */
import { decodePermissions, namesIn, type OperationsData, operationsReader } from "./encoding.ts";
import operationsData from "./operations.data.json" with { type: "json" };
import permissionsData from "./permissions.data.json" with { type: "json" };
import type { Operation } from "./types.ts";

const data: OperationsData = operationsData;
const permissions: Readonly<Record<string, readonly string[]>> = permissionsData;

/** The release of Oracle's SDK that the table is made from. */
export const sdkVersion = data.sdk;

/** Every service of the table. Sorted. */
export const services: readonly string[] = Object.keys(data.services).sort();

/** A service's operations, by name in lower case. */
type ServiceOperations = ReadonlyMap<string, Operation>;

const read = operationsReader(data);
const known = new Map<string, ServiceOperations>();

/** Permissions of a service's operations, not decoded, by name in lower case. */
const permissionsIn = (service: string): Map<string, { name: string; text: string }> => {
  const lines = Object.hasOwn(permissions, service) ? permissions[service]! : [];
  return new Map(
    lines.map((line) => {
      const end = line.indexOf(":");
      const name = line.slice(0, end);
      return [name.toLowerCase(), { name, text: line.slice(end + 1).trim() }] as const;
    }),
  );
};

const makeService = (service: string): ServiceOperations => {
  const needs = permissionsIn(service);
  const byName = new Map<string, Operation>();
  for (const operation of read(service) as Operation[]) {
    const key = operation.name.toLowerCase();
    const needed = needs.get(key);
    if (needed) {
      operation.name = needed.name;
      operation.permissions = decodePermissions(needed.text);
    }
    byName.set(key, operation);
  }
  return byName;
};

const serviceOf = (service: string): ServiceOperations | undefined => {
  const found = known.get(service);
  if (found || !Object.hasOwn(data.services, service)) return found;
  const made = makeService(service);
  known.set(service, made);
  return made;
};

/** The operations of a service; empty when there is no such service. */
export const operationsOf = (service: string): Iterable<Operation> => serviceOf(service)?.values() ?? [];

/** The SDK's clients of a service, without `Client`. */
export const clientsOf = (service: string): string[] =>
  (data.services[service] ?? []).filter((line) => line.startsWith(">")).map((line) => line.slice(1));

/** The operations with permissions, as far as these are asked for: the rest of the table is not read. */
export const permittedOperations = (): (Pick<Operation, "service" | "name"> &
  Required<Pick<Operation, "permissions">>)[] =>
  Object.keys(permissions).flatMap((service) =>
    [...permissionsIn(service).values()].map(({ name, text }) => ({
      service,
      name,
      permissions: decodePermissions(text),
    })),
  );

/** The names of every operation, as the SDK has them: the rest of the table is not read. */
export const sdkNames = (): string[] => services.flatMap((service) => [...namesIn(data.services[service]!)]);

let byName: ReadonlyMap<string, readonly string[]> | undefined;

const servicesByName = (): ReadonlyMap<string, readonly string[]> => {
  const made = new Map<string, string[]>();
  for (const service of services) {
    for (const name of namesIn(data.services[service]!)) {
      const key = name.toLowerCase();
      const others = made.get(key);
      if (others) others.push(service);
      else made.set(key, [service]);
    }
  }
  return made;
};

/** The operations that share a bare name, ignoring case: one of each service. */
export const findOperations = (name: string): Operation[] => {
  byName ??= servicesByName();
  const key = name.toLowerCase();
  return (byName.get(key) ?? []).map((service) => serviceOf(service)!.get(key)!);
};

let all: readonly Operation[] | undefined;

/** Every operation of every service, read on first use. */
export const allOperations = (): readonly Operation[] => {
  all ??= services.flatMap((service) => [...operationsOf(service)]);
  return all;
};

/** The operation of a service, by `service.Operation`, ignoring the name's case. */
export const findOperation = (qualifiedName: string): Operation | undefined => {
  const [service = "", name = ""] = qualifiedName.split(".");
  return serviceOf(service)?.get(name.toLowerCase());
};
