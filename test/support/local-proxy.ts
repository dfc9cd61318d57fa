/** An instance in a real local OCI, what its proxy may reach there, and the proxy in gateway. @module */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningProxy, startProxy } from "../../app/proxy/proxy.ts";
import { type ProxySettingsInput, readProxySettings } from "../../app/proxy/settings.ts";
import type { ProxyDocument } from "../../document/schema.ts";
import type { LocalOci } from "../../local/index.ts";
import { startTestOci } from "./local-oci.ts";
import { signedCall } from "./signed-call.ts";

/** What stands in the local OCI. */
export interface LocalWorld {
  oci: LocalOci;
  compartmentId: string;
  instanceId: string;
  logId: string;
  namespace: string;
  metadataUrl: string;
}

/** An instance that a dynamic group selects, a bucket, a log, and policies for what the tests do. */
export const localWorld = async (oci?: LocalOci): Promise<LocalWorld> => {
  const local = oci ?? (await startTestOci({ settings: { transitionMs: 0 } }));
  const tenancy = local.cloud.tenancy.id;
  const call = async (service: string, method: string, target: string, body?: unknown) => {
    const response = await signedCall(local, service, method, target, body === undefined ? {} : { body });
    if (response.status >= 300) throw new Error(`${method} ${target}: ${response.status} ${response.text}`);
    return response.body as Record<string, string>;
  };
  const { id: compartmentId } = await call("identity", "POST", "/20160918/compartments", {
    compartmentId: tenancy,
    name: "proxied",
    description: "d",
  });
  const { id: vcnId } = await call("core", "POST", "/20160918/vcns", {
    compartmentId,
    cidrBlock: "10.0.0.0/16",
  });
  const { id: subnetId } = await call("core", "POST", "/20160918/subnets", {
    compartmentId,
    vcnId,
    cidrBlock: "10.0.0.0/24",
  });
  const ads = (await call(
    "identity",
    "GET",
    `/20160918/availabilityDomains?compartmentId=${tenancy}`,
  )) as unknown as { name: string }[];
  const images = (await call(
    "core",
    "GET",
    `/20160918/images?compartmentId=${tenancy}&shape=VM.Standard.E4.Flex`,
  )) as unknown as {
    id: string;
  }[];
  const { id: instanceId } = await call("core", "POST", "/20160918/instances", {
    compartmentId,
    availabilityDomain: ads[0]!.name,
    shape: "VM.Standard.E4.Flex",
    shapeConfig: { ocpus: 1, memoryInGBs: 2 },
    sourceDetails: { sourceType: "image", imageId: images[0]!.id },
    createVnicDetails: { subnetId },
  });
  await call("objectstorage", "POST", `/n/${local.cloud.tenancy.namespace}/b`, {
    compartmentId,
    name: "exports",
  });
  const { id: groupId } = await logGroup(local, compartmentId!);
  const logId = await newLog(local, groupId);
  await call("identity", "POST", "/20160918/dynamicGroups", {
    compartmentId: tenancy,
    name: "proxies",
    description: "d",
    matchingRule: `instance.id = '${instanceId}'`,
  });
  await call("identity", "POST", "/20160918/policies", {
    compartmentId: tenancy,
    name: "proxies",
    description: "d",
    statements: [
      "Allow dynamic-group proxies to manage objects in compartment proxied where target.bucket.name = 'exports'",
      "Allow dynamic-group proxies to read buckets in compartment proxied",
      "Allow dynamic-group proxies to use metrics in compartment proxied",
      "Allow dynamic-group proxies to use log-content in compartment proxied",
      "Allow dynamic-group proxies to use instances in compartment proxied",
      "Allow dynamic-group proxies to read audit-events in compartment proxied",
    ],
  });
  return {
    oci: local,
    compartmentId: compartmentId!,
    instanceId: instanceId!,
    logId,
    namespace: local.cloud.tenancy.namespace,
    metadataUrl: local.cloud.metadata.get(instanceId!)!,
  };
};

/** Creates through a work request and returns what it made. */
const created = async (local: LocalOci, target: string, body: unknown): Promise<{ id: string }> => {
  const response = await signedCall(local, "logging", "POST", target, { body });
  const work = response.headers.get("opc-work-request-id");
  const done = await signedCall(local, "logging", "GET", `/20200531/workRequests/${work}`);
  return { id: (done.body.resources as { identifier: string }[])[0]!.identifier };
};

const logGroup = (local: LocalOci, compartmentId: string) =>
  created(local, "/20200531/logGroups", { compartmentId, displayName: "app" });

const newLog = async (local: LocalOci, groupId: string): Promise<string> =>
  (await created(local, `/20200531/logGroups/${groupId}/logs`, { displayName: "app", logType: "CUSTOM" })).id;

/** One client that may do what the policies allow, within its own namespace, prefix and instance. */
export const worldDocument = (world: LocalWorld) => ({
  clients: {
    app: {
      allow: [
        {
          grant: "bucket exports write",
          operations: ["objectstorage.PutObject", "objectstorage.GetObject", "objectstorage.HeadObject"],
          where: {
            "path.namespaceName": world.namespace,
            "path.bucketName": "exports",
            "path.objectName": { prefix: "daily/" },
          },
        },
        {
          grant: "metrics app",
          operations: ["monitoring.PostMetricData"],
          where: {
            "body.metricData.*.namespace": "app",
            "body.metricData.*.compartmentId": world.compartmentId,
          },
        },
        { grant: "logs", operations: ["loggingingestion.PutLogs"], where: { "path.logId": world.logId } },
        {
          grant: "instance read",
          operations: ["core.GetInstance"],
          where: { "path.instanceId": "{instance}" },
        },
        {
          grant: "instance power",
          operations: ["core.InstanceAction"],
          where: { "path.instanceId": "{instance}", "query.action": "SOFTRESET" },
        },
        {
          grant: "audit",
          operations: ["audit.ListEvents"],
          where: { "query.compartmentId": world.compartmentId },
        },
      ],
    },
  },
});

/** A proxy of the world's instance, in a directory of its own. */
export const startLocalProxy = async (
  world: LocalWorld,
  settings: ProxySettingsInput = {},
  document: ProxyDocument = worldDocument(world),
) => {
  const dir = mkdtempSync(join(tmpdir(), "keyless-proxy-"));
  const { tlsPort, caFile } = world.oci.addresses;
  const proxy: RunningProxy = await startProxy(
    readProxySettings({
      sockets: { dir },
      loopback: { port: 0 },
      admin: { port: 0 },
      metadata: { baseUrl: world.metadataUrl },
      ...settings,
      tokens: { dir, ...settings.tokens },
      audit: { to: join(dir, "audit.jsonl"), ...settings.audit },
      upstream: { caFile, connectTo: `127.0.0.1:${tlsPort}`, ...settings.upstream },
    }),
    { current: document },
    { info: () => undefined, error: (message) => console.error(message) },
  );
  await proxy.ready();
  return {
    proxy,
    dir,
    close: async () => {
      await proxy.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
