/** What Amazon's SDK for JavaScript signs and frames, over a real connection. */
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { objectBody } from "../../../../app/proxy/s3/body/object-body.ts";
import { S3Error } from "../../../../app/proxy/s3/errors.ts";
import { readHeaders } from "../../../../app/proxy/s3/signature/headers.ts";
import { findKey, makeKey } from "../../../../app/proxy/s3/signature/keys.ts";
import { verifyRequest } from "../../../../app/proxy/s3/signature/verify.ts";
import { skipUnless } from "../../../support/skip.ts";
import { sha256 } from "./signer.ts";

const SDK = join(import.meta.dirname, "../../../../.keyless/aws-sdk-js/node_modules");
const { describe, it } = skipUnless(existsSync(SDK), "@aws-sdk/client-s3 is not in .keyless/aws-sdk-js");

interface Command {
  new (input: object): object;
}
interface Client {
  send(command: object): Promise<object>;
}
interface Sdk {
  S3Client: new (settings: object) => Client;
  PutObjectCommand: Command;
  GetObjectCommand: Command;
  ListObjectsV2Command: Command;
  CopyObjectCommand: Command;
  UploadPartCommand: Command;
}
interface Presigner {
  getSignedUrl(client: Client, command: object, options: object): Promise<string>;
}

const accepted = [{ client: "app", digest: Buffer.from(sha256("token")), untilMs: Number.POSITIVE_INFINITY }];
const key = makeKey(accepted[0]!.digest, Date.now() + 3_600_000);

/** What the last request was verified to be. */
let seen: { kind: string; body: Buffer; checksums: object; error?: string };
let server: Server;
let endpoint: string;
let sdk: Sdk;
let presigner: Presigner;
let client: Client;

const take = async (request: IncomingMessage): Promise<void> => {
  const { method, url, rawHeaders } = request as Required<IncomingMessage>;
  const find = (id: string) => findKey(id, accepted, Date.now());
  const verified = verifyRequest({ method, url, rawHeaders }, find, Date.now());
  seen = { kind: verified.payload.kind, body: Buffer.alloc(0), checksums: {} };
  if (method === "GET") return;
  const object = objectBody(request, verified, readHeaders(rawHeaders));
  const pieces: Buffer[] = [];
  for await (const piece of object.stream) pieces.push(piece as Buffer);
  seen = { ...seen, body: Buffer.concat(pieces), checksums: object.digests().checksums };
  expect(object.lengthBytes).toBe(seen.body.length);
};

beforeAll(async () => {
  if (!existsSync(SDK)) return;
  const load = createRequire(join(SDK, "x.js"));
  sdk = load("@aws-sdk/client-s3") as Sdk;
  presigner = load("@aws-sdk/s3-request-presigner") as Presigner;
  server = createServer((request, response) => {
    take(request).then(
      () => response.end("<Result/>"),
      (error: unknown) => {
        seen = { ...seen, error: error instanceof S3Error ? error.code : String(error) };
        response.writeHead(error instanceof S3Error ? error.status : 500).end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = clientWith(key.secretAccessKey);
});
afterAll(() => server?.close());
beforeEach(() => {
  seen = { kind: "none", body: Buffer.alloc(0), checksums: {} };
});

const clientWith = (secretAccessKey: string): Client =>
  new sdk.S3Client({
    endpoint,
    forcePathStyle: true,
    region: "eu-frankfurt-1",
    maxAttempts: 1,
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey, sessionToken: key.sessionToken },
  });

const MIB = Buffer.alloc(1024 * 1024 + 7, "some content of an object. ");
const KEYS = ["plain", "dir/a b+ü%.txt", "=a(b)'c*!@:,;&$", "a//b/.c", "日本/é", "~.-_", "a%2Fb?c#d"];

describe("Amazon's SDK for JavaScript", () => {
  for (const Key of KEYS) {
    it(`puts, gets and presigns ${Key}`, async () => {
      const about = { Bucket: "demo", Key };
      await client.send(
        new sdk.PutObjectCommand({ ...about, Body: "hello", Metadata: { color: "blue  and red" } }),
      );
      expect(seen).toMatchObject({ kind: "whole", body: Buffer.from("hello") });
      await client.send(new sdk.GetObjectCommand(about));
      const url = await presigner.getSignedUrl(client, new sdk.GetObjectCommand(about), { expiresIn: 60 });
      expect((await fetch(url)).status).toBe(200);
      expect(seen.kind).toBe("unsigned");
      expect((await fetch(url.replace("/demo/", "/demo2/"))).status).toBe(403);
    });
  }

  it("lists with every parameter, and copies", async () => {
    await client.send(
      new sdk.ListObjectsV2Command({ Bucket: "demo", Prefix: "a b/+&=", Delimiter: "/", MaxKeys: 5 }),
    );
    await client.send(new sdk.CopyObjectCommand({ Bucket: "demo", Key: "b", CopySource: "demo/a%20b" }));
    expect(seen.kind).toBe("whole");
  });

  for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
    it(`puts a stream in chunks, and a part, with ${algorithm}`, async () => {
      const name = algorithm.toLowerCase();
      const about = { Bucket: "demo", Key: "a", ChecksumAlgorithm: algorithm };
      await client.send(
        new sdk.PutObjectCommand({ ...about, Body: Readable.from([MIB]), ContentLength: MIB.length }),
      );
      expect(seen.kind).toBe("chunks");
      expect(seen.body.equals(MIB)).toBe(true);
      const inTrailer = seen.checksums;
      expect(Object.keys(inTrailer)).toEqual([name]);
      await client.send(new sdk.UploadPartCommand({ ...about, UploadId: "u/+", PartNumber: 1, Body: MIB }));
      expect(seen.kind).toBe("whole");
      expect(seen.checksums).toMatchObject(inTrailer);
    });
  }

  it("puts by a presigned URL, whatever checksum of nothing is in it", async () => {
    const command = new sdk.PutObjectCommand({ Bucket: "demo", Key: "a" });
    const url = await presigner.getSignedUrl(client, command, { expiresIn: 60 });
    expect((await fetch(url, { method: "PUT", body: "hello" })).status).toBe(200);
    expect(seen.body.toString()).toBe("hello");
    expect((await fetch(`${url}&x=y`, { method: "PUT", body: "hello" })).status).toBe(403);
  });

  it("is refused with another secret", async () => {
    const other = clientWith("another");
    await expect(other.send(new sdk.GetObjectCommand({ Bucket: "demo", Key: "a" }))).rejects.toThrow();
    expect(seen.error).toBe("SignatureDoesNotMatch");
  });
});
