/**
 * `npm run data`: makes the generated tables anew, from `data/` and from Oracle's SDK where it is installed. Run it after
 * a change there.
 * @module
 */
import { writeFileSync } from "node:fs";
import { sourcesFile, tablesFile } from "../iam/tables/generate.ts";
import { templatesFile } from "../oci/hosts/generate.ts";
import { bodyMembersFile } from "../oci/operations/body-members-generate.ts";
import { operationsFile, permissionsFile, unlistedFile } from "../oci/operations/generate.ts";
import { SDK_INSTALL, SDK_VERSION, sdkInstalled } from "../oci/sdk.ts";
import { runCommand } from "./shared/exit.ts";

const root = new URL("../", import.meta.url);

/** Every generated table: its path in the repository, and what makes its text. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  "oci/operations/body-members.data.json": bodyMembersFile,
  "oci/operations/operations.data.json": operationsFile,
  "oci/operations/permissions.data.json": permissionsFile,
  "oci/operations/unlisted.data.json": unlistedFile,
  "oci/hosts/templates.data.json": templatesFile,
  "iam/tables/tables.data.json": tablesFile,
  "iam/tables/sources.data.json": sourcesFile,
};

const main = (): number => {
  for (const [file, text] of Object.entries(GENERATED)) writeFileSync(new URL(file, root), text());
  if (!sdkInstalled())
    console.error(
      `operations and hosts stay as they are: Oracle's SDK ${SDK_VERSION} is not installed. To read it anew: ${SDK_INSTALL}`,
    );
  return 0;
};

if (process.argv[1] === new URL(import.meta.url).pathname) await runCommand(main);
