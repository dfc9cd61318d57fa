/**
 * `npm run -s iam -- permissions OPERATION` and `operations PERMISSION`: what is otherwise looked up in Oracle's
 * policy reference.
 * @module
 */
import {
  everyNeedOf,
  explainOperation,
  explainPermission,
  knownOperations,
  knownPermissions,
  type OperationEntry,
  type PermissionEntry,
  splitOperation,
} from "../../iam/index.ts";
import { nearestWord } from "../../oci/nearest.ts";
import { UsageError } from "../shared/exit.ts";
import type { Subcommand } from "./subcommand.ts";

/** Prints a text and a newline. */
type PrintText = (text: string) => void;

const meaning = (near: string | undefined): string => (near ? `; did you mean "${near}"?` : "");

/** The error about an operation that no table has. */
const noOperation = (name: string): UsageError => {
  const { service, operation } = splitOperation(name);
  const elsewhere = everyNeedOf(operation).flatMap((need) => need.services);
  if (service !== undefined && elsewhere.length > 0) {
    const near = elsewhere.includes(service) ? undefined : nearestWord(service, elsewhere);
    const list = elsewhere.slice(0, 8).join(", ") + (elsewhere.length > 8 ? ", …" : "");
    return new UsageError(
      `${service} has no operation ${operation}; ${list} ${elsewhere.length > 1 ? "have" : "has"}${meaning(near && `${near}.${operation}`)}`,
    );
  }
  const near = nearestWord(operation, knownOperations());
  const known = service !== undefined && near && everyNeedOf(near).some((n) => n.services.includes(service));
  return new UsageError(`no table has the operation ${name}${meaning(known ? `${service}.${near}` : near)}`);
};

/** @throws UsageError for an operation that no table has */
export const checkOperation = (name: string): void => {
  if (explainOperation(name).length === 0) throw noOperation(name);
};

const grantsOf = (entry: PermissionEntry, indent: string): string[] => {
  const { permission, grants, perhaps = [], disagreements = [] } = entry;
  const width = Math.max(...grants.map(({ type, verb }) => type.length + verb.length + 1));
  const lines = grants.map(({ type, verb, families }) => {
    const more = families.length > 0 ? `  also ${families.join(", ")}` : "";
    return `${indent}  ${`${verb} ${type}`.padEnd(width)}${more}`.trimEnd();
  });
  const none = grants.length === 0 ? [`${indent}  no verb: name it as {${permission}}`] : [];
  const maybe = perhaps.map((name) => `${indent}  perhaps ${name}`);
  return [
    `${indent}${permission}`,
    ...lines,
    ...none,
    ...maybe,
    ...disagreements.map((d) => `${indent}  note: ${d}`),
  ];
};

const MODES = {
  all: "needs every one of",
  any: "needs one of",
  none: "needs no permission",
  conditional: "needs, depending on the request,",
} as const;

const operationText = (entry: OperationEntry): string => {
  const { operation, service, mode, permissions = [], when = {}, source, namedInSource } = entry;
  const name = `${service}.${operation}`;
  if (!mode) return `${name}: no table lists its permissions`;
  const always =
    mode === "conditional" ? (permissions.length > 0 ? ["  always"] : ["  nothing in every case"]) : [];
  const further = entry.further ?? [];
  return [
    `${name} ${MODES[mode]}`,
    ...always,
    ...permissions.flatMap((p) => grantsOf(p, mode === "conditional" ? "    " : "  ")),
    ...Object.entries(when).flatMap(([name, needed]) => [
      `  ${name}`,
      ...needed.flatMap((p) => grantsOf(p, "    ")),
    ]),
    ...further.map((row) => `  another row of the source: ${row.join(", ")}`),
    ...(entry.disagreements?.length ? [`  sources differ: ${entry.disagreements.join("; ")}`] : []),
    `  source: ${source}${namedInSource ? ` (there ${namedInSource})` : ""}`,
  ].join("\n");
};

/**
 * Prints what an operation needs: every service's where several have one of its name, those that the name alone means
 * first.
 * @returns the exit code: 1 where no table lists what any of them needs
 * @throws UsageError for an operation that no table has
 */
const permissions = (name: string, print: PrintText, json: boolean): number => {
  const entries = explainOperation(name);
  if (entries.length === 0) throw noOperation(name);
  if (json) for (const entry of entries) print(JSON.stringify(entry));
  else {
    const listed = entries.filter((entry) => entry.mode);
    const rest = entries.filter((entry) => !entry.mode).map(({ service }) => service);
    const others = listed.filter((entry) => !entry.meant);
    const texts = listed.map(operationText);
    if (others.length > 0) {
      const which = others.map(({ service }) => service).join(", ");
      texts.splice(
        listed.length - others.length,
        0,
        `${name} alone does not mean the operation of ${which}:`,
      );
    } else if (entries.length > 1 && !name.includes("."))
      texts.unshift(`${name} stands in ${entries.length} services; SERVICE.${name} means one of them.`);
    if (rest.length > 0)
      texts.push(`no table lists the permissions of ${entries[0]!.operation} in ${rest.join(", ")}`);
    print(texts.join("\n\n"));
  }
  return entries.some((entry) => entry.mode) ? 0 : 1;
};

/**
 * Prints what grants a permission, and the operations that need it.
 * @returns the exit code
 * @throws UsageError for a permission that no table has
 */
const operations = (permission: string, print: PrintText, json: boolean): number => {
  const found = explainPermission(permission);
  if (!found)
    throw new UsageError(
      `no table has the permission ${permission}${meaning(nearestWord(permission, knownPermissions()))}`,
    );
  if (json) print(JSON.stringify(found));
  else {
    const lines = found.operations.map(({ service, operation, mode, beside, cases }) => {
      const other = beside.length > 0 ? ` ${mode === "any" ? "or" : "with"} ${beside.join(", ")}` : "";
      return `  ${service}.${operation}${other}${cases ? ` (${cases.join("; ")})` : ""}`;
    });
    print(
      [
        ...grantsOf(found, ""),
        "",
        ...(lines.length > 0 ? ["operations that need it", ...lines] : ["no operation is known to need it"]),
      ].join("\n"),
    );
  }
  return 0;
};

/** `permissions OPERATION` */
export const permissionsCommand: Subcommand = {
  usage: "permissions OPERATION",
  about: [
    "what an operation (GetObject, objectstorage.GetObject) needs: permissions, the resource types",
    "and verbs that grant them, the source; every service's where several have the name",
  ],
  takes: { count: 1, what: "name" },
  run: (io, [name], _, json) => permissions(name!, io.print, json),
};

/** `operations PERMISSION` */
export const operationsCommand: Subcommand = {
  usage: "operations PERMISSION",
  about: ["the operations that need a permission, and the resource types and verbs that grant it"],
  takes: { count: 1, what: "name" },
  run: (io, [name], _, json) => operations(name!, io.print, json),
};
