/** The S3 door in front of a local OCI: operations, grants, errors, audit. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { AuditLine } from "../../../../app/proxy/observe/audit.ts";
import { presign, s3Call, sendS3 } from "../../../support/s3-client.ts";
import { type S3World, startS3World } from "../../../support/s3-world.ts";

let world: S3World;
beforeAll(async () => {
  world = await startS3World({}, (namespace) => ({
    two: {
      allow: [
        {
          grant: "buckets archive and exports",
          operations: ["objectstorage.GetObject"],
          where: { "path.namespaceName": namespace, "path.bucketName": { oneOf: ["exports", "archive"] } },
        },
      ],
    },
  }));
}, 60_000);
afterAll(() => world.close());

const md5 = (data: string | Buffer): string => createHash("md5").update(data).digest("hex");
const call = (method: string, target: string, options: Parameters<typeof s3Call>[4] = {}, client = "app") =>
  s3Call(world, client, method, target, options);
const audit = (): AuditLine[] =>
  readFileSync(join(world.proxy.dir, "audit.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditLine);
const texts = (body: string, name: string): string[] =>
  [...body.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map((m) => m[1]!);

describe("objects", () => {
  it("come back as they were put, with metadata, headers and an ETag that is their MD5", async () => {
    const put = await call("PUT", "/exports/dir/a%20b%2B%C3%BC%25.txt", {
      body: "hello",
      headers: {
        "content-type": "text/plain",
        "cache-control": "no-cache",
        "content-encoding": "gzip, aws-chunked",
        "x-amz-meta-color": "blue",
        expires: "Thu, 01 Dec 2044 16:00:00 GMT",
        "x-amz-checksum-crc32": "NhCmhg==",
      },
    });
    expect([put.status, put.headers["etag"], put.headers["x-amz-checksum-crc32"]]).toEqual([
      200,
      `"${md5("hello")}"`,
      "NhCmhg==",
    ]);
    const got = await call("GET", "/exports/dir/a%20b%2B%C3%BC%25.txt", {
      headers: { "x-amz-checksum-mode": "ENABLED" },
    });
    expect(got.body).toBe("hello");
    expect(got.headers).toMatchObject({
      etag: `"${md5("hello")}"`,
      "content-type": "text/plain",
      "cache-control": "no-cache",
      "content-encoding": "gzip",
      "x-amz-meta-color": "blue",
      expires: "Thu, 01 Dec 2044 16:00:00 GMT",
      "x-amz-checksum-crc32": "NhCmhg==",
      "accept-ranges": "bytes",
    });
    expect(Object.keys(got.headers).filter((name) => name.startsWith("x-amz-meta-"))).toEqual([
      "x-amz-meta-color",
    ]);
    expect(got.headers["x-amz-request-id"]).toBe(got.headers["opc-request-id"]);
  });

  it("are not there under another digest, checksum or length", async () => {
    for (const headers of [
      { "content-md5": createHash("md5").update("other").digest("base64") },
      { "x-amz-checksum-crc32": "AAAAAA==" },
      { "x-amz-checksum-sha256": createHash("sha256").update("other").digest("base64") },
    ] as Record<string, string>[]) {
      expect((await call("PUT", "/exports/bad", { body: "hello", headers })).code).toBe("BadDigest");
    }
    const other = createHash("sha256").update("other").digest("hex");
    expect((await call("PUT", "/exports/bad", { body: "hello", payload: other })).code).toBe(
      "XAmzContentSHA256Mismatch",
    );
    expect(
      (await call("PUT", "/exports/bad", { body: "", headers: { "x-amz-checksum-crc32": "AAAAAQ==" } })).code,
    ).toBe("BadDigest");
    expect((await call("HEAD", "/exports/bad")).status).toBe(404);
  });

  it("are told by range, condition and version", async () => {
    await call("PUT", "/exports/c", { body: "0123456789" });
    const etag = `"${md5("0123456789")}"`;
    const range = await call("GET", "/exports/c", { headers: { range: "bytes=2-4", "if-match": etag } });
    expect([range.status, range.body, range.headers["etag"], range.headers["content-range"]]).toEqual([
      206,
      "234",
      etag,
      "bytes 2-4/10",
    ]);
    const status = async (headers: Record<string, string>, method = "GET") =>
      (await call(method, "/exports/c", { headers })).status;
    expect(await status({ "if-none-match": etag })).toBe(304);
    expect(await status({ "if-match": '"x"' })).toBe(412);
    expect(await status({ "if-modified-since": new Date(Date.now() + 1000).toUTCString() })).toBe(304);
    expect(await status({ "if-unmodified-since": "Sat, 01 Jan 2000 00:00:00 GMT" })).toBe(412);
    expect(await status({ range: "bytes=20-" })).toBe(416);
    // The version that was seen is another's by now: the door asks again.
    await call("PUT", "/exports/c", { body: "other" });
    expect(await status({ "if-match": etag })).toBe(412);
    const now = await call("GET", "/exports/c", { headers: { range: "bytes=0-1" } });
    expect([now.body, now.headers["etag"]]).toEqual(["ot", `"${md5("other")}"`]);
    expect((await call("GET", "/exports/c?response-content-type=text%2Fx")).headers["content-type"]).toBe(
      "text/x",
    );
    expect((await call("GET", "/exports/c?partNumber=2")).code).toBe("InvalidPart");
  });

  it("are written and deleted on conditions that OCI holds", async () => {
    const put = (headers: Record<string, string>) => call("PUT", "/exports/w", { body: "x", headers });
    expect((await put({ "if-match": '"x"' })).code).toBe("NoSuchKey");
    expect((await put({ "if-none-match": "*" })).status).toBe(200);
    expect((await put({ "if-none-match": "*" })).code).toBe("PreconditionFailed");
    expect((await put({ "if-match": '"x"' })).code).toBe("PreconditionFailed");
    expect((await put({ "if-match": md5("x") })).status).toBe(200);
    const remove = (headers: Record<string, string>) => call("DELETE", "/exports/w", { headers });
    expect((await remove({ "if-match": '"x"' })).code).toBe("PreconditionFailed");
    expect((await remove({ "if-match": `"${md5("x")}"` })).status).toBe(204);
    expect((await remove({})).status).toBe(204);
  });

  it("are deleted where size and time are what the request says", async () => {
    const put = async () => {
      await call("PUT", "/exports/w", { body: "hello" });
      return (await call("HEAD", "/exports/w")).headers["last-modified"]!;
    };
    const modified = await put();
    const remove = async (headers: Record<string, string>) => {
      const { status, code } = await call("DELETE", "/exports/w", { headers });
      return code ?? status;
    };
    const time = "x-amz-if-match-last-modified-time";
    expect(await remove({ "x-amz-if-match-size": "4" })).toBe("PreconditionFailed");
    expect(await remove({ [time]: "Thu, 01 Jan 2015 00:00:00 GMT" })).toBe("PreconditionFailed");
    expect(await remove({ "x-amz-if-match-size": "5", [time]: modified })).toBe(204);
    expect(await remove({ "x-amz-if-match-size": "4" })).toBe(204);
    await put();
    const listed = async (more: string) =>
      texts(
        (
          await call("POST", "/exports?delete", {
            body: `<Delete><Object><Key>w</Key>${more}</Object></Delete>`,
          })
        ).body,
        "Code",
      );
    expect(await listed("<Size>4</Size>")).toEqual(["PreconditionFailed"]);
    expect(await listed("<LastModifiedTime>2015-01-01T00:00:00Z</LastModifiedTime>")).toEqual([
      "PreconditionFailed",
    ]);
    expect(await listed("<Size>5</Size>")).toEqual([]);
    expect((await call("HEAD", "/exports/w")).status).toBe(404);
  });

  it("keep metadata that is empty, and goes with a copy", async () => {
    const headers = { "x-amz-meta-none": "", "x-amz-meta-a": "1", "x-amz-meta-nil": "" };
    await call("PUT", "/exports/empty", { body: "x", headers });
    await call("PUT", "/exports/empty-copy", { headers: { "x-amz-copy-source": "exports/empty" } });
    for (const key of ["empty", "empty-copy"]) {
      const got = (await call("HEAD", `/exports/${key}`)).headers;
      expect(
        Object.fromEntries(Object.entries(got).filter(([name]) => name.startsWith("x-amz-meta-"))),
      ).toEqual(headers);
    }
  });

  it("are said to be encrypted by AES256 where that is asked for, and by nothing else", async () => {
    const put = (value: string) =>
      call("PUT", "/exports/sse", { body: "x", headers: { "x-amz-server-side-encryption": value } });
    expect((await put("AES256")).headers["x-amz-server-side-encryption"]).toBe("AES256");
    expect((await put("aws:kms")).code).toBe("NotImplemented");
  });

  it("are copied, with their metadata or other", async () => {
    await call("PUT", "/exports/s", {
      body: "copied",
      headers: { "x-amz-meta-a": "1", "content-type": "a/b" },
    });
    const copy = await call("PUT", "/exports/t", { headers: { "x-amz-copy-source": "/exports%2Fs" } });
    expect(texts(copy.body, "ETag")).toEqual([`&quot;${md5("copied")}&quot;`]);
    expect((await call("GET", "/exports/t")).headers).toMatchObject({
      "x-amz-meta-a": "1",
      "content-type": "a/b",
    });
    await call("PUT", "/exports/t", {
      headers: {
        "x-amz-copy-source": "exports/s",
        "x-amz-metadata-directive": "REPLACE",
        "x-amz-meta-b": "2",
      },
    });
    const replaced = (await call("HEAD", "/exports/t")).headers;
    expect([replaced["x-amz-meta-a"], replaced["x-amz-meta-b"]]).toEqual([undefined, "2"]);
    expect((await call("PUT", "/exports/t", { headers: { "x-amz-copy-source": "exports/t" } })).code).toBe(
      "InvalidRequest",
    );
    expect((await call("PUT", "/exports/t", { headers: { "x-amz-copy-source": "exports/none" } })).code).toBe(
      "NoSuchKey",
    );
  });

  it("go by a presigned URL, for as long as it says", async () => {
    const put = presign(world, "app", "PUT", "/exports/presigned");
    expect(
      (
        await sendS3(
          world.url,
          { ...put, headers: [...put.headers, ["Content-Length", "2"]] },
          Buffer.from("hi"),
        )
      ).status,
    ).toBe(200);
    expect(
      (await sendS3(world.url, presign(world, "app", "GET", "/exports/presigned"), undefined)).body,
    ).toBe("hi");
    const other = presign(world, "app", "GET", "/exports/presigned");
    expect(
      (await sendS3(world.url, { ...other, url: other.url.replace("presigned", "other") }, undefined)).code,
    ).toBe("SignatureDoesNotMatch");
  });
});

describe("lists", () => {
  beforeAll(async () => {
    await world.newBucket("listed");
    for (const name of ["a/1", "a/2", "b", "c/x/y", "d e", "é"])
      await call(
        "PUT",
        `/listed/${name.split("/").map(encodeURIComponent).join("/")}`,
        { body: name },
        "all",
      );
  });
  const list = async (query: string) => (await call("GET", `/listed?${query}`, {}, "all")).body;

  it("come in pages, by any delimiter, in both versions", async () => {
    expect(texts(await list("list-type=2"), "Key")).toEqual(["a/1", "a/2", "b", "c/x/y", "d e", "é"]);
    const grouped = await list("list-type=2&delimiter=%2F");
    expect([texts(grouped, "Key"), texts(grouped, "Prefix")]).toEqual([
      ["b", "d e", "é"],
      ["a/", "c/"],
    ]);
    const other = await list("delimiter=%20&encoding-type=url");
    expect(texts(other, "Prefix").slice(-1)).toEqual(["d%20"]);
    const names: string[] = [];
    for (let token = ""; ; ) {
      const page = await list(`list-type=2&max-keys=2${token && `&continuation-token=${token}`}`);
      names.push(...texts(page, "Key"));
      if (texts(page, "IsTruncated")[0] === "false") break;
      token = texts(page, "NextContinuationToken")[0]!;
    }
    expect(names).toEqual(["a/1", "a/2", "b", "c/x/y", "d e", "é"]);
    expect(texts(await list("marker=a%2F&delimiter=%2F"), "Prefix")).not.toContain("a/");
    expect(texts(await list("list-type=2&start-after=b"), "Key")).toEqual(["c/x/y", "d e", "é"]);
    expect(texts(await list("list-type=2&max-keys=0"), "KeyCount")).toEqual(["0"]);
    expect((await call("GET", "/listed?max-keys=x", {}, "all")).code).toBe("InvalidArgument");
    expect(texts(await list("list-type=2&prefix=b"), "ETag")).toEqual([`&quot;${md5("b")}&quot;`]);
  });

  it("show what is granted: a prefix, the buckets that grants name", async () => {
    await call("PUT", "/exports/daily/1", { body: "x" });
    expect((await call("GET", "/exports?list-type=2", {}, "narrow")).code).toBe("AccessDenied");
    expect(
      texts((await call("GET", "/exports?list-type=2&prefix=daily/", {}, "narrow")).body, "Key"),
    ).toEqual(["daily/1"]);
    expect(texts((await call("GET", "/")).body, "Name")).toEqual(["exports"]);
    const page = async (query: string) => {
      const { body } = await call("GET", `/?${query}`, {}, "two");
      return [texts(body, "Name"), texts(body, "ContinuationToken")];
    };
    expect(await page("max-buckets=1")).toEqual([["archive"], ["archive"]]);
    expect(await page("max-buckets=1&continuation-token=archive")).toEqual([["exports"], []]);
    expect(await page("prefix=exp")).toEqual([["exports"], []]);
    expect((await call("HEAD", "/exports", {}, "narrow")).status).toBe(200);
    expect((await call("HEAD", "/listed")).status).toBe(403);
    expect((await call("PUT", "/exports")).code).toBe("BucketAlreadyOwnedByYou");
    expect((await call("PUT", "/another")).code).toBe("AccessDenied");
    expect(texts((await call("GET", "/exports?location")).body, "Code")).toEqual([]);
  });
});

describe("uploads in parts", () => {
  const part = Buffer.alloc(5 * 1024 * 1024, "a");
  const begin = async (key: string) =>
    texts(
      (
        await call("POST", `/exports/${key}?uploads`, {
          headers: { "x-amz-meta-a": Buffer.from("ü").toString("latin1") },
        })
      ).body,
      "UploadId",
    )[0]!;
  const send = async (key: string, id: string, number: number, body: Buffer) =>
    (await call("PUT", `/exports/${key}?partNumber=${number}&uploadId=${encodeURIComponent(id)}`, { body }))
      .headers["etag"]!;
  const complete = (key: string, id: string, parts: [number, string][]) =>
    call("POST", `/exports/${key}?uploadId=${encodeURIComponent(id)}`, {
      body: `<CompleteMultipartUpload>${parts.map(([n, e]) => `<Part><PartNumber>${n}</PartNumber><ETag>${e.replaceAll('"', "&quot;")}</ETag></Part>`).join("")}</CompleteMultipartUpload>`,
    });

  it("become the object that their ETags say, once more too", async () => {
    const id = await begin("parts");
    const first = await send("parts", id, 1, part);
    const second = await send("parts", id, 2, Buffer.from("end"));
    await send("parts", id, 3, Buffer.from("left out"));
    expect(first).toBe(`"${md5(part)}"`);
    const listed = (await call("GET", `/exports/parts?uploadId=${encodeURIComponent(id)}`)).body;
    expect(texts(listed, "PartNumber")).toEqual(["1", "2", "3"]);
    expect(
      (
        await complete("parts", id, [
          [2, second],
          [1, first],
        ])
      ).code,
    ).toBe("InvalidPartOrder");
    expect((await complete("parts", id, [[1, second]])).code).toBe("InvalidPart");
    expect(
      (
        await complete("parts", id, [
          [2, second],
          [3, second],
        ])
      ).code,
    ).toBe("EntityTooSmall");
    expect((await complete("parts", id, [])).code).toBe("MalformedXML");
    const done = await complete("parts", id, [
      [1, first],
      [2, second],
    ]);
    const digest = createHash("md5")
      .update(Buffer.from(md5(part) + md5("end"), "hex"))
      .digest("hex");
    expect(texts(done.body, "ETag")).toEqual([`&quot;${digest}-2&quot;`]);
    expect(
      (
        await complete("parts", id, [
          [1, first],
          [2, second],
        ])
      ).status,
    ).toBe(200);
    const head = await call("HEAD", "/exports/parts");
    expect([
      head.headers["etag"],
      head.headers["content-length"],
      Buffer.from(head.headers["x-amz-meta-a"]!, "latin1").toString(),
    ]).toEqual([`"${digest}-2"`, String(part.length + 3), "ü"]);
  });

  it("are listed, filled from other objects, and given up", async () => {
    await call("PUT", "/exports/source", { body: "0123456789" });
    const id = await begin("copied");
    expect(texts((await call("GET", "/exports?uploads&prefix=copied")).body, "UploadId")).toEqual([id]);
    const target = `/exports/copied?partNumber=1&uploadId=${encodeURIComponent(id)}`;
    const copied = await call("PUT", target, {
      headers: { "x-amz-copy-source": "exports/source", "x-amz-copy-source-range": "bytes=2-5" },
    });
    expect(texts(copied.body, "ETag")).toEqual([`&quot;${md5("2345")}&quot;`]);
    const beyond = { "x-amz-copy-source": "exports/source", "x-amz-copy-source-range": "bytes=2-50" };
    expect((await call("PUT", target, { headers: beyond })).code).toBe("InvalidRange");
    expect((await call("DELETE", `/exports/copied?uploadId=${encodeURIComponent(id)}`)).status).toBe(204);
    expect((await call("DELETE", `/exports/copied?uploadId=${encodeURIComponent(id)}`)).code).toBe(
      "NoSuchUpload",
    );
  });
});

it("objects have one grantee, typed as copying programs read it", async () => {
  const { body } = await call("GET", "/exports?acl");
  expect(body).toContain(
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">',
  );
  expect(texts(body, "Permission")).toEqual(["FULL_CONTROL"]);
});

/** Waits until no line of what went before comes any more. */
const settled = async (): Promise<void> => {
  for (let lines = -1; lines !== audit().length; ) {
    lines = audit().length;
    await delay(250);
  }
};

describe("what is not served or not granted", () => {
  it("is refused in S3's words, naming it, and not signed", async () => {
    await settled();
    const before = audit().filter(({ decision }) => decision === "allowed").length;
    expect((await call("GET", "/exports?policy")).code).toBe("NotImplemented");
    expect(
      (await call("PUT", "/exports/x", { body: "x", headers: { "x-amz-tagging": "a=b" } })).body,
    ).toContain("x-amz-tagging");
    expect(
      (await call("PUT", "/exports/x", { body: "x", headers: { "x-amz-acl": "public-read" } })).code,
    ).toBe("AccessControlListNotSupported");
    expect((await call("GET", "/exports/x?versionId=1")).code).toBe("NotImplemented");
    expect((await call("PUT", "/exports/x?partNumber=1", { body: "x" })).code).toBe("InvalidArgument");
    for (const [method, target, headers] of [
      ["GET", "/other/x", {}],
      ["GET", "/exports/nightly/x", {}],
      ["PUT", "/exports/nightly/x", {}],
      ["DELETE", "/exports/nightly/x", {}],
      ["PUT", "/exports/daily/x", { "x-amz-copy-source": "exports/nightly/x" }],
      ["POST", "/exports/nightly/x?uploads", {}],
      ["GET", "/exports?uploads", {}],
    ] as const)
      expect((await call(method, target, { headers }, "narrow")).code, target).toBe("AccessDenied");
    expect((await call("PUT", "/exports/daily/x", { body: "x" }, "reader")).code).toBe("AccessDenied");
    const wrong = await call("GET", "/exports/c", {
      key: { ...world.keysOf("reader"), secretAccessKey: "x", sessionToken: "", expiresMs: undefined },
    });
    expect([wrong.status, wrong.code]).toEqual([403, "SignatureDoesNotMatch"]);
    expect(wrong.body).toContain(`<RequestId>${wrong.headers["x-amz-request-id"]}</RequestId>`);
    await settled();
    expect(audit().filter(({ decision }) => decision === "allowed").length).toBe(before);
  });

  it("has a line for each object in a list to delete that is refused", async () => {
    const name = `nightly/${Date.now()}`;
    const body = `<Delete><Object><Key>${name}</Key></Object><Object><Key>${name}2</Key></Object></Delete>`;
    await call("POST", "/exports?delete", { body }, "narrow");
    await vi.waitFor(() => {
      const lines = audit().filter(({ resource }) => String(resource?.["objectName"]).startsWith(name));
      expect(lines.map(({ decision, code, status }) => [decision, code, status])).toEqual([
        ["refused", "NotGranted", 403],
        ["refused", "NotGranted", 403],
      ]);
    }, 10_000);
  });

  it("is told of each object in a list to delete", async () => {
    for (const name of ["daily/x", "nightly/x"]) await call("PUT", `/exports/${name}`, { body: "x" });
    const gone = await call(
      "POST",
      "/exports?delete",
      {
        body: "<Delete><Object><Key>daily/x</Key></Object><Object><Key>nightly/x</Key></Object><Object><Key>daily/none</Key></Object></Delete>",
      },
      "narrow",
    );
    expect(texts(gone.body, "Key")).toEqual(["daily/x", "nightly/x", "daily/none"]);
    expect(texts(gone.body, "Code")).toEqual(["AccessDenied"]);
    expect((await call("HEAD", "/exports/nightly/x")).status).toBe(200);
    expect((await call("POST", "/exports?delete", { body: "<!DOCTYPE a><Delete/>" })).code).toBe(
      "MalformedXML",
    );
  });
});

it("a name may hold what looks like an escape, but for one that could be taken for another character", async () => {
  expect((await call("PUT", "/exports/c%25ab", { body: "x" })).status).toBe(200);
  expect((await call("GET", "/exports/c%25ab")).body).toBe("x");
  for (const name of ["%25c0%25ae%25c0%25ae/x", "%252e%252e/x", "a%25e0%2580%25ae", "..%2Fx"])
    expect((await call("PUT", `/exports/${name}`, { body: "x" })).code, name).toBe("InvalidArgument");
});

it("a bucket's name may stand in the Host header", async () => {
  const host = `exports.localhost:${new URL(world.url).port}`;
  await call("PUT", "/virtual", { body: "v", host });
  expect((await call("GET", "/exports/virtual")).body).toBe("v");
});

it("keys come from the client's token, by the proxy's other port, and end", async () => {
  const { proxy } = world.proxy;
  const token = readFileSync(proxy.clients["app"]!.tokenFile!, "utf8");
  const response = await fetch(`${proxy.url}/s3/credentials`, { headers: { authorization: token } });
  const keys = (await response.json()) as Record<string, string>;
  const left = Date.parse(keys["Expiration"]!) - Date.now();
  expect(left).toBeGreaterThan(20 * 60_000);
  expect(left).toBeLessThan(31 * 60_000);
  const key = {
    accessKeyId: keys["AccessKeyId"]!,
    secretAccessKey: keys["SecretAccessKey"]!,
    sessionToken: "",
    expiresMs: undefined,
  };
  expect(
    (await call("GET", "/exports/c", { key, headers: { "x-amz-security-token": keys["Token"]! } })).status,
  ).toBe(200);
  expect((await call("GET", "/exports/c", { key })).code).toBe("InvalidAccessKeyId");
  expect((await fetch(`${proxy.url}/s3/credentials`)).status).toBe(401);
});

it("every call has its line, and none has a key in it", () => {
  const lines = audit();
  const copy = lines.filter(({ s3 }) => s3 === "CopyObject");
  expect(copy.map(({ operation }) => operation)).toContain("GetObject");
  expect(copy.map(({ operation }) => operation)).toContain("PutObject");
  const text = JSON.stringify(lines);
  for (const client of ["app", "narrow", "reader", "all"])
    expect(text).not.toContain(world.keysOf(client).secretAccessKey);
});
