/**
 * `npm run local`: the local OCI alone, until Ctrl-C.
 * @module
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { ApiIdentity } from "../local/bootstrap.ts";
import { type LocalOci, startLocal } from "../local/index.ts";
import type { MachineDriver } from "../local/machines/driver.ts";
import { localDeployerStatements } from "./local/deployer.ts";
import { clientEnvironment } from "./local/environment.ts";

const USAGE = `Usage: npm run local -- [--dir DIR] [--state DIR] [--port N] [--machine none|process]

  --dir DIR       where client settings are written (default .keyless/local)
  --state DIR     keeps the certificate authority and the users' keys over runs; resources are in memory
  --port N        port of the proxy on 127.0.0.1 (default: any free one)
  --machine NAME  what runs behind an instance: none (default) or process`;

/** Wrong use: a message for the person, exit code 2. */
class UsageError extends Error {}

interface Options {
  dir: string;
  state?: string;
  port: number;
  machine: string;
}

const readOptions = (args: string[]): Options | "help" => {
  let values: { dir?: string; state?: string; port?: string; machine?: string; help?: boolean };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        dir: { type: "string" },
        state: { type: "string" },
        port: { type: "string" },
        machine: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help) return "help";
  const port = values.port ?? "0";
  if (!/^\d+$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`--port is '${port}'; it must be a number from 0 to 65535`);
  }
  const machine = values.machine ?? "none";
  if (!["none", "process"].includes(machine)) {
    throw new UsageError(`--machine is '${machine}'; it must be none or process`);
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

/** Writes a file that only its owner may read, whatever its mode was before. */
const writePrivate = (path: string, content: string): void => {
  writeFileSync(path, content, { mode: 0o600 });
  chmodSync(path, 0o600);
};

const profile = (
  name: string,
  { tenancyId, userId, fingerprint, region }: ApiIdentity,
  keyFile: string,
): string =>
  [
    `[${name}]`,
    `user=${userId}`,
    `fingerprint=${fingerprint}`,
    `tenancy=${tenancyId}`,
    `region=${region}`,
    `key_file=${keyFile}`,
    "",
  ].join("\n");

/** `OCI_API_KEY` at the end tells the CLI that the file is meant to be a key. */
const writeKey = (path: string, { privateKeyPem }: ApiIdentity): void =>
  writePrivate(path, `${privateKeyPem.trimEnd()}\nOCI_API_KEY\n`);

const writeEndpoints = (dir: string, { addresses, cloud, overrides }: LocalOci): void => {
  const [home] = cloud.regions;
  const document = {
    proxyUrl: addresses.proxyUrl,
    hostOverrides: overrides.byClient(home),
    hostOverridesByRegion: Object.fromEntries(cloud.regions.map((r) => [r.id, overrides.byClient(r)])),
    metadata: Object.fromEntries(cloud.metadata),
  };
  writeFileSync(join(dir, "endpoints.json"), `${JSON.stringify(document, null, 2)}\n`);
};

/** Writes what clients are pointed with. */
const writeClientFiles = (dir: string, oci: LocalOci): void => {
  const keyFile = join(dir, "api-key.pem");
  const deployerKeyFile = join(dir, "deployer-key.pem");
  writeKey(keyFile, oci.administrator);
  writeKey(deployerKeyFile, oci.deployer);
  const configFile = join(dir, "oci-config");
  writePrivate(
    configFile,
    `${profile("DEFAULT", oci.administrator, keyFile)}\n${profile("DEPLOYER", oci.deployer, deployerKeyFile)}`,
  );
  const { caFile, proxyUrl } = oci.addresses;
  const environment = clientEnvironment({
    proxyUrl,
    caFile,
    configFile,
    identity: oci.administrator,
  });
  writePrivate(join(dir, "env.sh"), environment);
  writeEndpoints(dir, oci);
};

const run = async (options: Options): Promise<void> => {
  mkdirSync(options.dir, { recursive: true });
  const machineDriver = await driverOf(options.machine);
  const oci = await startLocal({
    dir: options.dir,
    port: options.port,
    deployerStatements: localDeployerStatements(),
    workload: true,
    ...(options.state && { stateDir: options.state }),
    ...(machineDriver && { machineDriver }),
  });
  writeClientFiles(options.dir, oci);
  oci.onMetadata(() => writeEndpoints(options.dir, oci));
  const ended = new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
  });
  console.log(JSON.stringify({ ready: true, proxyUrl: oci.addresses.proxyUrl, dir: options.dir }));
  console.error(`The local OCI is ready. Point clients at it with: . ${join(options.dir, "env.sh")}`);
  await ended;
  await oci.close();
};

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else await run(options);
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : (error as Error).message);
  process.exitCode = error instanceof UsageError || (error as Error).name === "PortInUse" ? 2 : 1;
}
