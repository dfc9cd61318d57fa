/**
 * Operations by their bare name, as policies have it in `request.operation`: it may stand for several, so that whoever
 * asks gets all of them and chooses, or joins what they say.
 * @module
 */
import { decodePermissions } from "./encoding.ts";
import { findOperations, permittedOperations, sdkNames } from "./table.ts";
import type { OperationPermissions } from "./types.ts";
import unlistedData from "./unlisted.data.json" with { type: "json" };

/** An operation that a name may mean. */
export interface NamedOperation {
  /** The service as in `oci/operations`; for what is in no package of the SDK, the topic of the permission table. */
  service: string;
  /** The name as Oracle spells it. */
  name: string;
  /** Absent where no published table lists it. */
  permissions?: OperationPermissions;
}

/** Operations that stand in the published permission tables and in no package of the SDK. */
const unlisted: readonly Required<NamedOperation>[] = Object.entries(
  unlistedData as Readonly<Record<string, readonly string[]>>,
).flatMap(([service, lines]) =>
  lines.map((line) => {
    const end = line.indexOf(":");
    return { service, name: line.slice(0, end), permissions: decodePermissions(line.slice(end + 1).trim()) };
  }),
);

let unlistedByName: ReadonlyMap<string, readonly NamedOperation[]> | undefined;

const index = (): ReadonlyMap<string, readonly NamedOperation[]> => {
  const made = new Map<string, NamedOperation[]>();
  for (const operation of unlisted) {
    const key = operation.name.toLowerCase();
    made.set(key, [...(made.get(key) ?? []), operation]);
  }
  return made;
};

/** The operations that a bare name may mean, ignoring case: one of each service. */
export const operationsNamed = (name: string): readonly NamedOperation[] => {
  unlistedByName ??= index();
  return [...findOperations(name), ...(unlistedByName.get(name.toLowerCase()) ?? [])];
};

/** An operation whose permissions a table lists. */
export type PermittedOperation = Required<NamedOperation>;

/** Every operation that has permissions. */
export const operationsWithPermissions = (): PermittedOperation[] => [...permittedOperations(), ...unlisted];

/** Every operation's name, as the permission tables spell it where they have it. */
export const operationNames = (): string[] => {
  const spelled = operationsWithPermissions().map(({ name }) => [name.toLowerCase(), name] as const);
  const names = new Map(sdkNames().map((name) => [name.toLowerCase(), name]));
  return [...new Map([...names, ...spelled]).values()];
};
