/** The content of objects as OCI serves it to what stands in front of it: digests, ranges, conditions, lists, parts. */
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { ObjectStorageClient } from "oci-objectstorage";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { base64OfCrc, crc32c } from "../../../oci/crc32c.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";
import { type SignedCallOptions, signedCall, signedRequest } from "../../support/signed-call.ts";

const compartmentId = WELL_KNOWN.compartments.app;
/** A page of ListObjects, as it is sent. */
interface ListObjects {
  objects: { name: string }[];
  prefixes?: string[];
  nextStartWith?: string;
}

const MIB = 1024 * 1024;
let oci: LocalOci;
let client: ObjectStorageClient;
let namespaceName: string;
let bucketName: string;
let count = 0;

const at = () => ({ namespaceName, bucketName });
const digest = (algorithm: string, bytes: Buffer | string) =>
  createHash(algorithm).update(bytes).digest("base64");
const crc = (bytes: Buffer) => base64OfCrc(crc32c(bytes));
const call = (method: string, rest: string, options: SignedCallOptions = {}) =>
  signedCall(oci, "objectstorage", method, `/n/${namespaceName}/b/${bucketName}${rest}`, options);
const put = (name: string, body: Buffer, headers: Record<string, string> = {}) =>
  call("PUT", `/o/${encodeURIComponent(name)}`, { body, headers });
const codeOf = ({ status, body }: { status: number; body?: { code?: string } }) => [status, body?.code];

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    deployerStatements: ["Allow group Deployers to inspect vcns in compartment app"],
  });
  client = sdkClient(oci, ObjectStorageClient, "objectstorage");
  namespaceName = (await client.getNamespace({})).value;
});
afterAll(() => oci.close());
beforeEach(async () => {
  bucketName = `content-${++count}`;
  await client.createBucket({ namespaceName, createBucketDetails: { compartmentId, name: bucketName } });
});

describe("digests", () => {
  test("an upload's are verified, and a wrong one leaves nothing", async () => {
    const body = Buffer.from("hello");
    const cases: [string, Record<string, string>][] = [
      ["UnmatchedContentMD5", { "content-md5": digest("md5", "other") }],
      ["UnmatchedContentCRC32C", { "opc-checksum-algorithm": "CRC32C", "opc-content-crc32c": "AAAAAA==" }],
      [
        "UnmatchedContentSHA256",
        { "opc-checksum-algorithm": "SHA256", "opc-content-sha256": digest("sha256", "other") },
      ],
      [
        "UnmatchedContentSHA384",
        { "opc-checksum-algorithm": "SHA384", "opc-content-sha384": digest("sha384", "other") },
      ],
      ["InvalidParameter", { "opc-checksum-algorithm": "CRC64" }],
    ];
    for (const [code, headers] of cases) expect(codeOf(await put("o", body, headers))).toEqual([400, code]);
    expect((await call("HEAD", "/o/o")).status).toBe(404);
  });

  test("are those that every object has where the algorithm is empty, as rclone sends it", async () => {
    const done = await put("empty-algorithm", Buffer.from("hello"), { "opc-checksum-algorithm": "" });
    expect([done.status, done.headers.get("opc-content-md5")]).toEqual([200, digest("md5", "hello")]);
  });

  test("are stored, and given back by PUT, GET and HEAD", async () => {
    const body = Buffer.from("hello");
    const done = await put("o", body, {
      "content-md5": digest("md5", body),
      "opc-checksum-algorithm": "SHA384",
      "opc-content-sha384": digest("sha384", body),
    });
    const names = ["opc-content-md5", "opc-content-crc32c", "opc-content-sha256", "opc-content-sha384"];
    expect(names.map((n) => done.headers.get(n))).toEqual([
      digest("md5", body),
      null,
      null,
      digest("sha384", body),
    ]);
    const crcAsked = await put("p", body, {
      "opc-checksum-algorithm": "CRC32C",
      "opc-content-crc32c": crc(body),
    });
    expect(crcAsked.headers.get("opc-content-crc32c")).toBe(crc(body));
    for (const method of ["GET", "HEAD"]) {
      const { headers } = await call(method, "/o/o");
      expect(["content-md5", ...names.slice(1), "opc-multipart-md5"].map((n) => headers.get(n))).toEqual([
        digest("md5", body),
        crc(body),
        null,
        digest("sha384", body),
        null,
      ]);
    }
  });

  test("an upload that breaks off leaves nothing, however large", async () => {
    const target = `/n/${namespaceName}/b/${bucketName}/o/whole`;
    await put("whole", Buffer.from("before"));
    for (const [sent, signedDigest] of [
      [10, false],
      [3 * MIB, false],
      [3 * MIB, true],
    ] as const) {
      const { url, headers } = signedRequest(oci, "objectstorage", "PUT", target, { bodySigned: false });
      const lines = Object.entries({
        ...headers,
        "content-length": `${8 * MIB}`,
        ...(signedDigest && { "x-content-sha256": digest("sha256", "x") }),
      }).map(([name, value]) => `${name}: ${value}\r\n`);
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      const closed = new Promise((done) => socket.once("close", done).on("error", () => {}));
      socket.write(`PUT ${target} HTTP/1.1\r\n${lines.join("")}\r\n`);
      await new Promise((done) => socket.write(Buffer.alloc(sent), done));
      await new Promise((done) => setTimeout(done, 50));
      socket.destroy();
      await closed;
    }
    await new Promise((done) => setTimeout(done, 50));
    expect((await call("GET", "/o/whole")).text).toBe("before");
  });
});

describe("reads", () => {
  test("a query of GetObject overrides headers, in ranges too", async () => {
    await put("o", Buffer.from("0123456789"), { "content-type": "text/plain", "opc-meta-a": "b" });
    const query = new URLSearchParams({
      httpResponseCacheControl: "no-store",
      httpResponseContentDisposition: 'attachment; filename="ü.txt"',
      httpResponseContentType: "text/csv",
      httpResponseContentLanguage: "de",
      httpResponseContentEncoding: "identity",
      httpResponseExpires: "Thu, 01 Dec 1994 16:00:00 GMT",
    });
    const plainly: Record<string, string> = {};
    for (const headers of [plainly, { range: "bytes=2-4" }]) {
      const got = await call("GET", `/o/o?${query}`, { headers });
      expect(
        [
          "cache-control",
          "content-type",
          "content-language",
          "content-encoding",
          "expires",
          "opc-meta-a",
        ].map((n) => got.headers.get(n)),
      ).toEqual(["no-store", "text/csv", "de", "identity", "Thu, 01 Dec 1994 16:00:00 GMT", "b"]);
      expect(got.headers.get("content-disposition")).toContain("ü.txt");
      expect(got.text).toBe("range" in headers ? "234" : "0123456789");
    }
    const plain = await call("GET", "/o/o");
    expect([plain.headers.get("content-type"), plain.headers.get("expires")]).toEqual(["text/plain", null]);
    expect(codeOf(await call("GET", "/o/o?httpResponseContentType=a%0d%0ab"))).toEqual([
      400,
      "InvalidParameter",
    ]);
  });

  test("ranges of what is in memory and of what is not", async () => {
    for (const size of [10, 2.5 * MIB]) {
      const text = randomBytes(size / 2).toString("hex");
      await put("o", Buffer.from(text));
      const ranges: [string, number, number][] = [
        ["bytes=0-0", 0, 1],
        ["bytes=3-", 3, size],
        ["bytes=-4", size - 4, size],
        [`bytes=0-${size * 2}`, 0, size],
        [`bytes=-${size * 2}`, 0, size],
        [`bytes=${size - 5}-${size - 2}`, size - 5, size - 1],
        [
          `bytes=${Math.floor(size / 3)}-${Math.floor(size / 2)}`,
          Math.floor(size / 3),
          Math.floor(size / 2) + 1,
        ],
      ];
      for (const [range, start, end] of ranges) {
        const raw = await call("GET", "/o/o", { headers: { range } });
        expect(raw.text === text.slice(start, end), range).toBe(true);
        expect([raw.status, raw.headers.get("content-range"), raw.headers.get("content-length")]).toEqual([
          206,
          `bytes ${start}-${end - 1}/${size}`,
          `${end - start}`,
        ]);
      }
      for (const range of [`bytes=${size}-`, "bytes=-0"])
        expect(codeOf(await call("GET", "/o/o", { headers: { range } }))).toEqual([416, "InvalidRange"]);
      // "Only a single range of bytes is supported": of several OCI's response is unknown.
      expect((await call("GET", "/o/o", { headers: { range: "bytes=0-1,3-4" } })).status).toBe(200);
    }
  });

  test("conditions", async () => {
    const etag = (await put("o", Buffer.from("x"))).headers.get("etag")!;
    for (const method of ["GET", "HEAD"]) {
      const status = async (headers: Record<string, string>) =>
        (await call(method, "/o/o", { headers })).status;
      expect(await status({ "if-match": etag })).toBe(200);
      expect(await status({ "if-match": "other" })).toBe(412);
      const same = await call(method, "/o/o", { headers: { "if-none-match": etag } });
      expect([same.status, same.headers.get("etag"), same.text]).toEqual([304, etag, ""]);
      expect(await status({ "if-none-match": "other" })).toBe(200);
      expect(await status({ "if-none-match": "*" })).toBe(400);
    }
  });
});

test("metadata: bytes as they were sent, and a limit where the settings say one", async () => {
  const text = Buffer.from("grün €").toString("latin1");
  await put("o", Buffer.from("x"), { "opc-meta-a": text });
  const { multipartUpload } = await client.createMultipartUpload({
    ...at(),
    createMultipartUploadDetails: { object: "m", metadata: { "opc-meta-A": "grün €" } },
  });
  const { uploadId } = multipartUpload;
  const part = await call("PUT", `/u/m?uploadId=${uploadId}&uploadPartNum=1`, { body: Buffer.from("x") });
  await client.commitMultipartUpload({
    ...at(),
    objectName: "m",
    uploadId,
    commitMultipartUploadDetails: { partsToCommit: [{ partNum: 1, etag: part.headers.get("etag")! }] },
  });
  for (const name of ["o", "m"])
    expect((await call("HEAD", `/o/${name}`)).headers.get("opc-meta-a")).toBe(text);
  const creates = (metadata: Record<string, string>) =>
    refusal(
      client.createMultipartUpload({ ...at(), createMultipartUploadDetails: { object: "m", metadata } }),
    );
  expect((await creates({ a: "b\r\nc" }))[2]).toContain("metadata.a");
  expect((await creates({ "a b": "c" }))[2]).toContain("metadata.a b");
  oci.cloud.settings.maxMetadataBytes = 4;
  expect((await put("o", Buffer.from("x"), { "opc-meta-a": "bcd" })).status).toBe(200);
  expect((await put("o", Buffer.from("x"), { "opc-meta-a": "bcde" })).status).toBe(400);
  expect((await creates({ a: "bcde" }))[0]).toBe(400);
  oci.cloud.settings.maxMetadataBytes = 0;
});

describe("lists", () => {
  // Not by the SDK: it signs names beyond ASCII wrongly.
  const list = async (query: Record<string, string>): Promise<ListObjects> =>
    (await call("GET", `/o?${new URLSearchParams({ limit: "1000", ...query })}`)).body;
  const names = async (query: Record<string, string>) => (await list(query)).objects.map((o) => o.name);

  test("are in the order of UTF-8, and so are their bounds", async () => {
    // U+FF5E comes before U+1F600 in UTF-8, after it in UTF-16.
    const sorted = ["A", "a", "a/b", "a0", "é", "～", "😀", "😀a"];
    for (const name of sorted.toReversed()) await put(name, Buffer.from("x"));
    expect(await names({})).toEqual(sorted);
    expect(await names({ start: "～" })).toEqual(["～", "😀", "😀a"]);
    expect(await names({ startAfter: "～" })).toEqual(["😀", "😀a"]);
    expect(await names({ end: "😀" })).toEqual(sorted.slice(0, 6));
    expect(await names({ startAfter: "a", end: "é" })).toEqual(["a/b", "a0"]);
    const paged: string[] = [];
    for (let start: string | undefined = ""; start !== undefined; ) {
      const page = await list({ limit: "1", start });
      paged.push(...page.objects.map((o) => o.name));
      start = page.nextStartWith;
    }
    expect(paged).toEqual(sorted);
  });

  test("pages that end with a prefix go on behind it", async () => {
    for (const name of ["a/1", "a/2", "b/1", "b/2", "c"]) await put(name, Buffer.from("x"));
    const first = await list({ delimiter: "/", limit: "1" });
    expect([first.prefixes, first.objects, first.nextStartWith]).toEqual([["a/"], [], "b/1"]);
    const second = await list({ delimiter: "/", limit: "1", start: "b/1" });
    expect([second.prefixes, second.nextStartWith]).toEqual([["b/"], "c"]);
    const last = await list({ delimiter: "/", limit: "1", start: "c" });
    expect([last.prefixes, last.objects.map((o) => o.name), last.nextStartWith]).toEqual([
      [],
      ["c"],
      undefined,
    ]);
    for (const query of ["limit=1001", "limit=0", "delimiter=.", "delimiter=%2F%2F"])
      expect(codeOf(await call("GET", `/o?${query}`))).toEqual([400, "InvalidParameter"]);
  });

  test("fields are named in any case", async () => {
    await put("o", Buffer.from("x"));
    const [object] = (await list({ fields: "NAME,MD5,timemodified,ETag,size" })).objects;
    expect(object).toMatchObject({
      md5: digest("md5", "x"),
      size: 1,
      etag: expect.any(String),
      timeModified: expect.any(String),
    });
  });
});

describe("multipart uploads", () => {
  const created = async (object: string, more: object = {}, headers: object = {}) =>
    (
      await client.createMultipartUpload({
        ...at(),
        createMultipartUploadDetails: { object, ...more },
        ...headers,
      })
    ).multipartUpload.uploadId;
  const upload = (
    name: string,
    id: string,
    part: number,
    body: Buffer,
    headers: Record<string, string> = {},
  ) => call("PUT", `/u/${name}?uploadId=${id}&uploadPartNum=${part}`, { body, headers });
  const commit = (objectName: string, uploadId: string, parts: [number, string][], more: object = {}) => {
    const { partsToExclude, ...rest } = more as { partsToExclude?: number[] };
    return client.commitMultipartUpload({
      ...at(),
      objectName,
      uploadId,
      ...rest,
      commitMultipartUploadDetails: {
        partsToCommit: parts.map(([partNum, etag]) => ({ partNum, etag })),
        ...(partsToExclude && { partsToExclude }),
      },
    });
  };

  test("make objects whose digests, headers and bytes are right, in memory and not", async () => {
    for (const sizes of [
      [5, 3],
      [2.5 * MIB, 10, 1.25 * MIB],
    ]) {
      const bodies = sizes.map((size) => randomBytes(size));
      const details = {
        contentType: "text/plain",
        contentLanguage: "de",
        contentEncoding: "identity",
        contentDisposition: "inline",
        cacheControl: "no-store",
        storageTier: "InfrequentAccess",
        metadata: { "opc-meta-a": "b" },
      };
      const id = await created("m", details, { opcChecksumAlgorithm: "SHA256" });
      const parts: [number, string][] = [];
      for (const [i, body] of bodies.entries()) {
        const sha = digest("sha256", body);
        const asked = { "opc-checksum-algorithm": "SHA256", "opc-content-sha256": sha };
        const done = await upload("m", id, i + 1, body, { "content-md5": digest("md5", body), ...asked });
        expect([done.headers.get("opc-content-md5"), done.headers.get("opc-content-sha256")]).toEqual([
          digest("md5", body),
          sha,
        ]);
        parts.push([i + 1, done.headers.get("etag")!]);
      }
      const whole = Buffer.concat(bodies);
      const over = (algorithm: string) =>
        digest(algorithm, Buffer.concat(bodies.map((b) => createHash(algorithm).update(b).digest())));
      const done = await commit("m", id, parts);
      const [md5, sha] = [`${over("md5")}-${sizes.length}`, `${over("sha256")}-${sizes.length}`];
      expect(done).toMatchObject({
        opcMultipartMd5: md5,
        opcMultipartSha256: sha,
        opcContentCrc32c: crc(whole),
      });
      const got = await client.getObject({ ...at(), objectName: "m" });
      expect(Buffer.from(await new Response(got.value as ReadableStream).arrayBuffer()).equals(whole)).toBe(
        true,
      );
      expect(got).toMatchObject({
        eTag: done.eTag,
        opcMultipartMd5: md5,
        opcMultipartSha256: sha,
        opcContentCrc32c: crc(whole),
        contentType: "text/plain",
        contentLanguage: "de",
        contentEncoding: "identity",
        contentDisposition: "inline",
        cacheControl: "no-store",
        storageTier: "InfrequentAccess",
      });
      const head = await call("HEAD", "/o/m");
      expect(["content-md5", "opc-multipart-md5", "opc-meta-a"].map((n) => head.headers.get(n))).toEqual([
        null,
        md5,
        "b",
      ]);
      const listed = async () =>
        (await client.listObjects({ ...at(), fields: "md5,size" })).listObjects.objects[0];
      expect(await listed()).toMatchObject({ md5, size: whole.length });
      Object.assign(oci.cloud.settings, { multipartMd5Counted: false, listedMultipartMd5: "none" });
      expect((await call("HEAD", "/o/m")).headers.get("opc-multipart-md5")).toBe(over("md5"));
      expect((await listed())?.md5).toBeUndefined();
      Object.assign(oci.cloud.settings, { multipartMd5Counted: true, listedMultipartMd5: "multipart" });
    }
  });

  test("a part sent again replaces the older; every part is committed or excluded, never both", async () => {
    const id = await created("m");
    const etag = async (n: number, text: string) =>
      (await upload("m", id, n, Buffer.from(text))).headers.get("etag")!;
    const older = await etag(1, "old");
    const first = await etag(1, "new");
    const tenThousandth = await etag(10_000, "last");
    const code = async (parts: [number, string][], more: object = {}) =>
      (await refusal(commit("m", id, parts, more))).slice(0, 2);
    const invalid = [400, "InvalidUploadPart"];
    expect(await code([[1, older]], { partsToExclude: [10_000] })).toEqual(invalid);
    expect(await code([[1, first]])).toEqual(invalid);
    expect(
      await code(
        [
          [1, first],
          [2, first],
        ],
        { partsToExclude: [10_000] },
      ),
    ).toEqual(invalid);
    expect(await code([[1, first]], { partsToExclude: [1, 10_000] })).toEqual(invalid);
    expect(
      await code(
        [
          [1, first],
          [1, first],
        ],
        { partsToExclude: [10_000] },
      ),
    ).toEqual(invalid);
    expect(await code([])).toEqual([400, "InvalidParameter"]);
    for (const n of [0, 10_001]) expect((await upload("m", id, n, Buffer.from("x"))).status).toBe(400);
    expect(codeOf(await upload("m", id, 1, Buffer.from("x"), { "content-md5": digest("md5", "y") }))).toEqual(
      [400, "UnmatchedContentMD5"],
    );
    await commit("m", id, [
      [10_000, tenThousandth],
      [1, first],
    ]);
    expect((await call("GET", "/o/m")).text).toBe("newlast");
  });

  test("conditions of a commit", async () => {
    const { eTag } = await client.putObject({
      ...at(),
      objectName: "m",
      putObjectBody: "x",
      contentLength: 1,
    });
    const id = await created("m");
    const etag = (await upload("m", id, 1, Buffer.from("y"))).headers.get("etag")!;
    expect((await refusal(commit("m", id, [[1, etag]], { ifNoneMatch: "*" })))[1]).toBe("IfNoneMatchFailed");
    expect((await refusal(commit("m", id, [[1, etag]], { ifMatch: "other" })))[1]).toBe("IfMatchFailed");
    await commit("m", id, [[1, etag]], { ifMatch: eTag });
    expect((await call("GET", "/o/m")).text).toBe("y");
  });

  test("the smallest part is a setting; the last may be smaller", async () => {
    oci.cloud.settings.minPartBytes = 3;
    const id = await created("m");
    const etags: [number, string][] = [];
    for (const [i, text] of ["ab", "c"].entries())
      etags.push([i + 1, (await upload("m", id, i + 1, Buffer.from(text))).headers.get("etag")!]);
    expect((await refusal(commit("m", id, etags)))[2]).toContain("at least 3");
    etags[0] = [1, (await upload("m", id, 1, Buffer.from("abc"))).headers.get("etag")!];
    await commit("m", id, etags);
    oci.cloud.settings.minPartBytes = 0;
    expect((await call("GET", "/o/m")).text).toBe("abcc");
  });

  test("uploads and parts are listed in pages, and known by their object's name only", async () => {
    const ids = [await created("a"), await created("b"), await created("b")];
    const seen: string[] = [];
    let page: string | undefined;
    do {
      const got = await client.listMultipartUploads({ ...at(), limit: 2, ...(page && { page }) });
      seen.push(...got.items.map((u) => u.uploadId));
      page = got.opcNextPage;
    } while (page);
    expect(seen.toSorted()).toEqual(ids.toSorted());
    for (const n of [3, 1, 2]) await upload("a", ids[0]!, n, Buffer.from("x".repeat(n)));
    const first = await client.listMultipartUploadParts({
      ...at(),
      objectName: "a",
      uploadId: ids[0]!,
      limit: 2,
    });
    expect(first.items.map((p) => [p.partNumber, p.size, p.md5])).toEqual([
      [1, 1, digest("md5", "x")],
      [2, 2, digest("md5", "xx")],
    ]);
    const rest = await client.listMultipartUploadParts({
      ...at(),
      objectName: "a",
      uploadId: ids[0]!,
      limit: 2,
      page: first.opcNextPage,
    });
    expect([rest.items.map((p) => p.partNumber), rest.opcNextPage || undefined]).toEqual([[3], undefined]);
    const gone = [404, "NoSuchUpload"];
    for (const [name, id] of [
      ["b", ids[0]!],
      ["a", "unknown"],
    ] as const) {
      expect(codeOf(await upload(name, id, 1, Buffer.from("x")))).toEqual(gone);
      expect((await refusal(commit(name, id, [[1, "e"]]))).slice(0, 2)).toEqual(gone);
      for (const method of ["GET", "DELETE"])
        expect(codeOf(await call(method, `/u/${name}?uploadId=${id}`))).toEqual(gone);
    }
    expect((await call("DELETE", `/u/a?uploadId=${ids[0]}`)).status).toBe(204);
    expect(codeOf(await upload("a", ids[0]!, 1, Buffer.from("x")))).toEqual(gone);
  });
});

describe("permissions", () => {
  test("each operation takes those of OCI's table, and no fewer", async () => {
    const body = Buffer.from("x");
    await put("there", body);
    const id = (
      await client.createMultipartUpload({ ...at(), createMultipartUploadDetails: { object: "m" } })
    ).multipartUpload.uploadId;
    const etag = (await call("PUT", `/u/m?uploadId=${id}&uploadPartNum=1`, { body })).headers.get("etag")!;
    const { multipartUpload: other } = await client.createMultipartUpload({
      ...at(),
      createMultipartUploadDetails: { object: "other" },
    });
    const commitBody = { partsToCommit: [{ partNum: 1, etag }] };
    const cases: [string[], string, string, unknown][] = [
      [["OBJECT_READ"], "GET", "/o/there", undefined],
      [["OBJECT_CREATE"], "PUT", "/o/new", body],
      [["OBJECT_CREATE", "OBJECT_OVERWRITE"], "PUT", "/o/there", body],
      [["OBJECT_INSPECT"], "GET", "/o", undefined],
      [["OBJECT_CREATE", "OBJECT_OVERWRITE"], "POST", "/u", { object: "n" }],
      [["OBJECT_CREATE", "OBJECT_OVERWRITE"], "PUT", `/u/m?uploadId=${id}&uploadPartNum=2`, body],
      [["OBJECT_INSPECT"], "GET", `/u/m?uploadId=${id}`, undefined],
      [["BUCKET_READ"], "GET", "/u", undefined],
      [
        ["OBJECT_CREATE", "OBJECT_OVERWRITE", "BUCKET_READ", "OBJECT_READ"],
        "POST",
        `/u/m?uploadId=${id}`,
        { ...commitBody, partsToExclude: [2] },
      ],
      [["OBJECT_DELETE"], "DELETE", "/o/there", undefined],
      [["OBJECT_DELETE"], "DELETE", `/u/other?uploadId=${other.uploadId}`, undefined],
    ];
    const { policyId, allow } = await deployersPolicy();
    for (const [permissions, method, target, sent] of cases) {
      for (const left of permissions) {
        await allow(permissions.filter((p) => p !== left));
        const refused = await call(method, target, { body: sent, as: oci.deployer });
        expect([refused.status, refused.body?.code], `${method} ${target} without ${left}`).toEqual([
          404,
          "BucketNotFound",
        ]);
      }
      await allow(permissions);
      expect(
        (await call(method, target, { body: sent, as: oci.deployer })).status,
        `${method} ${target}`,
      ).toBeLessThan(300);
    }
    oci.cloud.store.remove(policyId);
  });

  /** A policy for the deployers' group whose statements a test changes. */
  const deployersPolicy = async () => {
    const of = (permissions: readonly string[]) => [
      `Allow group Deployers to {${permissions.length ? permissions.join(", ") : "VCN_READ"}} in compartment app where target.bucket.name = '${bucketName}'`,
    ];
    const made = await signedCall(oci, "identity", "POST", "/20160918/policies", {
      body: { compartmentId, name: `objects-${count}`, description: "a test's", statements: of([]) },
    });
    const policyId: string = made.body.id;
    const allow = async (permissions: readonly string[]) => {
      const path = `/20160918/policies/${policyId}`;
      const { status } = await signedCall(oci, "identity", "PUT", path, {
        body: { statements: of(permissions) },
      });
      expect(status).toBe(200);
    };
    return { policyId, allow };
  };
});
