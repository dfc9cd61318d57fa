/** The machine behind an instance: booted, powered and ended beside the instance's states. @module */
import { hostLookup } from "../../../oci/hosts.ts";
import type { MachineHost } from "../../cloud.ts";
import type { RunningMachine } from "../../machines/driver.ts";
import type { State } from "../../state/state.ts";
import type { Resource } from "../../state/store.ts";
import { machineVnic, reachesServices } from "./machine-network.ts";

type InstanceResource = Resource<"instance">;

/** Runs one thing after everything that was asked for before; what fails stands on the console. */
const enqueue = (instance: InstanceResource, what: () => Promise<void>): Promise<void> => {
  const { hidden } = instance;
  const next = (hidden.work ?? Promise.resolve()).then(what).catch((error: unknown) => {
    hidden.bootError = error instanceof Error ? error.message : `${error}`;
  });
  hidden.work = next;
  return next;
};

/** Starts the instance's metadata service, then its machine. Never rejects. */
export const bootMachine = (cloud: State & MachineHost, instance: InstanceResource): Promise<void> =>
  enqueue(instance, async () => {
    if (instance.model.lifecycleState === "TERMINATED") return;
    const metadataUrl = await cloud.startMetadata(instance.id);
    const lookup = hostLookup(
      cloud.regions.map((region) => region.id),
      cloud.realm.domain,
    );
    instance.hidden.machine = await cloud.machines.launch({
      instanceId: instance.id,
      userData: instance.model.metadata["user_data"] ?? "",
      hostname: instance.hidden.hostname,
      metadataUrl,
      tlsPort: cloud.addresses.tlsPort,
      caFile: cloud.addresses.caFile,
      vnic: machineVnic(cloud, instance.id),
      serves: (host) => lookup(host) !== undefined,
      routed: () => reachesServices(cloud, instance.id),
    });
  });

/** A power action on the machine, if one runs. Never rejects. */
export const powerMachine = (
  instance: InstanceResource,
  action: Parameters<RunningMachine["action"]>[0],
): Promise<void> => enqueue(instance, async () => instance.hidden.machine?.action(action));

/** Ends machine and metadata service. Never rejects. */
export const endMachine = (
  cloud: Pick<MachineHost, "stopMetadata">,
  instance: InstanceResource,
): Promise<void> =>
  enqueue(instance, async () => {
    await instance.hidden.machine?.terminate();
    await cloud.stopMetadata(instance.id);
  });

/** The serial console so far; it holds a note when the machine could not be started. */
export const consoleOf = (instance: InstanceResource): Buffer => {
  const { machine, bootError } = instance.hidden;
  const text = machine?.console() ?? Buffer.alloc(0);
  return bootError
    ? Buffer.concat([text, Buffer.from(`\nlocal OCI: the machine failed: ${bootError}\n`)])
    : text;
};
