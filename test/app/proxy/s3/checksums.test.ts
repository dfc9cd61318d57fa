/** Checksums that an upload was given come back with the object, and those of a whole are what its parts make. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChecksumAlgorithm, createSum } from "../../../../app/proxy/s3/body/checksums.ts";
import { combineCrcs } from "../../../../app/proxy/s3/body/combine.ts";
import { wholeChecksum } from "../../../../app/proxy/s3/operations/whole-checksum.ts";
import { type S3Response, s3Call } from "../../../support/s3-client.ts";
import { type S3World, startS3World } from "../../../support/s3-world.ts";

const ALGORITHMS: readonly ChecksumAlgorithm[] = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];
const HELD_BYTES = 64 * 1024;

const sumOf = (algorithm: ChecksumAlgorithm, ...data: (string | Buffer)[]): string => {
  const sum = createSum(algorithm);
  for (const one of data) sum.update(Buffer.from(one as string));
  return sum.digest().toString("base64");
};

describe("an object's checksum", () => {
  let world: S3World;
  beforeAll(async () => {
    world = await startS3World({ limits: { bufferedBodyBytes: HELD_BYTES } });
  }, 60_000);
  afterAll(() => world.close());

  const call = (method: string, target: string, options: Parameters<typeof s3Call>[4] = {}) =>
    s3Call(world, "app", method, target, options);
  /** Puts an object whose checksum comes in the trailer. */
  const putWithTrailer = (
    key: string,
    algorithm: ChecksumAlgorithm,
    object: string,
    checksum = sumOf(algorithm, object),
  ): Promise<S3Response> => {
    const name = `x-amz-checksum-${algorithm}`;
    const data = object === "" ? "" : `${object.length.toString(16)}\r\n${object}\r\n`;
    return call("PUT", `/exports/${key}`, {
      payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      headers: { "x-amz-decoded-content-length": String(object.length), "x-amz-trailer": name },
      body: `${data}0\r\n${name}:${checksum}\r\n\r\n`,
    });
  };
  const checksumsOf = async (key: string, method = "HEAD") => {
    const got = await call(method, `/exports/${key}`, { headers: { "x-amz-checksum-mode": "ENABLED" } });
    expect(got.status).toBe(200);
    return Object.fromEntries(
      Object.entries(got.headers).flatMap(([name, value]) =>
        name.startsWith("x-amz-checksum-") ? [[name.slice("x-amz-checksum-".length), value]] : [],
      ),
    );
  };

  it.each(ALGORITHMS)("%s comes back, from a header and from a trailer", async (algorithm) => {
    const checksum = sumOf(algorithm, "hello");
    const headers = { [`x-amz-checksum-${algorithm}`]: checksum };
    expect((await call("PUT", "/exports/header", { body: "hello", headers })).status).toBe(200);
    expect((await putWithTrailer("trailer", algorithm, "hello")).headers[`x-amz-checksum-${algorithm}`]).toBe(
      checksum,
    );
    for (const key of ["header", "trailer"])
      for (const method of ["HEAD", "GET"])
        expect(await checksumsOf(key, method)).toMatchObject({ [algorithm]: checksum, type: "FULL_OBJECT" });
    expect((await call("GET", "/exports/trailer")).body).toBe("hello");
    expect((await call("GET", "/exports/trailer")).headers).not.toHaveProperty(`x-amz-checksum-${algorithm}`);
    const attributes = { "x-amz-object-attributes": "Checksum" };
    expect((await call("GET", "/exports/trailer?attributes", { headers: attributes })).body).toContain(
      `<Checksum${algorithm.toUpperCase()}>${checksum}</Checksum${algorithm.toUpperCase()}>`,
    );
  });

  it("of nothing comes back", async () => {
    expect((await putWithTrailer("empty", "crc32", "")).status).toBe(200);
    expect(await checksumsOf("empty")).toMatchObject({ crc32: "AAAAAA==" });
  });

  it("in the trailer of an object that is too long to be held comes back where OCI keeps it", async () => {
    const long = "x".repeat(HELD_BYTES + 1);
    for (const algorithm of ALGORITHMS) {
      expect((await putWithTrailer(`long-${algorithm}`, algorithm, long)).status).toBe(200);
      const native = algorithm === "crc32c" || algorithm === "sha256";
      expect(await checksumsOf(`long-${algorithm}`)).toEqual({
        crc32c: sumOf("crc32c", long),
        ...(native && { [algorithm]: sumOf(algorithm, long) }),
        type: "FULL_OBJECT",
      });
    }
  });

  it("that is wrong in a trailer leaves no object, and no memory taken", async () => {
    for (const object of ["hello", "x".repeat(HELD_BYTES + 1)]) {
      expect((await putWithTrailer("wrong", "crc32", object, "AAAAAA==")).code).toBe("BadDigest");
      expect((await call("HEAD", "/exports/wrong")).status).toBe(404);
    }
    const metrics = await (await fetch(`${world.proxy.proxy.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^keyless_proxy_buffered_bytes 0$/m);
  });

  it("goes with copies, whose metadata may be replaced", async () => {
    await putWithTrailer("source", "crc64nvme", "hello");
    const headers = { "x-amz-copy-source": "/exports/source", "x-amz-metadata-directive": "REPLACE" };
    const copied = { ...headers, "x-amz-checksum-algorithm": "SHA256" };
    expect((await call("PUT", "/exports/copy", { headers: copied })).status).toBe(200);
    expect(await checksumsOf("copy")).toMatchObject({
      crc64nvme: sumOf("crc64nvme", "hello"),
      sha256: sumOf("sha256", "hello"),
    });
  });

  it("of an upload in parts is the composite that OCI makes, or its CRC of the whole", async () => {
    for (const algorithm of ["sha256", "crc32c"] as const) {
      const asked = { "x-amz-checksum-algorithm": algorithm.toUpperCase() };
      const begun = await call("POST", "/exports/parts?uploads", { headers: asked });
      const id = encodeURIComponent(/<UploadId>([^<]*)</.exec(begun.body)![1]!);
      const part = sumOf(algorithm, "hello");
      const sent = await call("PUT", `/exports/parts?uploadId=${id}&partNumber=1`, {
        body: "hello",
        headers: { [`x-amz-checksum-${algorithm}`]: part },
      });
      const name = `Checksum${algorithm.toUpperCase()}`;
      const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${sent.headers["etag"]}</ETag><${name}>${part}</${name}></Part></CompleteMultipartUpload>`;
      const completed = (await call("POST", `/exports/parts?uploadId=${id}`, { body })).body;
      const type = algorithm === "sha256" ? "COMPOSITE" : "FULL_OBJECT";
      const whole = algorithm === "sha256" ? `${sumOf("sha256", Buffer.from(part, "base64"))}-1` : part;
      expect(completed).toContain(`<${name}>${whole}</${name}><ChecksumType>${type}</ChecksumType>`);
      expect(await checksumsOf("parts")).toEqual({ [algorithm]: whole, type });
    }
  });
});

describe("the checksum of a whole", () => {
  const parts = ["a".repeat(100_001), "b".repeat(100_001), "", "the end"];
  const summed = (algorithm: ChecksumAlgorithm, known = true) =>
    parts.map((part) => ({
      checksums: { [algorithm]: sumOf(algorithm, part) },
      lengthBytes: known ? part.length : undefined,
    }));
  const compositeOf = (algorithm: ChecksumAlgorithm) =>
    `${sumOf(algorithm, ...parts.map((part) => Buffer.from(sumOf(algorithm, part), "base64")))}-4`;

  it.each(["crc32", "crc32c", "crc64nvme"] as const)("by %s follows from those of its parts", (algorithm) => {
    const all = parts.map((part) => ({ checksum: sumOf(algorithm, part), lengthBytes: part.length }));
    expect(combineCrcs(algorithm, all)).toBe(sumOf(algorithm, ...parts));
  });

  it("is combined for 10,000 parts before anybody waits", () => {
    // The processor's time: others may have it meanwhile.
    const before = process.cpuUsage();
    const one = { checksum: sumOf("crc64nvme", "a"), lengthBytes: 5 * 1024 * 1024 };
    combineCrcs(
      "crc64nvme",
      Array.from({ length: 10_000 }, () => one),
    );
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  });

  it.each([
    ["crc32", "FULL_OBJECT"],
    ["crc32", "COMPOSITE"],
    ["crc32c", "COMPOSITE"],
    ["crc64nvme", "FULL_OBJECT"],
    ["sha1", "COMPOSITE"],
    ["sha256", "COMPOSITE"],
  ] as const)("by %s, %s, is verified and answered", (algorithm, type) => {
    const right = type === "COMPOSITE" ? compositeOf(algorithm) : sumOf(algorithm, ...parts);
    const header = `x-amz-checksum-${algorithm}`;
    const answer = [
      [`Checksum${algorithm.toUpperCase()}`, right],
      ["ChecksumType", type],
    ];
    const named = new Map<string, string>([["x-amz-checksum-type", type]]);
    expect(wholeChecksum(named, summed(algorithm))).toEqual(answer);
    expect(wholeChecksum(new Map(named).set(header, right), summed(algorithm))).toEqual(answer);
    const wrong = new Map(named).set(header, type === "COMPOSITE" ? "AAAA-4" : "AAAA");
    expect(() => wholeChecksum(wrong, summed(algorithm))).toThrow(/not what the parts' checksums make/);
  });

  it("is answered as it is said where the parts say nothing, and a composite is refused then", () => {
    const none = [{ checksums: {}, lengthBytes: 5 }];
    expect(wholeChecksum(new Map(), none)).toEqual([]);
    expect(wholeChecksum(new Map([["x-amz-checksum-crc32", "NhCmhg=="]]), none)).toEqual([
      ["ChecksumCRC32", "NhCmhg=="],
      ["ChecksumType", "FULL_OBJECT"],
    ]);
    expect(() => wholeChecksum(new Map([["x-amz-checksum-sha1", "AAAA-1"]]), none)).toThrow();
    expect(wholeChecksum(new Map(), summed("crc32", false))).toEqual([]);
    expect(() => wholeChecksum(new Map(), [{ checksums: { crc32: "?" }, lengthBytes: 5 }])).toThrow(
      /no such checksum/,
    );
  });
});
