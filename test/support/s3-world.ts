/** A proxy's S3 door in front of a real local OCI, with clients of the kinds that tests need. @module */
import { readFileSync } from "node:fs";
import type { ProxySettingsInput } from "../../app/proxy/settings.ts";
import type { Allow, ProxyDocument } from "../../document/schema.ts";
import { type LocalWorld, localWorld, startLocalProxy } from "./local-proxy.ts";
import { signedCall } from "./signed-call.ts";

/** What the door calls of Object Storage. */
const ALL = [
  ...["GetObject", "HeadObject", "PutObject", "DeleteObject", "ListObjects"],
  ...["CreateMultipartUpload", "UploadPart", "CommitMultipartUpload", "AbortMultipartUpload"],
  ...["ListMultipartUploads", "ListMultipartUploadParts"],
].map((name) => `objectstorage.${name}`);

/** Keys as a program is given them. */
export interface S3Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A running door. */
export interface S3World {
  world: LocalWorld;
  readonly proxy: Awaited<ReturnType<typeof startLocalProxy>>;
  /** Base URL of the door. */
  readonly url: string;
  /** Ends the proxy, requests under way with it, and starts another. */
  restart(): Promise<void>;
  /** The keys of a client, from its file. */
  keysOf(client: string): S3Keys;
  /** Makes a bucket natively. */
  newBucket(name: string): Promise<void>;
  close(): Promise<void>;
}

const everywhere = (namespace: string): Allow[] => [
  { grant: "raw all buckets", operations: ALL, where: { "path.namespaceName": namespace } },
];

/** Rules of a client that may use one bucket, as the bucket's kinds of grants have them. */
const bucketRules = (namespace: string, bucketName: string, prefix?: string): Allow[] => {
  const bucket = { "path.namespaceName": namespace, "path.bucketName": bucketName };
  const object = prefix === undefined ? {} : { "path.objectName": { prefix } };
  const of = (names: readonly string[]) => names.map((name) => `objectstorage.${name}`);
  return [
    {
      grant: `bucket ${bucketName}`,
      operations: of([
        ...["GetObject", "HeadObject", "PutObject", "DeleteObject", "UploadPart", "CommitMultipartUpload"],
        ...["AbortMultipartUpload", "ListMultipartUploadParts"],
      ]),
      where: { ...bucket, ...object },
    },
    {
      grant: `bucket ${bucketName}`,
      operations: of(["ListObjects"]),
      where: { ...bucket, ...(prefix === undefined ? {} : { "query.prefix": { prefix } }) },
    },
    {
      grant: `bucket ${bucketName}`,
      operations: of(["CreateMultipartUpload"]),
      where: { ...bucket, "body.object": { prefix: prefix ?? "" } },
    },
    ...(prefix === undefined
      ? [{ grant: `bucket ${bucketName}`, operations: of(["ListMultipartUploads"]), where: bucket }]
      : []),
  ];
};

/**
 * Starts one: `all` may use every bucket, `app` the bucket `exports`, `narrow` what begins with `daily/` there, `reader`
 * only read it.
 */
export const startS3World = async (
  settings: ProxySettingsInput = {},
  more: (namespace: string) => ProxyDocument["clients"] = () => ({}),
): Promise<S3World> => {
  const world = await localWorld();
  const { namespace, oci, compartmentId } = world;
  const policy = await signedCall(oci, "identity", "POST", "/20160918/policies", {
    body: {
      compartmentId: oci.cloud.tenancy.id,
      name: "buckets",
      description: "d",
      statements: ["Allow dynamic-group proxies to manage object-family in compartment proxied"],
    },
  });
  if (policy.status !== 200) throw new Error(policy.text);
  const document = {
    clients: {
      all: { allow: everywhere(namespace) },
      app: { allow: bucketRules(namespace, "exports") },
      narrow: { allow: bucketRules(namespace, "exports", "daily/") },
      reader: {
        allow: [
          {
            grant: "bucket exports read",
            operations: ["objectstorage.GetObject", "objectstorage.HeadObject"],
            where: { "path.namespaceName": namespace, "path.bucketName": "exports" },
          },
        ],
      },
      ...more(namespace),
    },
  };
  const start = () => startLocalProxy(world, settings, document as ProxyDocument);
  let proxy = await start();
  return {
    world,
    get proxy() {
      return proxy;
    },
    get url() {
      return proxy.proxy.s3Url!;
    },
    restart: async () => {
      await proxy.close();
      proxy = await start();
    },
    keysOf: (client) => {
      const text = readFileSync(proxy.proxy.clients[client]!.s3!.credentialsFile!, "utf8");
      const value = (name: string) => new RegExp(`^${name} = (.*)$`, "m").exec(text)![1]!;
      return { accessKeyId: value("aws_access_key_id"), secretAccessKey: value("aws_secret_access_key") };
    },
    newBucket: async (name) => {
      const made = await signedCall(oci, "objectstorage", "POST", `/n/${namespace}/b`, {
        body: { compartmentId, name },
      });
      if (made.status >= 300) throw new Error(made.text);
    },
    close: async () => {
      await proxy.close();
      await oci.close();
    },
  };
};
