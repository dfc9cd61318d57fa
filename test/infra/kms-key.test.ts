/** A stack under a key of the user's: the key's owner allows deployer and services to use it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyStatements } from "../../access/index.ts";
import type { EmbeddedEngine } from "../../engine/engine.ts";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import { clientAs, type LocalClient } from "../../local/client.ts";
import { localStack } from "../support/local-stack.ts";
import { makeKeys } from "../support/vault-keys.ts";

const { app } = WELL_KNOWN.compartments;
const GROUP = `id ${WELL_KNOWN.groups.Deployers}`;

let stack: Awaited<ReturnType<typeof localStack>>;
let administrator: LocalClient;
/** Two AES keys and an RSA key of a vault of somebody else's. */
let keys: { first: string; second: string; rsa: string };
let policyId: string | undefined;

const allow = async (statements: readonly string[]): Promise<void> => {
  if (policyId) await administrator.call("identity.DeletePolicy", { params: { policyId } });
  policyId = undefined;
  if (statements.length === 0) return;
  const body = { compartmentId: app, name: "keys", description: "keys", statements };
  policyId = String((await administrator.call("identity.CreatePolicy", { body })).body["id"]);
};

const statementsFor = (...ids: string[]): string[] =>
  ids.flatMap((keyId) => keyStatements({ group: GROUP, keyId, compartmentId: app, region: "us-ashburn-1" }));

beforeAll(async () => {
  stack = await localStack({ settings: { transitionMs: 0 } });
  const { local } = stack;
  administrator = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
  const { keys: made } = await makeKeys(administrator, app, [
    ["AES", 32],
    ["AES", 32],
    ["RSA", 256],
  ]);
  keys = { first: made[0]!, second: made[1]!, rsa: made[2]! };
});
afterAll(async () => {
  await administrator.close();
  await stack.local.close();
});

describe("a stack under a key", () => {
  let engine: EmbeddedEngine;
  let instanceId: string;
  let bootVolume: { bootVolumeId: string };
  let bucket: { namespaceName: string; bucketName: string };

  beforeAll(async () => {
    await allow(statementsFor(keys.first));
    engine = stack.engine({ "keyless:kmsKeyId": keys.first });
    instanceId = String((await engine.up()).outputs["instance"]);
    const { store } = stack.local.cloud;
    const [attachment] = store
      .list("bootvolumeattachment")
      .filter(({ model }) => model.instanceId === instanceId);
    bootVolume = { bootVolumeId: String(attachment!.model.bootVolumeId) };
    const made = store.list("bucket").find(({ model }) => model["kmsKeyId"] === keys.first);
    bucket = { namespaceName: "keylesslocal", bucketName: String(made!.model.name) };
  });
  afterAll(() => engine.destroy());

  const sourceOf = async () =>
    (await stack.client.call("core.GetInstance", { params: { instanceId } })).body["sourceDetails"] as {
      imageId: string;
      kmsKeyId?: string;
    };

  /** The key of bucket, boot volume and instance, as OCI shows it. */
  const keysNow = async () => [
    (await stack.client.call("objectstorage.GetBucket", { params: bucket })).body["kmsKeyId"],
    (await stack.client.call("core.GetBootVolumeKmsKey", { params: bootVolume })).body["kmsKeyId"],
    (await sourceOf()).kmsKeyId,
  ];

  // What the provider calls for a change in place.
  const changeBucket = (kmsKeyId: string) =>
    stack.client.call("objectstorage.UpdateBucket", { params: bucket, body: { kmsKeyId } });
  const changeVolume = (kmsKeyId: string) =>
    stack.client.call("core.UpdateBootVolumeKmsKey", { params: bootVolume, body: { kmsKeyId } });

  it("has it everywhere", async () => {
    expect(await keysNow()).toEqual([keys.first, keys.first, keys.first]);
  });

  it("needs each of the statements", async () => {
    const all = statementsFor(keys.second);
    const without = (part: string) => allow(all.filter((statement) => !statement.includes(part)));
    await without("key-delegate");
    await expect(changeBucket(keys.second)).rejects.toThrow("404 NotAuthorizedOrFoundKmsKey");
    await expect(changeVolume(keys.second)).rejects.toThrow("404 NotAuthorizedOrNotFound");
    await without("objectstorage");
    await expect(changeBucket(keys.second)).rejects.toThrow("404 NotAuthorizedOrFoundKmsKey");
    await without("blockstorage");
    await expect(changeVolume(keys.second)).rejects.toThrow("404 NotAuthorizedOrNotFound");
    expect(await keysNow()).toEqual([keys.first, keys.first, keys.first]);
  });

  it("needs them for a launch, too", async () => {
    const { body: own } = await stack.client.call("core.GetInstance", { params: { instanceId } });
    const launch = async () => {
      const query = { compartmentId: app, instanceId };
      const [vnic] = await stack.client.list<{ subnetId: string }>("core.ListVnicAttachments", { query });
      const body = {
        compartmentId: app,
        availabilityDomain: own["availabilityDomain"],
        shape: own["shape"],
        sourceDetails: { sourceType: "image", imageId: (await sourceOf()).imageId, kmsKeyId: keys.second },
        createVnicDetails: { subnetId: vnic!.subnetId, assignPublicIp: false },
      };
      return String((await stack.client.call("core.LaunchInstance", { body })).body["id"]);
    };
    await allow(statementsFor(keys.second).filter((statement) => !statement.includes("blockstorage")));
    await expect(launch()).rejects.toThrow("404 NotAuthorizedOrNotFound");
    await allow(statementsFor(keys.second));
    await stack.client.call("core.TerminateInstance", { params: { instanceId: await launch() } });
  });

  it("cannot be under an RSA key", async () => {
    await allow(statementsFor(keys.rsa));
    await expect(changeVolume(keys.rsa)).rejects.toThrow("is not an AES key");
  });

  it("is put under another one in place", async () => {
    await allow(statementsFor(keys.second));
    await changeBucket(keys.second);
    await changeVolume(keys.second);
    expect(await keysNow()).toEqual([keys.second, keys.second, keys.second]);
  });
});
