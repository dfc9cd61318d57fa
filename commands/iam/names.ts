/** Principals, compartments and variables as the commands that ask take them. @module */
import {
  type CanIPrincipal,
  knownPermissions,
  type Principal,
  type Tenancy,
  type VariableValue,
} from "../../iam/index.ts";
import { nearestWord } from "../../oci/nearest.ts";
import { UsageError } from "../shared/exit.ts";
import { checkOperation } from "./lookup.ts";
import type { OptionValues } from "./subcommand.ts";

const isOcid = (text: string): boolean => /^ocid\d+\./i.test(text);
const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

const FORMS =
  "user:ID, instance:ID, resource:TYPE:ID, service:NAME, group:ID or dynamic-group:ID, by OCID or by name";

interface Named {
  id: string;
  name?: string | undefined;
}

/** Finds one by OCID or name. @throws UsageError for a name that none has, or several have */
const oneOf = (kind: string, text: string, list: readonly Named[]): string => {
  const found = list.filter(({ id, name }) => same(id, text) || same(name, text));
  if (found.length === 1) return found[0]!.id;
  if (found.length > 1)
    throw new UsageError(
      `${found.length} ${kind}s have the name ${text}: ${found.map(({ id }) => id).join(", ")}`,
    );
  if (isOcid(text)) return text;
  const near = nearestWord(
    text,
    list.flatMap(({ name }) => name ?? []),
  );
  throw new UsageError(
    `no ${kind} of the tenancy has the name ${text}${near ? `; did you mean "${near}"?` : ""}`,
  );
};

const groupNames = (
  list: readonly { id: string; name: string; domain?: string | undefined }[] = [],
): Named[] =>
  list.flatMap(({ id, name, domain = "Default" }) => [
    ...(same(domain, "Default") ? [{ id, name }] : []),
    { id, name: `${domain}/${name}` },
  ]);

/** One group by OCID or by name; each stands in the list with and without its domain. */
const groupId = (kind: string, text: string, list: Parameters<typeof groupNames>[0]): string => {
  const known = list?.find(({ id }) => same(id, text));
  if (known) return known.id;
  if (isOcid(text)) throw new UsageError(`no ${kind} of the tenancy has the OCID ${text}`);
  return oneOf(kind, text, groupNames(list));
};

/**
 * Reads a principal.
 * @param text TYPE:ID
 * @throws UsageError naming what is wrong
 */
export const principalNamed = (tenancy: Tenancy, text: string): CanIPrincipal => {
  const colon = text.indexOf(":");
  const type = text.slice(0, colon);
  const id = text.slice(colon + 1);
  if (colon < 1 || id === "") throw new UsageError(`--principal ${text}: it is ${FORMS}`);
  switch (type) {
    case "user":
      return { type, id: oneOf(type, id, tenancy.users ?? []) };
    case "instance":
      return { type, id: oneOf(type, id, tenancy.instances ?? []) };
    case "group":
      return { type, id: groupId(type, id, tenancy.groups) };
    case "dynamic-group":
      return { type, id: groupId(type, id, tenancy.dynamicGroups) };
    case "service":
      return { type, name: id };
    case "resource": {
      const [resourceType, ...rest] = id.split(":");
      if (!resourceType || rest.length === 0)
        throw new UsageError(`--principal ${text}: a resource is resource:TYPE:ID`);
      return { type, resourceType, id: rest.join(":") } satisfies Principal;
    }
    default:
      throw new UsageError(`--principal ${text}: ${type} is no kind of principal; it is ${FORMS}`);
  }
};

/**
 * Finds a compartment by OCID, by name, or by a path of names from the root (`a:b`).
 * @throws UsageError for one that is not there, or a name that several have
 */
const compartmentNamed = (tenancy: Tenancy, text: string): string => {
  const list = tenancy.compartments ?? [];
  const root: Named = { id: tenancy.tenancy, name: "tenancy" };
  const all: Named[] = list.some(({ id }) => same(id, tenancy.tenancy)) ? [...list] : [root, ...list];
  const pathOf = ({ id }: Named): string => {
    const own = list.find((c) => same(c.id, id));
    if (!own || same(own.id, tenancy.tenancy)) return "";
    const above = own.parent === undefined ? "" : pathOf({ id: own.parent });
    return above === "" ? (own.name ?? own.id) : `${above}:${own.name ?? own.id}`;
  };
  const path = text.replaceAll("/", ":");
  const found = all.filter(
    (c) => same(c.id, text) || same(c.name, text) || (path.includes(":") && same(pathOf(c), path)),
  );
  if (found.length === 1) return found[0]!.id;
  if (found.length > 1)
    throw new UsageError(
      `${found.length} compartments have the name ${text}: ${found.map((c) => pathOf(c) || c.id).join(", ")}; say the path or the OCID`,
    );
  const near = nearestWord(
    text,
    all.flatMap(({ name }) => name ?? []),
  );
  throw new UsageError(`no compartment of the tenancy is ${text}${near ? `; did you mean "${near}"?` : ""}`);
};

const listOf = (value: OptionValues[string]): string[] => (Array.isArray(value) ? value.map(String) : []);

/** Values of `--variable k=v`: several of one variable are its values; `?` is one that is not known. @throws UsageError */
const variablesFrom = (values: OptionValues): Record<string, VariableValue> | undefined => {
  const texts = listOf(values["variable"]);
  if (texts.length === 0) return undefined;
  const found = new Map<string, string[]>();
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`--variable ${text}: it is NAME=VALUE`);
    const name = text.slice(0, at).trim().toLowerCase();
    found.set(name, [...(found.get(name) ?? []), text.slice(at + 1)]);
  }
  return Object.fromEntries(
    [...found].map(([name, list]): [string, VariableValue] => {
      if (list.includes("?")) return [name, { unknown: true }];
      return [name, list.length === 1 ? list[0]! : list];
    }),
  );
};

const word = (values: OptionValues, name: string): string | undefined => {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
};

/** An option that has to be there. @throws UsageError */
export const required = (values: OptionValues, name: string, example: string): string => {
  const value = word(values, name);
  if (value === undefined) throw new UsageError(`--${name} is missing: ${example}`);
  return value;
};

/** The request that options describe, beside who asks. @throws UsageError */
export const askedFrom = (
  tenancy: Tenancy,
  values: OptionValues,
): {
  operation?: string;
  permissions?: string[];
  compartment?: string;
  region?: string;
  time?: string;
  variables?: Record<string, VariableValue>;
} => {
  const [operation, listed, compartment, region, time] = [
    "operation",
    "permissions",
    "compartment",
    "region",
    "time",
  ].map((name) => word(values, name));
  if ((operation === undefined) === (listed === undefined))
    throw new UsageError("say what is asked for: --operation OP, or --permissions A,B");
  if (operation !== undefined) checkOperation(operation);
  const permissions = listed?.split(",").map((p) => p.trim().toUpperCase());
  const known = new Set(knownPermissions().map((p) => p.toUpperCase()));
  for (const p of permissions ?? []) {
    if (known.has(p)) continue;
    const near = nearestWord(p, [...known]);
    throw new UsageError(`no table has the permission ${p}${near ? `; did you mean "${near}"?` : ""}`);
  }
  if (time !== undefined && Number.isNaN(Date.parse(time)))
    throw new UsageError(`--time ${time}: it is a time in ISO 8601, as 2026-01-31T12:00:00Z`);
  const variables = variablesFrom(values);
  return {
    ...(operation !== undefined && { operation }),
    ...(permissions && { permissions }),
    ...(compartment !== undefined && { compartment: compartmentNamed(tenancy, compartment) }),
    ...(region !== undefined && { region }),
    ...(time !== undefined && { time }),
    ...(variables && { variables }),
  };
};

/** The options of what is asked for. */
export const ASKED = {
  operation: { type: "string" },
  permissions: { type: "string" },
  compartment: { type: "string" },
  variable: { type: "string", multiple: true },
  region: { type: "string" },
  time: { type: "string" },
} as const;
