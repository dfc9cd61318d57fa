/** Object Storage through Oracle's own SDK. */
import { createHash } from "node:crypto";
import { type models, ObjectStorageClient } from "oci-objectstorage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { bucketNamed } from "../../../local/services/objectstorage/targets.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { quickly, refusal, sdkClient } from "../../support/sdk.ts";
import { signedCall } from "../../support/signed-call.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const bucketName = "reports";
const DAY_MS = 86_400_000;
let oci: LocalOci;
let client: ObjectStorageClient;
let namespaceName: string;

const at = () => ({ namespaceName, bucketName });
const md5 = (text: string) => createHash("md5").update(text).digest("base64");
const path = (rest: string) => `/n/${namespaceName}/b/${bucketName}${rest}`;

const put = (objectName: string, text: string, more: object = {}) =>
  client.putObject({
    ...at(),
    objectName,
    putObjectBody: text,
    contentLength: Buffer.byteLength(text),
    ...more,
  });

const textOf = async (objectName: string, more: object = {}) => {
  const { value } = await client.getObject({ ...at(), objectName, ...more });
  return new Response(value as ReadableStream).text();
};

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 5 },
    deployerStatements: [
      "Allow group Deployers to manage object-family in compartment app",
      "Allow service objectstorage-us-ashburn-1 to manage object-family in compartment app",
      "Allow service objectstorage-us-phoenix-1 to manage object-family in compartment app",
    ],
  });
  client = sdkClient(oci, ObjectStorageClient, "objectstorage");
  namespaceName = (await client.getNamespace({})).value;
  await client.createBucket({ namespaceName, createBucketDetails: { compartmentId, name: bucketName } });
});
afterAll(() => oci.close());

describe("buckets", () => {
  test("are created, described with the fields asked for, changed, listed", async () => {
    const details = { compartmentId, name: "second", freeformTags: { a: "b" } };
    const { bucket, eTag } = await client.createBucket({ namespaceName, createBucketDetails: details });
    expect(bucket).toMatchObject({
      id: expect.stringMatching(/^ocid1\.bucket\./),
      namespace: namespaceName,
      createdBy: oci.administrator.userId,
      publicAccessType: "NoPublicAccess",
      storageTier: "Standard",
      versioning: "Disabled",
      etag: eTag,
    });
    expect(bucket.approximateCount).toBeUndefined();
    const second = { namespaceName, bucketName: "second" };
    const fields = ["approximateCount", "approximateSize"] as never;
    expect((await client.getBucket({ ...second, fields })).bucket).toMatchObject({
      approximateCount: 0,
      approximateSize: 0,
    });
    expect(await refusal(client.createBucket({ namespaceName, createBucketDetails: details }))).toEqual([
      409,
      "BucketAlreadyExists",
      expect.any(String),
    ]);
    const update = (ifMatch: string) =>
      client.updateBucket({ ...second, updateBucketDetails: { freeformTags: { c: "d" } }, ifMatch });
    expect((await refusal(update("other")))[0]).toBe(412);
    expect((await update(eTag)).bucket.freeformTags).toEqual({ c: "d" });
    const names: string[] = [];
    for await (const { name } of client.listAllBuckets({ namespaceName, compartmentId, limit: 1 }))
      names.push(name);
    expect(names).toEqual([bucketName, "second"]);
    await client.deleteBucket(second);
    expect((await refusal(client.headBucket(second)))[0]).toBe(404);
  });

  test("a bucket that is absent and one that is forbidden response the same", async () => {
    const as = oci.deployer;
    const other = { compartmentId: WELL_KNOWN.compartments.network, name: "hidden" };
    await client.createBucket({ namespaceName, createBucketDetails: other });
    const forbidden = await signedCall(oci, "objectstorage", "GET", `/n/${namespaceName}/b/hidden`, { as });
    const absent = await signedCall(oci, "objectstorage", "GET", `/n/${namespaceName}/b/absent`, { as });
    expect(forbidden.status).toBe(404);
    expect(forbidden.body.code).toBe("BucketNotFound");
    expect(absent.body).toEqual(JSON.parse(forbidden.text.replaceAll("hidden", "absent")));
    expect((await signedCall(oci, "objectstorage", "GET", "/n/nobody/b/x")).body.code).toBe(
      "NamespaceNotFound",
    );
  });

  test("a bucket with anything in it is not deleted", async () => {
    const full = { namespaceName, bucketName: "full" };
    await client.createBucket({ namespaceName, createBucketDetails: { compartmentId, name: "full" } });
    const refused = async () => expect((await refusal(client.deleteBucket(full)))[1]).toBe("BucketNotEmpty");
    await client.putObject({ ...full, objectName: "o", putObjectBody: "x", contentLength: 1 });
    await refused();
    await client.deleteObject({ ...full, objectName: "o" });
    const { multipartUpload } = await client.createMultipartUpload({
      ...full,
      createMultipartUploadDetails: { object: "big" },
    });
    await refused();
    await client.abortMultipartUpload({ ...full, objectName: "big", uploadId: multipartUpload.uploadId });
    const { preauthenticatedRequest } = await client.createPreauthenticatedRequest({
      ...full,
      createPreauthenticatedRequestDetails: {
        name: "p",
        accessType: "AnyObjectRead" as never,
        timeExpires: new Date(Date.now() + DAY_MS),
      },
    });
    await refused();
    await client.deletePreauthenticatedRequest({ ...full, parId: preauthenticatedRequest.id });
    await client.deleteBucket(full);
  });
});

describe("objects", () => {
  test("come back with their headers; slashes in names, escaped or not", async () => {
    const response = await put("dir/app v1.txt", "hello", {
      contentType: "text/plain",
      cacheControl: "no-store",
      opcMeta: { a: "b" },
      contentMD5: md5("hello"),
    });
    expect(response.opcContentMd5).toBe(md5("hello"));
    const got = await client.getObject({ ...at(), objectName: "dir/app v1.txt" });
    expect(got).toMatchObject({
      contentType: "text/plain",
      cacheControl: "no-store",
      contentMd5: md5("hello"),
      eTag: response.eTag,
    });
    const raw = await signedCall(oci, "objectstorage", "GET", path("/o/dir/app%20v1.txt"));
    expect([raw.text, raw.headers.get("opc-meta-a"), raw.headers.get("storage-tier")]).toEqual([
      "hello",
      "b",
      "Standard",
    ]);
    const head = await client.headObject({ ...at(), objectName: "dir/app v1.txt" });
    expect(Number(head.contentLength)).toBe(5);
    expect((await refusal(client.getObject({ ...at(), objectName: "nope" })))[1]).toBe("ObjectNotFound");
  });

  test("names that begin with a slash, as the Go SDK writes them: not escaped", async () => {
    await put("/lead/x", "led");
    const raw = await signedCall(oci, "objectstorage", "GET", path("/o//lead/x"));
    expect([raw.status, raw.text]).toEqual([200, "led"]);
    expect((await signedCall(oci, "objectstorage", "DELETE", path("/o//lead/x"))).status).toBe(204);
    expect((await refusal(client.getObject({ ...at(), objectName: "/lead/x" })))[1]).toBe("ObjectNotFound");
  });

  test("conditions: create only, replace only what is known, read only what changed", async () => {
    const { eTag } = await put("guarded", "one", { ifNoneMatch: "*" });
    expect((await refusal(put("guarded", "two", { ifNoneMatch: "*" })))[1]).toBe("IfNoneMatchFailed");
    expect((await refusal(put("guarded", "two", { ifMatch: "other" })))[1]).toBe("IfMatchFailed");
    const same = await signedCall(oci, "objectstorage", "GET", path("/o/guarded"), {
      headers: { "if-none-match": eTag },
    });
    expect([same.status, same.text]).toEqual([304, ""]);
    expect(
      (await refusal(client.deleteObject({ ...at(), objectName: "guarded", ifMatch: "other" })))[0],
    ).toBe(412);
    await put("guarded", "two", { ifMatch: eTag });
    expect(await textOf("guarded")).toBe("two");
    expect((await refusal(put("guarded", "x", { contentMD5: md5("y") })))[1]).toBe("UnmatchedContentMD5");
    expect(await textOf("guarded")).toBe("two");
  });

  test("ranges", async () => {
    await put("ranged", "0123456789");
    const read = (range: string) =>
      signedCall(oci, "objectstorage", "GET", path("/o/ranged"), { headers: { range } });
    const middle = await read("bytes=2-4");
    expect([middle.status, middle.text, middle.headers.get("content-range")]).toEqual([
      206,
      "234",
      "bytes 2-4/10",
    ]);
    expect((await read("bytes=-3")).text).toBe("789");
    expect((await read("bytes=8-")).text).toBe("89");
    expect((await read("bytes=10-")).status).toBe(416);
    expect((await read("lines=1-2")).text).toBe("0123456789");
  });

  test("lists by prefix and delimiter, in pages, with fields", async () => {
    const lists = { namespaceName, bucketName: "lists" };
    await client.createBucket({ namespaceName, createBucketDetails: { compartmentId, name: "lists" } });
    for (const objectName of ["a/1", "a/2", "b/1", "c"])
      await client.putObject({ ...lists, objectName, putObjectBody: "x", contentLength: 1 });
    const list = async (more: object) => (await client.listObjects({ ...lists, ...more })).listObjects;
    const roots = await list({ delimiter: "/" });
    expect([roots.prefixes, roots.objects.map((o) => o.name)]).toEqual([["a/", "b/"], ["c"]]);
    expect((await list({ prefix: "a/" })).objects.map((o) => o.name)).toEqual(["a/1", "a/2"]);
    const first = await list({ limit: 2 });
    expect(first.nextStartWith).toBe("b/1");
    expect((await list({ start: first.nextStartWith })).objects.map((o) => o.name)).toEqual(["b/1", "c"]);
    const [object] = (await list({ fields: "name,size,md5,timeCreated,etag,storageTier" })).objects;
    expect(object).toMatchObject({ name: "a/1", size: 1, md5: md5("x"), storageTier: "Standard" });
    expect((await refusal(list({ fields: "colour" })))[0]).toBe(400);
    expect((await refusal(list({ delimiter: "-" })))[0]).toBe(400);
  });

  test("are renamed and copied", async () => {
    await put("old", "content", { opcMeta: { a: "b" } });
    const renamed = await client.renameObject({
      ...at(),
      renameObjectDetails: { sourceName: "old", newName: "new" },
    });
    expect(renamed.versionId).toBe((await client.headObject({ ...at(), objectName: "new" })).versionId);
    expect((await refusal(client.headObject({ ...at(), objectName: "old" })))[0]).toBe(404);
    const { opcWorkRequestId: workRequestId } = await client.copyObject({
      ...at(),
      copyObjectDetails: {
        sourceObjectName: "new",
        destinationRegion: "us-ashburn-1",
        destinationNamespace: namespaceName,
        destinationBucket: bucketName,
        destinationObjectName: "copy",
      },
    });
    const done = await client.createWaiters(quickly).forWorkRequest({ workRequestId });
    expect(done!.workRequest.status).toBe("COMPLETED");
    expect(await textOf("copy")).toBe("content");
    for (const list of ["listWorkRequestErrors", "listWorkRequestLogs"] as const)
      expect((await client[list]({ workRequestId })).items).toEqual([]);
  });

  test("a copy is there when its work request has succeeded, not before", async () => {
    await put("source", "content");
    oci.cloud.settings.transitionMs = DAY_MS;
    const copyObjectDetails = {
      sourceObjectName: "source",
      destinationRegion: "us-ashburn-1",
      destinationNamespace: namespaceName,
      destinationBucket: bucketName,
      destinationObjectName: "later",
    };
    const { opcWorkRequestId: workRequestId } = await client.copyObject({ ...at(), copyObjectDetails });
    oci.cloud.settings.transitionMs = 5;
    await put("source", "changed");
    expect((await refusal(client.headObject({ ...at(), objectName: "later" })))[0]).toBe(404);
    const { workRequest } = await client.getWorkRequest({ workRequestId });
    expect(workRequest.status).not.toBe("COMPLETED");
    oci.cloud.clock.offsetMs += 2 * DAY_MS;
    // What signs requests has the machine's clock: the store is asked.
    const bucket = oci.cloud.store.list("bucket").find((b) => b.model.name === bucketName)!;
    expect(bucketNamed(oci.cloud, oci.cloud.regions[0], bucketName)).toBe(bucket);
    oci.cloud.clock.offsetMs -= 2 * DAY_MS;
    expect(await textOf("later")).toBe("content");
  });

  test("multipart: parts in any order, committed by their ETags, aborted", async () => {
    const createMultipartUploadDetails = { object: "multi", contentType: "text/plain", metadata: { a: "b" } };
    const { multipartUpload } = await client.createMultipartUpload({ ...at(), createMultipartUploadDetails });
    const { uploadId } = multipartUpload;
    const part = async (uploadPartNum: number, text: string) =>
      (
        await client.uploadPart({
          ...at(),
          objectName: "multi",
          uploadId,
          uploadPartNum,
          uploadPartBody: text,
          contentLength: text.length,
        })
      ).eTag;
    const second = await part(2, "world");
    const first = await part(1, "hello ");
    const listed = await client.listMultipartUploadParts({ ...at(), objectName: "multi", uploadId });
    expect(listed.items.map((p) => [p.partNumber, p.size])).toEqual([
      [1, 6],
      [2, 5],
    ]);
    const commit = (parts: models.CommitMultipartUploadPartDetails[]) =>
      client.commitMultipartUpload({
        ...at(),
        objectName: "multi",
        uploadId,
        commitMultipartUploadDetails: { partsToCommit: parts },
      });
    expect((await refusal(commit([{ partNum: 1, etag: "wrong" }])))[1]).toBe("InvalidUploadPart");
    expect((await refusal(commit([{ partNum: 1, etag: first }])))[1]).toBe("InvalidUploadPart");
    const done = await commit([
      { partNum: 1, etag: first },
      { partNum: 2, etag: second },
    ]);
    expect(done.opcMultipartMd5).toMatch(/-2$/);
    expect(await textOf("multi")).toBe("hello world");
    expect((await refusal(part(3, "late")))[1]).toBe("NoSuchUpload");
  });

  test("a retention rule keeps them", async () => {
    const kept = { namespaceName, bucketName: "kept" };
    await client.createBucket({ namespaceName, createBucketDetails: { compartmentId, name: "kept" } });
    const putKept = () =>
      client.putObject({ ...kept, objectName: "o", putObjectBody: "x", contentLength: 1 });
    await putKept();
    const { retentionRule } = await client.createRetentionRule({
      ...kept,
      createRetentionRuleDetails: {
        displayName: "keep",
        duration: { timeAmount: 1, timeUnit: "DAYS" as never },
      },
    });
    expect((await client.listRetentionRules(kept)).retentionRuleCollection.items).toHaveLength(1);
    expect((await refusal(client.deleteObject({ ...kept, objectName: "o" })))[0]).toBe(403);
    expect((await refusal(putKept()))[0]).toBe(403);
    await client.deleteRetentionRule({ ...kept, retentionRuleId: retentionRule.id });
    await client.deleteObject({ ...kept, objectName: "o" });
  });
});
