/** The metadata services of a local OCI's instances, and the documents that each serves. @module */

import type { MetadataUrls } from "../cloud.ts";
import type { LeafIdentity, LeafSubject } from "../federation/leaf.ts";
import type { Interceptor } from "../gateway/interceptors.ts";
import type { State } from "../state/state.ts";
import type { Resource } from "../state/store.ts";
import { type RunningMetadata, startMetadataService } from "./service.ts";

/** Regions shown by their three-letter key: OCI does so for its two oldest ones only. */
const SHOWN_BY_KEY = new Set(["us-ashburn-1", "us-phoenix-1"]);

/** The document `instance/` as docs.oracle.com "Getting Instance Metadata" shows it. */
const instanceDocument = (cloud: State, { model, hidden, region: key }: Resource<"instance">): object => {
  const region = cloud.regions.find((r) => r.key === key) ?? cloud.regions[0];
  const source = model.sourceDetails;
  return {
    availabilityDomain: model.availabilityDomain,
    faultDomain: model.faultDomain,
    compartmentId: model.compartmentId,
    displayName: model.displayName,
    hostname: hidden.hostname,
    id: model.id,
    image: (source && "imageId" in source ? source.imageId : undefined) ?? model.imageId,
    metadata: model.metadata ?? {},
    ...(Object.keys(model.extendedMetadata ?? {}).length > 0 && {
      extendedMetadata: model.extendedMetadata,
    }),
    region: SHOWN_BY_KEY.has(region.id) ? region.key : region.id,
    canonicalRegionName: region.id,
    ociAdName: `${region.key}-ad-${(model.availabilityDomain ?? "1").at(-1)}`,
    regionInfo: {
      realmKey: cloud.realm.key,
      realmDomainComponent: cloud.realm.domain,
      regionKey: region.key.toUpperCase(),
      regionIdentifier: region.id,
    },
    shape: model.shape,
    ...(model.shapeConfig !== undefined && { shapeConfig: model.shapeConfig }),
    state: stateOf(model.lifecycleState),
    timeCreated: Date.parse(model.timeCreated),
    tenantId: cloud.tenancy.id,
    freeformTags: model.freeformTags ?? {},
    definedTags: model.definedTags ?? {},
    agentConfig: model.agentConfig,
  };
};

/** Spells a state as the metadata service does: `Running`. */
const stateOf = (lifecycleState: string): string =>
  lifecycleState.charAt(0) + lifecycleState.slice(1).toLowerCase();

/** The documents `vnics/`: in the order of attachment, the primary one first. */
const vnicDocuments = (cloud: State, instanceId: string): object[] =>
  cloud.store
    .list("vnicattachment")
    .filter(({ model }) => model.instanceId === instanceId && model.lifecycleState !== "DETACHED")
    .map(({ model }) => {
      const vnic = cloud.store.get(model.vnicId, "vnic")?.model;
      const subnet = cloud.store.get(vnic?.subnetId, "subnet")?.model;
      return {
        macAddr: vnic?.macAddress,
        privateIp: vnic?.privateIp,
        subnetCidrBlock: subnet?.cidrBlock,
        virtualRouterIp: subnet?.virtualRouterIp,
        vlanTag: model.vlanTag,
        vnicId: model.vnicId,
      };
    });

/** The view of an instance: its model, a change `metadataDelayMs` late where the settings ask for that. */
const lateView = (cloud: State, instanceId: string): (() => object | undefined) => {
  let shown: { version: number; document: object } | undefined;
  let coming: { version: number; atMs: number } | undefined;
  return () => {
    const instance = cloud.store.get(instanceId, "instance");
    if (!instance || instance.model.lifecycleState === "TERMINATED") return undefined;
    const delayMs = cloud.settings.metadataDelayMs;
    if (coming?.version !== instance.version) {
      coming = { version: instance.version, atMs: cloud.clock.now() + delayMs };
    }
    if (!delayMs || !shown || coming.atMs <= cloud.clock.now()) {
      shown = { version: instance.version, document: structuredClone(instanceDocument(cloud, instance)) };
    }
    return shown.document;
  };
};

/** The metadata services of a local OCI, by instance. */
export interface MetadataServices {
  start(instanceId: string): Promise<string>;
  stop(instanceId: string): Promise<void>;
  /** Looks at every instance, so that a delay starts when the instance has changed. */
  observe(): void;
  /** Calls when a service was started or stopped. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

interface Running extends RunningMetadata {
  observe(): void;
}

/** The services of one local OCI; their URLs stand in `cloud.metadata`. */
export const metadataServices = (
  cloud: State & MetadataUrls,
  identityOf: (subject: LeafSubject) => Promise<LeafIdentity>,
  interceptors: readonly Interceptor[],
): MetadataServices => {
  const running = new Map<string, Promise<Running>>();
  const listeners: (() => void)[] = [];
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const launch = async (instanceId: string): Promise<Running> => {
    const instance = lateView(cloud, instanceId);
    const model = () => cloud.store.get(instanceId, "instance")?.model;
    const started = await startMetadataService(
      {
        instanceId,
        instance,
        vnics: () => vnicDocuments(cloud, instanceId),
        identity: () =>
          identityOf({
            instance: instanceId,
            compartment: model()?.compartmentId ?? "",
            tenancy: cloud.tenancy.id,
          }),
        legacyDisabled: () => model()?.instanceOptions?.areLegacyImdsEndpointsDisabled === true,
      },
      interceptors,
    );
    cloud.metadata.set(instanceId, started.url);
    changed();
    return { ...started, observe: () => void instance() };
  };
  const stop = async (instanceId: string): Promise<void> => {
    const service = running.get(instanceId);
    running.delete(instanceId);
    cloud.metadata.delete(instanceId);
    await (await service)?.close();
    changed();
  };
  return {
    start: async (instanceId) => {
      let service = running.get(instanceId);
      if (!service) {
        service = launch(instanceId);
        running.set(instanceId, service);
      }
      return (await service).url;
    },
    stop,
    observe: () => {
      if (!cloud.settings.metadataDelayMs) return;
      for (const service of running.values()) void service.then((s) => s.observe());
    },
    onChange: (listener) => void listeners.push(listener),
    close: async () => {
      await Promise.all([...running.keys()].map(stop));
    },
  };
};
