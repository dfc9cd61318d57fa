/** The stacks in examples/, as they stand there and with the local OCI's OCIDs. @module */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = resolve(import.meta.dirname, "../../examples");

/** Names of the examples: each is a folder's. */
export const examples: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** Path of an example's stack file. */
export const stackFileOf = (example: string): string => join(folder, example, `Pulumi.${example}.yaml`);

/** Path of an example's page. */
export const pageOf = (example: string): string => join(folder, example, "README.md");

/** Text of an example's stack file with the local OCI's OCIDs, by the command that its page names. */
export const forLocalOci = (example: string): string =>
  execFileSync("sed", ["-f", join(folder, "local.sed"), stackFileOf(example)], { encoding: "utf8" });
