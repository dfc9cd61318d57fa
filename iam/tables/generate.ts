/**
 * The texts of `tables.data.json` and `sources.data.json`, from the published permission tables in
 * `data/permissions.json`. The first has what decisions need: resource types with what each verb adds, families,
 * what a family adds to its members, other names of the same types, names whose contents are not known, and what two
 * sources say differently. The
 * second says where each row comes from. What operations need stands in `oci/operations`.
 * @module
 */
import { readFileSync } from "node:fs";
import type { SourceData } from "./sources.ts";
import type { TableData, VerbTable } from "./tables.ts";

/** The parts of `data/permissions.json` that are taken. */
interface Published
  extends Omit<TableData, "resourceTypes" | "aliases" | "ungranted">,
    Pick<SourceData, "sources"> {
  resourceTypes: Record<string, VerbTable & { service: string; unsure?: Partial<VerbTable>; source: string }>;
  familySources: Record<string, string>;
  resourceTypeAliases: TableData["aliases"];
  operations: Record<
    string,
    { service: string; permissions: string[]; source: string; namedInSource?: string }[]
  >;
}

const published = (): Published =>
  JSON.parse(readFileSync(new URL("../../data/permissions.json", import.meta.url), "utf8")) as Published;

const entry = (value: unknown): string =>
  `{\n${Object.entries(value as object)
    .map(([key, item]) => `    ${JSON.stringify(key)}: ${JSON.stringify(item)}`)
    .join(",\n")}\n  }`;

const list = (value: readonly unknown[]): string =>
  `[\n${value.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;

/** JSON with one member of each member a line. */
const fileOf = (data: object): string => {
  const text = Object.entries(data).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${Array.isArray(value) ? list(value) : entry(value)}`,
  );
  return `{\n${text.join(",\n")}\n}\n`;
};

const LEVELS = ["inspect", "read", "use", "manage"] as const;

/** `tables.data.json`, one type or family a line. */
export const tablesFile = (): string => {
  const data = published();
  const granted = new Set(
    Object.values(data.resourceTypes).flatMap((table) => LEVELS.flatMap((verb) => table[verb])),
  );
  const needed = Object.values(data.operations).flatMap((rows) => rows.flatMap((row) => row.permissions));
  const tables: TableData = {
    resourceTypes: Object.fromEntries(
      Object.entries(data.resourceTypes).map(([type, { source: _, ...table }]) => [type, table]),
    ),
    families: data.families,
    familyExtra: data.familyExtra,
    aliases: data.resourceTypeAliases,
    partialTypes: data.partialTypes,
    namesSeen: data.namesSeen,
    permissionsOutsideTypes: data.permissionsOutsideTypes,
    disagreements: data.disagreements,
    ungranted: [...new Set(needed)].filter((permission) => !granted.has(permission)).sort(),
  };
  return fileOf(tables);
};

/** The source of a row; of a second row about the same service also what it says. */
const sourceOf = (
  { service, permissions, source, namedInSource }: Published["operations"][string][number],
  at: number,
  rows: Published["operations"][string],
): SourceData["operations"][string][number] => ({
  service,
  source,
  ...(rows.findIndex((row) => row.service === service) < at && { permissions }),
  ...(namedInSource && { namedInSource }),
});

/** `sources.data.json`, one row a line. */
export const sourcesFile = (): string => {
  const data = published();
  const sources: SourceData = {
    sources: data.sources,
    resourceTypes: Object.fromEntries(
      Object.entries(data.resourceTypes).map(([type, { source }]) => [type, source]),
    ),
    families: data.familySources,
    operations: Object.fromEntries(
      Object.entries(data.operations).map(([name, rows]) => [name, rows.map(sourceOf)]),
    ),
  };
  return fileOf(sources);
};
