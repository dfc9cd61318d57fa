/**
 * The real OCI CLI, where it is installed: on PATH, or in a virtual environment below `.keyless`.
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";

/** The version that the documentation's commands are checked with. `.ci/programs` installs it. */
export const CLI_VERSION = "3.95.1";

const environment = resolve(import.meta.dirname, "../../.keyless/oci-cli/bin/oci");

/** Full path of the program; undefined where it is not installed. */
const ociCli: string | undefined = [
  environment,
  ...(process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "oci")),
].find((file) => existsSync(file) && spawnSync(file, ["--version"]).status === 0);

/** Why tests with the CLI are skipped; undefined when they run. */
export const noOciCli: string | undefined = ociCli
  ? undefined
  : "no OCI CLI: python3 -m venv .keyless/oci-cli && " +
    `.keyless/oci-cli/bin/pip install oci-cli==${CLI_VERSION}`;

/** A PATH on which `oci` is the real one. */
export const pathWithOciCli = (path = process.env["PATH"] ?? ""): string =>
  ociCli ? `${dirname(ociCli)}${delimiter}${path}` : path;
