/**
 * The text of `tables.data.json`, from the published permission tables in `data/permissions.json`: resource types
 * with what each verb adds, families, what a family adds to its members, and other names of the same types. The
 * operations are not taken: they stand in `oci/operations`.
 * @module
 */
import { readFileSync } from "node:fs";
import type { TableData } from "./tables.ts";

const SOURCE =
  "Oracle's policy reference (docs.oracle.com, details for Vault, Object Storage, IAM, Logging, Monitoring, Audit " +
  "and Core Services; 2024-2025 pages, Vault as of September 2026). Each verb lists what it adds to the one before.";

const entry = (value: unknown): string =>
  `{\n${Object.entries(value as object)
    .map(([key, item]) => `    ${JSON.stringify(key)}: ${JSON.stringify(item)}`)
    .join(",\n")}\n  }`;

/** `tables.data.json`, one type or family a line. */
export const tablesFile = (): string => {
  const file = new URL("../../data/permissions.json", import.meta.url);
  const { resourceTypes, families, familyExtra, resourceTypeAliases } = JSON.parse(
    readFileSync(file, "utf8"),
  ) as Omit<TableData, "source" | "aliases"> & { resourceTypeAliases: TableData["aliases"] };
  const data: TableData = {
    source: SOURCE,
    resourceTypes,
    families,
    familyExtra,
    aliases: resourceTypeAliases,
  };
  const text = Object.entries(data)
    .map(
      ([key, value]) =>
        `  ${JSON.stringify(key)}: ${typeof value === "string" ? JSON.stringify(value) : entry(value)}`,
    )
    .join(",\n");
  return `{\n${text}\n}\n`;
};
