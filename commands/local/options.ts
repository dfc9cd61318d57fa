/** The command line of `npm run local`. @module */
import { resolve } from "node:path";
import { commandLine, UsageError } from "../shared/exit.ts";

export const USAGE = `Usage: npm run local -- [--dir DIR] [--state DIR] [--port N] [--machine none|process]

  --dir DIR       where client settings are written (default .keyless/local)
  --state DIR     keeps the certificate authority and the users' keys over runs; resources are in memory
  --port N        port of the proxy on 127.0.0.1 (default: any free one)
  --machine NAME  what runs behind an instance: none (default) or process`;

/** Options of the command line. */
export interface LocalCommandOptions {
  dir: string;
  state?: string;
  port: number;
  machine: string;
}

const OPTIONS = {
  dir: { type: "string" },
  state: { type: "string" },
  port: { type: "string" },
  machine: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the command line. @throws UsageError */
export const readOptions = (args: readonly string[]): LocalCommandOptions | "help" => {
  const { values } = commandLine({ args: [...args], options: OPTIONS }, USAGE);
  if (values.help) return "help";
  const port = values.port ?? "0";
  if (!/^\d+$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`--port is '${port}'; it must be a number from 0 to 65535`, USAGE);
  }
  const machine = values.machine ?? "none";
  if (!["none", "process"].includes(machine)) {
    throw new UsageError(`--machine is '${machine}'; it must be none or process`, USAGE);
  }
  return {
    dir: resolve(values.dir ?? ".keyless/local"),
    port: Number(port),
    machine,
    ...(values.state && { state: resolve(values.state) }),
  };
};
