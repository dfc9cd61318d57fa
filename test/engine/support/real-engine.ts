/** The program on a local OCI, by the real engine and provider and by the embedded engine. @module */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployerStatements } from "../../../access/deployer.ts";
import { localDeployerStatements } from "../../../commands/local/deployer.ts";
import { clientVariables } from "../../../commands/local/environment.ts";
import { missingPrograms } from "../../../commands/start/pulumi-cli.ts";
import { PulumiEngine, type StackValues } from "../../../commands/start/pulumi-engine.ts";
import { EmbeddedEngine } from "../../../engine/engine.ts";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import { clientAs } from "../../../local/client.ts";
import { startLocal } from "../../../local/index.ts";
import { services } from "../../../local/services/index.ts";
import { noted, type Write } from "./writes.ts";

const missing = await missingPrograms();

/** Why these tests are skipped; undefined when they are not. */
export const skipReason = missing.length ? `not on PATH: ${missing.join(", ")}` : undefined;

/** Long enough for one run of the CLI on a machine that has much else to do. */
export const STEP_MS = 240_000;

const { app, network, security } = WELL_KNOWN.compartments;

/** What a deployer needs for every way, existing tag namespaces included. */
const statements = [
  ...localDeployerStatements(),
  ...deployerStatements({
    group: `id ${WELL_KNOWN.groups.Deployers}`,
    tenancyId: WELL_KNOWN.tenancy,
    compartments: { network, security, workload: app },
    name: "keyless",
    uses: { tag: "existing" },
  }).map((s) => s.text),
];

/** Credentials as stack configuration has them. */
const CREDENTIALS = ["OCI_TENANCY_OCID", "OCI_USER_OCID", "OCI_FINGERPRINT", "OCI_REGION", "OCI_PRIVATE_KEY"];

export interface EngineStack {
  stack: string;
  config: StackValues;
  secretKeys?: readonly string[];
  /** Whether the provider finds its credentials in the environment. @default true */
  credentials?: boolean;
  /** Folder of another program, deployed by the administrator. */
  program?: string;
}

/** A local OCI and engines on it. */
export const realEngine = async () => {
  const writes: Write[] = [];
  const folder = await mkdtemp(join(tmpdir(), "keyless-engine-"));
  const local = await startLocal({
    dir: folder,
    deployerStatements: [...new Set(statements)],
    services: services.map((service) => noted(service, writes)),
  });
  const as = (user: typeof local.deployer) => clientAs(user, local.addresses, local.cloud.realm.domain);
  const client = as(local.deployer);
  const administrator = as(local.administrator);
  const pulumi = async (options: EngineStack): Promise<PulumiEngine> => {
    const { stack, config, secretKeys = [], credentials = true, program } = options;
    const environment: NodeJS.ProcessEnv = clientVariables({
      proxyUrl: local.addresses.proxyUrl,
      caFile: local.addresses.caFile,
      configFile: "/nonexistent",
      identity: program ? local.administrator : local.deployer,
    });
    if (!credentials) for (const name of CREDENTIALS) delete environment[name];
    return new PulumiEngine({
      client: program ? administrator : client,
      regionId: config["oci:region"] ?? local.deployer.region,
      stack,
      config,
      secretKeys,
      folder: await mkdtemp(join(folder, `${stack}-`)),
      environment,
      progress: () => {},
      ...(program && { program }),
    });
  };
  const embedded = ({ stack, config, secretKeys = [] }: EngineStack): EmbeddedEngine =>
    new EmbeddedEngine({
      client,
      regionId: config["oci:region"] ?? local.deployer.region,
      project: "keyless",
      stack,
      config,
      secretKeys,
      program: async () => (await import("../../../infra/index.ts")).default(),
    });
  const close = async (): Promise<void> => {
    await Promise.all([client.close(), administrator.close()]);
    await local.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { local, client, administrator, writes, pulumi, embedded, close };
};

export type RealEngine = Awaited<ReturnType<typeof realEngine>>;
