/**
 * `npm run local`: the local OCI alone, until Ctrl-C.
 * @module
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { MachineDriver } from "../local/machines/driver.ts";
import { NOTHING_RUNS } from "../local/machines/none.ts";
import { writeClientFiles, writeEndpoints } from "./local/files.ts";
import { commandLine, runCommand, UsageError } from "./shared/exit.ts";

const USAGE = `Usage: npm run local -- [--dir DIR] [--state DIR] [--port N] [--machine none|process]

  --dir DIR       where client settings are written (default .keyless/local)
  --state DIR     keeps the certificate authority and the users' keys over runs; resources are in memory
  --port N        port of the proxy on 127.0.0.1 (default: any free one)
  --machine NAME  what runs behind an instance: none (default) or process`;

interface Options {
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

const readOptions = (): Options | "help" => {
  const { values } = commandLine({ options: OPTIONS }, USAGE);
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

/** Drivers are loaded when they are asked for: most runs need none. */
const driverOf = async (name: string): Promise<MachineDriver | undefined> => {
  if (name === "none") return undefined;
  const { processDriver } = await import("../local/machines/process/driver.ts");
  return processDriver();
};

const run = async (options: Options): Promise<void> => {
  // Keys are made on other threads while the services are loaded.
  const { loadKeys } = await import("../local/gateway/keys.ts");
  const keys = loadKeys(options.state);
  keys.catch(() => {});
  const { startLocal } = await import("../local/index.ts");
  const { localDeployerStatements } = await import("./local/deployer.ts");
  mkdirSync(options.dir, { recursive: true });
  const machineDriver = await driverOf(options.machine);
  const oci = await startLocal({
    dir: options.dir,
    port: options.port,
    deployerStatements: localDeployerStatements(),
    workload: true,
    keys: await keys,
    ...(machineDriver && { machineDriver }),
  });
  writeClientFiles(options.dir, oci);
  oci.onMetadata(() => writeEndpoints(options.dir, oci));
  const ended = new Promise<void>((done) => {
    // `on`: Ctrl-C in a terminal comes twice, from it and from npm, and the second must not cut the closing short.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => done());
  });
  const { proxyUrl } = oci.addresses;
  console.log(JSON.stringify({ ready: true, proxyUrl, dir: options.dir, machine: options.machine }));
  console.error(`The local OCI is ready. Point clients at it with: . ${join(options.dir, "env.sh")}`);
  console.error(
    options.machine === "none"
      ? `Machines: ${NOTHING_RUNS}.`
      : "Machines: an instance's user_data runs as processes of this computer.",
  );
  await ended;
  await oci.close();
};

await runCommand(async () => {
  const options = readOptions();
  if (options === "help") console.log(USAGE);
  else await run(options);
  return 0;
});
