/** The command line of `iam -- export`. @module */
import { commandLine, UsageError } from "../shared/exit.ts";
import { type Io, USAGE } from "./command.ts";
import { exportTenancy } from "./export.ts";

const OPTIONS = {
  profile: { type: "string" },
  compartment: { type: "string" },
  region: { type: "string", multiple: true },
  "deny-enabled": { type: "boolean" },
  partial: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * Runs the command.
 * @param args the command line after `export`
 * @returns the exit code
 * @throws UsageError, and what `exportTenancy` throws
 */
export const exportCommand = async (
  args: readonly string[],
  io: Pick<Io, "print">,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> => {
  const { values, positionals } = commandLine(
    { args: [...args], allowPositionals: true, options: OPTIONS },
    USAGE,
  );
  if (values.help) {
    io.print(USAGE);
    return 0;
  }
  if (positionals.length > 0) throw new UsageError(`export takes no file, not ${positionals[0]}`, USAGE);
  const { profile, compartment, region: regions, partial } = values;
  return exportTenancy(
    { profile, compartment, regions, partial, denyEnabled: values["deny-enabled"] },
    io.print,
    (line) => console.error(line),
    env,
  );
};
