/**
 * `npm run local`: the local OCI alone, until Ctrl-C.
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { MachineDriver } from "../local/machines/driver.ts";
import { NOTHING_RUNS } from "../local/machines/none.ts";
import { writeClientFiles, writeEndpoints } from "./local/files.ts";
import { type LocalCommandOptions, readOptions, USAGE } from "./local/options.ts";
import { runCommand } from "./shared/exit.ts";

/** Loads a driver of machines when it is asked for: most runs need none. */
const driverOf = async (name: string): Promise<MachineDriver | undefined> => {
  if (name === "none") return undefined;
  const { processDriver } = await import("../local/machines/process/driver.ts");
  return processDriver();
};

const run = async (options: LocalCommandOptions): Promise<void> => {
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
  const options = readOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else await run(options);
  return 0;
});
