/** Versions of objects through Oracle's own SDK, and their removal by `npm run teardown`. */
import { ObjectStorageClient } from "oci-objectstorage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bucket as teardownBucket } from "../../../commands/teardown/bucket.ts";
import type { Scope } from "../../../commands/teardown/removable-kind.ts";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import { clientAs } from "../../../local/client.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const namespaceName = "keylesslocal";
let oci: LocalOci;
let client: ObjectStorageClient;
let count = 0;

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    deployerStatements: [
      "Allow service objectstorage-us-ashburn-1 to manage object-family in tenancy",
      "Allow group Deployers to manage object-family in tenancy where request.operation != 'DeleteObjectVersion'",
    ],
  });
  client = sdkClient(oci, ObjectStorageClient, "objectstorage");
});
afterAll(() => oci.close());

/** A new bucket and what is done in it. */
const bucketWith = async (versioning: string) => {
  count += 1;
  const at = { namespaceName, bucketName: `versions-${count}` };
  const details = { compartmentId, name: at.bucketName, versioning: versioning as never };
  await client.createBucket({ namespaceName, createBucketDetails: details });
  const of = (objectName: string, versionId?: string) => ({
    ...at,
    objectName,
    ...(versionId && { versionId }),
  });
  return {
    at,
    put: async (name: string, text: string) =>
      (await client.putObject({ ...of(name), putObjectBody: text, contentLength: text.length })).versionId,
    text: async (name: string, versionId?: string) =>
      new Response((await client.getObject(of(name, versionId))).value as ReadableStream).text(),
    status: async (name: string, versionId?: string) =>
      (await refusal(client.headObject(of(name, versionId))))[0] ?? 200,
    remove: (name: string, versionId?: string, as = client) => as.deleteObject(of(name, versionId)),
    set: (to: string) => client.updateBucket({ ...at, updateBucketDetails: { versioning: to as never } }),
    list: async (more: object = {}) =>
      (await client.listObjectVersions({ ...at, ...more })).objectVersionCollection.items,
    names: async () => (await client.listObjects(at)).listObjects.objects.map((o) => o.name),
    drop: () => client.deleteBucket(at),
  };
};

test("a bucket is created with versioning or without, not suspended", async () => {
  expect((await refusal(bucketWith("Suspended")))[2]).toContain("versioning");
});

test("every upload is a version; each can be read; a deletion leaves a marker that can be taken away", async () => {
  const b = await bucketWith("Enabled");
  const one = await b.put("a", "one");
  const two = await b.put("a", "two");
  expect(await b.text("a")).toBe("two");
  expect(await b.text("a", one)).toBe("one");
  const removed = await b.remove("a");
  expect(await b.status("a")).toBe(404);
  expect(await b.names()).toEqual([]);
  expect(await b.text("a", two)).toBe("two");
  const marker = removed.versionId;
  expect(await b.status("a", marker)).toBe(404);
  expect((await b.list({ fields: "name,size" })).map((v) => [v.versionId, v.isDeleteMarker, v.size])).toEqual(
    [
      [marker, true, undefined],
      [two, false, 3],
      [one, false, 3],
    ],
  );
  // Oracle's TypeScript SDK drops this header.
  const administrator = clientAs(oci.administrator, oci.addresses, oci.cloud.realm.domain);
  const { headers } = await administrator.call("objectstorage.DeleteObject", {
    params: { ...b.at, objectName: "a" },
    query: { versionId: marker },
  });
  await administrator.close();
  expect([headers["is-delete-marker"], headers["version-id"]]).toEqual(["true", marker]);
  expect(await b.text("a")).toBe("two");
  // The latest by its version is gone for good; the one before it is the latest again.
  await b.remove("a", two);
  expect(await b.text("a")).toBe("one");
  expect(await b.status("a", two)).toBe(404);
  expect((await refusal(b.remove("a", two)))[1]).toBe("ObjectNotFound");
});

test("suspended: what was kept is kept, what is new is overwritten and deleted for good", async () => {
  const b = await bucketWith("Enabled");
  const kept = await b.put("a", "kept");
  await b.set("Suspended");
  await b.put("a", "first");
  const second = await b.put("a", "second");
  expect((await b.list()).map((v) => v.versionId)).toEqual([second, kept]);
  await b.remove("a");
  expect((await b.list()).map((v) => v.versionId)).toEqual([kept]);
  expect((await refusal(b.set("Disabled")))[0]).toBe(400);
  await b.set("Enabled");
  const third = await b.put("b", "third");
  await b.put("b", "fourth");
  expect(await b.text("b", third)).toBe("third");
});

test("multipart, copy and rename make versions; retention rules and versioning exclude each other", async () => {
  const b = await bucketWith("Enabled");
  const one = await b.put("a", "one");
  const { multipartUpload } = await client.createMultipartUpload({
    ...b.at,
    createMultipartUploadDetails: { object: "a" },
  });
  const upload = { ...b.at, objectName: "a", uploadId: multipartUpload.uploadId };
  const part = { ...upload, uploadPartNum: 1, uploadPartBody: "two", contentLength: 3 };
  const { eTag: etag } = await client.uploadPart(part);
  const partsToCommit = [{ partNum: 1, etag }];
  await client.commitMultipartUpload({ ...upload, commitMultipartUploadDetails: { partsToCommit } });
  expect([await b.text("a"), await b.text("a", one)]).toEqual(["two", "one"]);
  const copy = { destinationRegion: "us-ashburn-1", destinationNamespace: namespaceName };
  await client.copyObject({
    ...b.at,
    copyObjectDetails: {
      ...copy,
      sourceObjectName: "a",
      sourceVersionId: one,
      destinationBucket: b.at.bucketName,
      destinationObjectName: "a",
    },
  });
  expect(await b.text("a")).toBe("one");
  expect(await b.list()).toHaveLength(3);
  await client.renameObject({ ...b.at, renameObjectDetails: { sourceName: "a", newName: "c" } });
  expect([await b.names(), await b.text("c")]).toEqual([["c"], "one"]);
  const rule = { ...b.at, createRetentionRuleDetails: { displayName: "keep" } };
  expect((await refusal(client.createRetentionRule(rule)))[0]).toBe(409);
  await b.set("Suspended");
  await client.createRetentionRule(rule);
  expect((await refusal(b.set("Enabled")))[0]).toBe(409);
  expect((await refusal(b.remove("a", one)))[1]).toBe("RetentionRuleViolation");
});

test("lists by prefix and folder, in pages", async () => {
  const b = await bucketWith("Enabled");
  for (const name of ["d/1", "d/1", "d/2", "e"]) await b.put(name, name);
  expect((await b.list({ prefix: "d/" })).map((v) => v.name)).toEqual(["d/1", "d/1", "d/2"]);
  const { objectVersionCollection } = await client.listObjectVersions({ ...b.at, delimiter: "/" });
  expect(objectVersionCollection).toMatchObject({ prefixes: ["d/"], items: [{ name: "e" }] });
  const first = await client.listObjectVersions({ ...b.at, limit: 3 });
  const rest = await client.listObjectVersions({ ...b.at, limit: 3, page: first.opcNextPage });
  expect(first.objectVersionCollection.items).toHaveLength(3);
  expect(rest.objectVersionCollection.items.map((v) => v.name)).toEqual(["e"]);
  expect((await refusal(b.list({ fields: "colour" })))[0]).toBe(400);
});

test("the deletion of a version is an operation of its own for policies", async () => {
  const b = await bucketWith("Enabled");
  const one = await b.put("a", "one");
  const deployer = sdkClient(oci, ObjectStorageClient, "objectstorage", oci.deployer);
  await b.remove("a", undefined, deployer);
  expect((await refusal(b.remove("a", one, deployer)))[0]).toBe(404);
  expect(await b.text("a", one)).toBe("one");
});

test("a bucket goes only without versions; teardown takes them away", async () => {
  const b = await bucketWith("Enabled");
  await b.put("a", "one");
  await b.put("a", "two");
  await b.remove("a");
  await b.put("b/c", "three");
  expect(await refusal(b.drop())).toEqual([
    409,
    "BucketNotEmpty",
    `Bucket named '${b.at.bucketName}' is not empty. Delete all object versions first.`,
  ]);
  const administrator = clientAs(oci.administrator, oci.addresses, oci.cloud.realm.domain);
  const scope = { client: administrator, namespace: namespaceName } as unknown as Scope;
  await teardownBucket.remove({ name: b.at.bucketName } as never, scope);
  await administrator.close();
  expect((await refusal(client.getBucket(b.at)))[1]).toBe("BucketNotFound");
});
