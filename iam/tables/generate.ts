/**
 * Makes `tables.data.json` of the published permission tables: `node --import tsx iam/tables/generate.ts FILE`.
 * FILE holds resource types with what each verb adds, families, what a family adds to its members, and other
 * names of the same types. Its operations are not taken: they stand in `oci/operations`.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { TableData } from "./tables.ts";

const SOURCE =
  "Oracle's policy reference (docs.oracle.com, details for Vault, Object Storage, IAM, Logging, Monitoring, Audit " +
  "and Core Services; 2024-2025 pages, Vault as of September 2026). Each verb lists what it adds to the one before.";

const file = process.argv[2];
if (!file) {
  console.error("usage: node --import tsx iam/tables/generate.ts FILE");
  process.exit(2);
}
const { resourceTypes, families, familyExtra, resourceTypeAliases } = JSON.parse(
  readFileSync(file, "utf8"),
) as Record<string, never>;
const data = {
  source: SOURCE,
  resourceTypes,
  families,
  familyExtra,
  aliases: resourceTypeAliases,
} as unknown as TableData;
const entry = (value: unknown): string =>
  `{\n${Object.entries(value as object)
    .map(([key, item]) => `    ${JSON.stringify(key)}: ${JSON.stringify(item)}`)
    .join(",\n")}\n  }`;
const text = Object.entries(data)
  .map(
    ([key, value]) =>
      `  ${JSON.stringify(key)}: ${typeof value === "string" ? JSON.stringify(value) : entry(value)}`,
  )
  .join(",\n");
writeFileSync(new URL("tables.data.json", import.meta.url), `{\n${text}\n}\n`);
