/** The local OCI of a run, with its one thing broken where a fault says so. @module */
import type { KeylessDocument } from "../../document/schema.ts";
import { clientAs } from "../../local/client.ts";
import { type LocalOci, startLocal } from "../../local/index.ts";
import type { MachineDriver, RunningMachine } from "../../local/machines/driver.ts";
import { processDriver } from "../../local/machines/process/driver.ts";
import { type VmOptions, vmDriver } from "../../local/machines/vm/driver.ts";
import type { Service } from "../../local/service.ts";
import { services } from "../../local/services/index.ts";
import type { OciClient } from "../../oci/client.ts";
import { localDeployerStatements } from "../local/deployer.ts";
import { clientVariables } from "../local/environment.ts";
import type { Fault } from "./faults.ts";

/** A run's local OCI. */
export interface RunCloud {
  local: LocalOci;
  /** Signed as the deployer. */
  client: OciClient;
  administrator: OciClient;
  /** The newest machine; undefined before the instance was launched. */
  machine(): RunningMachine | undefined;
  /** The document in an instance's metadata. */
  document(instanceId: string): KeylessDocument;
  /** Environment that points the real provider at it, as its deployer. */
  environment(): NodeJS.ProcessEnv;
  close(): Promise<void>;
}

export interface CloudOptions {
  /** A folder that is the run's own. */
  folder: string;
  bundlePath: string;
  /** Kind of machine behind the instance. */
  machine: "process" | "vm";
  vm?: VmOptions | undefined;
  fault?: Fault | undefined;
  /** Called with what the machine's services write to their journal. */
  journal?: ((text: string) => void) | undefined;
  progress: (line: string) => void;
  signal: AbortSignal;
}

const driverOf = ({ machine, vm, fault, journal, progress, signal }: CloudOptions): MachineDriver => {
  const clockOffsetMs = fault?.clockOffsetMs ?? 0;
  return machine === "vm"
    ? vmDriver({
        ...{ clockOffsetMs, progress, signal },
        ...(fault?.alterDisk && { alterDisk: fault.alterDisk }),
        ...vm,
      })
    : processDriver({ clockOffsetMs, ...(journal && { onJournal: journal }) });
};

/** Starts a run's local OCI. */
export const startCloud = async (options: CloudOptions): Promise<RunCloud> => {
  const { folder, bundlePath, fault } = options;
  let cloud: RunCloud | undefined;
  let machine: RunningMachine | undefined;
  const driver = driverOf(options);
  const machineDriver: MachineDriver = {
    ...driver,
    launch: async (spec) => {
      await fault?.beforeBoot?.({ ...cloud!, document: cloud!.document(spec.instanceId) });
      machine = await driver.launch(spec);
      return machine;
    },
  };
  const local = await startLocal({
    dir: folder,
    machineDriver,
    deployerStatements: localDeployerStatements(),
    workload: true,
    ...(fault?.settings && { settings: fault.settings }),
    ...(fault?.interceptors && { interceptors: fault.interceptors(bundlePath) }),
    ...(fault?.alter && { services: [altered(fault.alter, () => cloud!)] }),
  });
  const as = (user: LocalOci["deployer"]) => clientAs(user, local.addresses, local.cloud.realm.domain);
  const client = as(local.deployer);
  const administrator = as(local.administrator);
  cloud = {
    local,
    client,
    administrator,
    machine: () => machine,
    document: (instanceId) => {
      const { metadata } = local.cloud.store.get(instanceId, "instance")!.model;
      return JSON.parse(metadata["keyless"]!) as KeylessDocument;
    },
    environment: () => {
      const { proxyUrl, caFile } = local.addresses;
      return clientVariables({ proxyUrl, caFile, configFile: "/nonexistent", identity: local.deployer });
    },
    close: async () => {
      await Promise.all([client.close(), administrator.close()]);
      await local.close();
    },
  };
  return cloud;
};

/** The identity service with what is written to it changed on the way. */
const altered = (alter: NonNullable<Fault["alter"]>, cloud: () => RunCloud): Service => {
  const identity = services.find(({ name }) => name === "identity")!;
  const handlers = Object.entries(identity.handlers).map(
    ([name, handler]): [string, Service["handlers"][string]] => [
      name,
      {
        ...handler,
        run: async (call) => {
          if (name.startsWith("Create"))
            await alter(`identity.${name}`, call.json(), {
              tenancyId: call.cloud.tenancy.id,
              administrator: cloud().administrator,
              document: () => cloud().document(call.cloud.store.list("instance").at(-1)!.id),
            });
          return handler.run(call);
        },
      },
    ],
  );
  return { ...identity, handlers: Object.fromEntries(handlers) };
};
