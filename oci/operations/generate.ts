/**
 * The texts of `operations.data.json`, `permissions.data.json` and `unlisted.data.json`: every operation of every
 * package of Oracle's SDK, read from their clients' source, and the permissions that the published table in
 * `data/permissions.json` and `supplement.ts` say of them.
 * @module
 */
import { readFileSync } from "node:fs";
import { SDK_VERSION, type SdkClient, sdkClients, sdkInstalled, sdkServices } from "../sdk.ts";
import { beyondSdk } from "./beyond-sdk.ts";
import { encodeOperations, encodePermissions, type OperationsData, operationsReader } from "./encoding.ts";
import { supplement } from "./supplement.ts";
import type { Method, OperationPermissions, SdkOperation } from "./types.ts";

/** The permission table names these services by topic, the SDK by package. */
const TABLE_SERVICE: Record<string, string> = {
  identity: "iam",
  keymanagement: "vault",
  secrets: "vault",
  loggingingestion: "logging",
};

type TableRow = { service: string; permissions: string[] } & (
  | { mode: "all" | "any" | "none" }
  | { mode: "conditional"; always: string[]; when?: Record<string, string[]> }
);

/** Headers that whoever sends a request writes, whatever the operation. */
const SENDERS_OWN = new Set(["authorization", "content-length", "content-type", "expect", "opc-request-id"]);

/** Keys of an object that an operation's source builds: `const queryParams = { "limit": …`. */
const keysOf = (source: string, object: string): string[] => {
  const text = new RegExp(`(?:const|let) ${object} = \\{([^}]*)\\}`).exec(source)?.[1] ?? "";
  return [...text.matchAll(/^\s*"([^"]+)":/gm)].map(([, key]) => key!);
};

const headersOf = (source: string): string[] => {
  const names = keysOf(source, "headerParams").map((name) => name.toLowerCase());
  const families = [...source.matchAll(/\["([a-z-]+-)" \+ key\]/g)].map(([, family]) => `${family}*`);
  return [...new Set([...names, ...families])].filter((name) => !SENDERS_OWN.has(name)).sort();
};

const bodyOf = (source: string): SdkOperation["body"] => {
  const content = /bodyContent: (\S+)/.exec(source)?.[1];
  if (content === undefined) return undefined;
  return content.startsWith("common.ObjectSerializer") ? "json" : "bytes";
};

const OPERATION =
  /const operationName = "(\w+)";([\s\S]*?path: "([^"]+)",\s*method: "(\w+)"[\s\S]*?)makeServiceCall\(([^)]*)\)/g;

/** Reads a client's operations from its source. */
const operationsOf = ({ service, client, source }: SdkClient): SdkOperation[] => {
  const version = /this\._endpoint = this\._endpoint \+ "([^"]+)"/.exec(source)?.[1] ?? "";
  return [...source.matchAll(OPERATION)].map(([, name, text, path, method, call]) => {
    const body = bodyOf(text!);
    return {
      service,
      client,
      name: name![0]!.toUpperCase() + name!.slice(1),
      method: method as Method,
      path: version + path,
      bodySigned: !call!.endsWith(", true"),
      ...(body && { body }),
      query: keysOf(text!, "queryParams").sort(),
      headers: headersOf(text!),
    };
  });
};

const lines = (list: readonly unknown[]): string =>
  `[\n${list.map((one) => JSON.stringify(one)).join(",\n")}\n]`;

const OPERATIONS = new URL("operations.data.json", import.meta.url);

const readSdk = (): string => {
  const found = [...sdkServices().flatMap(sdkClients).flatMap(operationsOf), ...beyondSdk];
  const { sdk, headers, query, services } = encodeOperations(SDK_VERSION, found);
  const sets = [headers, query].map(
    ({ names, sets }) => `{"names":${JSON.stringify(names)},\n"sets":${JSON.stringify(sets)}}`,
  );
  const blocks = Object.entries(services).map(([service, own]) => `${JSON.stringify(service)}:${lines(own)}`);
  return `{"sdk":"${sdk}",\n"headers":${sets[0]},\n"query":${sets[1]},\n"services":{\n${blocks.join(",\n")}\n}}\n`;
};

let made: string | undefined;

/** `operations.data.json`. Without the SDK it stays as it is. */
export const operationsFile = (): string => {
  made ??= sdkInstalled() ? readSdk() : readFileSync(OPERATIONS, "utf8");
  return made;
};

/** The permissions that a row of the published table says. */
const fromTable = (row: TableRow): OperationPermissions => {
  if (row.mode !== "conditional")
    return { mode: row.mode, always: row.mode === "none" ? [] : row.permissions };
  const { always, when } = row;
  const rest = [...new Set(row.permissions)].filter((permission) => !always.includes(permission));
  return { mode: "conditional", always, when: when ?? { "depending on the request": rest } };
};

/** The SDK package of a topic that the SDK has no package for. */
const packageOf = (topic: string): string => (topic === "iam" ? "identity" : topic);

/** Permissions by service, or by the table's topic where it is none, then by name as the table spells it. */
type ByService = Map<string, Map<string, OperationPermissions>>;

/**
 * Joins operations with the table's rows by name, ignoring case, and by service. A row that no operation takes is
 * unlisted: of a service without a package, or of an operation that its package does not have. Of several rows about
 * one operation of a service the first counts.
 */
const join = (
  operations: readonly SdkOperation[],
  table: Readonly<Record<string, readonly TableRow[]>>,
): { listed: ByService; unlisted: ByService } => {
  const add = (to: ByService, service: string, name: string, permissions: OperationPermissions): void => {
    to.set(service, (to.get(service) ?? new Map()).set(name, permissions));
  };
  const rows = new Map(Object.entries(table).map(([name, list]) => [name.toLowerCase(), { name, list }]));
  const listed: ByService = new Map();
  const taken = new Set<string>();
  for (const { service, name } of operations) {
    const found = rows.get(name.toLowerCase());
    const topic = TABLE_SERVICE[service] ?? service;
    const row = found?.list.find((r) => r.service === topic);
    if (row) taken.add(`${topic}.${found!.name}`);
    const permissions = supplement[`${service}.${name}`] ?? (row && fromTable(row));
    if (permissions) add(listed, service, row ? found!.name : name, permissions);
  }
  const unlisted: ByService = new Map();
  for (const [name, list] of Object.entries(table))
    for (const row of list.filter((r, i) => list.findIndex((other) => other.service === r.service) === i))
      if (!taken.has(`${row.service}.${name}`)) add(unlisted, packageOf(row.service), name, fromTable(row));
  return { listed, unlisted };
};

const joined = (): ReturnType<typeof join> => {
  const file = new URL("../../data/permissions.json", import.meta.url);
  const table = JSON.parse(readFileSync(file, "utf8")) as { operations: Record<string, TableRow[]> };
  const data = JSON.parse(operationsFile()) as OperationsData;
  return join(Object.keys(data.services).flatMap(operationsReader(data)), table.operations);
};

const permissionsText = (all: ByService): string => {
  const blocks = [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([service, byName]) => {
      const own = [...byName].map(([name, needed]) => `${name}: ${encodePermissions(needed)}`);
      return `${JSON.stringify(service)}:${lines(own)}`;
    });
  return `{\n${blocks.join(",\n")}\n}\n`;
};

/** `permissions.data.json`: permissions of the operations of the SDK. */
export const permissionsFile = (): string => permissionsText(joined().listed);

/** `unlisted.data.json`: permissions of operations that stand in the published table only. */
export const unlistedFile = (): string => permissionsText(joined().unlisted);
