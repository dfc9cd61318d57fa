/**
 * The text of `operations.data.json`: every operation of the SDK packages named below, read from their clients'
 * source, joined with the published permission table in `data/permissions.json`.
 * @module
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { supplement } from "./supplement.ts";
import type { Method, Operation, OperationPermissions } from "./types.ts";

const SERVICES = [
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
];

/** The permission table names services by topic, the SDK by package. */
const TABLE_SERVICE: Record<string, string> = {
  identity: "iam",
  keymanagement: "vault",
  secrets: "vault",
  loggingingestion: "logging",
};

type TableRow = { service: string; permissions: string[] } & (
  | { mode: "all" | "any" | "none" }
  | { mode: "conditional"; always: string[] }
);

const require = createRequire(import.meta.url);

/** Reads one SDK package's client source and yields its operations without permissions. */
const operationsOf = (service: string): Operation[] => {
  const source = readFileSync(require.resolve(`oci-${service}/lib/client.js`), "utf8");
  const found: Operation[] = [];
  for (const section of source.split(/^class /m).slice(1)) {
    const client = section.match(/^(\w+)Client\b/)?.[1];
    if (!client) continue;
    const version = section.match(/this\._endpoint = this\._endpoint \+ "([^"]+)"/)?.[1] ?? "";
    const operation =
      /const operationName = "(\w+)";([\s\S]*?)path: "([^"]+)",\s*method: "(\w+)"[\s\S]*?makeServiceCall\(([^)]*)\)/g;
    for (const [, name, headers, path, method, call] of section.matchAll(operation)) {
      found.push({
        service,
        client,
        name: name![0]!.toUpperCase() + name!.slice(1),
        method: method as Method,
        path: version + path,
        bodySigned: !call!.endsWith(", true"),
        ...(headers!.includes('"opc-retry-token"') && { retryToken: true as const }),
      });
    }
  }
  return found;
};

/** The permissions that a row of the published table says. */
const fromTable = (row: TableRow): OperationPermissions => {
  if (row.mode !== "conditional")
    return { mode: row.mode, always: row.mode === "none" ? [] : row.permissions };
  const { always } = row;
  const rest = [...new Set(row.permissions)].filter((permission) => !always.includes(permission));
  return { mode: "conditional", always, when: { "depending on the request": rest } };
};

/** Joins SDK operations with the table's rows by name, ignoring case, and by topic where a name stands twice. */
const join = (
  sdk: Operation[],
  table: Record<string, TableRow[]>,
): { operations: Operation[]; unlisted: Record<string, OperationPermissions> } => {
  const rows = new Map(Object.entries(table).map(([name, row]) => [name.toLowerCase(), { name, row }]));
  const used = new Set<string>();
  const operations = sdk.map((operation) => {
    const extra = supplement[`${operation.service}.${operation.name}`] ?? supplement[operation.name];
    const found = rows.get(operation.name.toLowerCase());
    const topic = TABLE_SERVICE[operation.service] ?? operation.service;
    const row = found?.row.find((r) => r.service === topic);
    if (row) used.add(found!.name);
    const permissions = extra ?? (row && fromTable(row));
    return { ...operation, ...(row && { name: found!.name }), ...(permissions && { permissions }) };
  });
  const unlisted = Object.entries(table)
    .filter(([name]) => !used.has(name))
    .map(([name, row]) => [name, supplement[name] ?? fromTable(row[0]!)] as const);
  return { operations, unlisted: Object.fromEntries(unlisted) };
};

/** `operations.data.json`, one operation a line. Reads the installed SDK packages. */
export const operationsFile = (): string => {
  const file = new URL("../../data/permissions.json", import.meta.url);
  const table = JSON.parse(readFileSync(file, "utf8")) as { operations: Record<string, TableRow[]> };
  const { operations, unlisted } = join(SERVICES.flatMap(operationsOf), table.operations);
  const rest = Object.entries(unlisted).map(
    ([name, permissions]) => `${JSON.stringify(name)}:${JSON.stringify(permissions)}`,
  );
  const known = operations.map((operation) => JSON.stringify(operation));
  return `{"operations":[\n${known.join(",\n")}\n],\n"unlisted":{\n${rest.join(",\n")}\n}}\n`;
};
