/** Bodies of objects: what arrives is what was sent, and the last byte only when all is verified. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Asked, type Digests, objectBody } from "../../../../app/proxy/s3/body/object-body.ts";
import { S3Error } from "../../../../app/proxy/s3/errors.ts";
import { byName, chunkSigner, inPieces, sha256, signed, type TestRequest, verify } from "./signer.ts";

const T = "20130524T000000Z";
const NOW = Date.UTC(2013, 4, 24);

const base64 = (algorithm: string, data: Buffer): string =>
  createHash(algorithm).update(data).digest("base64");
const crc32Of = (data: Buffer): string => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(data));
  return sum.toString("base64");
};

/** A signed PUT. */
const put = (payload: string, more: [string, string][] = []): TestRequest =>
  signed({
    method: "PUT",
    url: "/demo/a",
    headers: [["Host", "h"], ["x-amz-date", T], ["x-amz-content-sha256", payload], ...more],
  });

interface Outcome {
  /** All that was passed on. */
  passed: Buffer;
  error: S3Error | undefined;
  digests: Digests | undefined;
}

/** Sends a body and takes what is passed on. */
const send = async (request: TestRequest, body: Readable, asked?: Asked): Promise<Outcome> => {
  const passed: Buffer[] = [];
  try {
    const object = objectBody(body, verify(request, NOW), byName(request), asked);
    for await (const data of object.stream) passed.push(data as Buffer);
    await object.verified;
    return { passed: Buffer.concat(passed), error: undefined, digests: object.digests() };
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return { passed: Buffer.concat(passed), error, digests: undefined };
  }
};

const A64K = Buffer.alloc(65_536, "a");
const A65K = Buffer.alloc(66_560, "a");

describe("Amazon's published examples", () => {
  const authorization = (names: string, signature: string): [string, string] => [
    "Authorization",
    `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names},Signature=${signature}`,
  ];
  const common: [string, string][] = [
    ["Host", "s3.amazonaws.com"],
    ["x-amz-date", T],
    ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
    ["Content-Encoding", "aws-chunked"],
    ["x-amz-decoded-content-length", "66560"],
  ];
  const chunks = (...signatures: string[]): Buffer[] => [
    Buffer.from(`10000;chunk-signature=${signatures[0]}\r\n`),
    A64K,
    Buffer.from(`\r\n400;chunk-signature=${signatures[1]}\r\n`),
    Buffer.alloc(1024, "a"),
    Buffer.from(`\r\n0;chunk-signature=${signatures[2]}\r\n`),
  ];

  it("signed chunks", async () => {
    const request: TestRequest = {
      method: "PUT",
      url: "/examplebucket/chunkObject.txt",
      headers: [
        ...common,
        ["x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"],
        ["Content-Length", "66824"],
        authorization(
          "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
          "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        ),
      ],
    };
    const body = [
      ...chunks(
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
      ),
      Buffer.from("\r\n"),
    ];
    expect(Buffer.concat(body).length).toBe(66_824);
    const { error, passed } = await send(request, inPieces(body));
    expect(error).toBeUndefined();
    expect(passed.equals(A65K)).toBe(true);
  });

  it("signed chunks with a signed trailer", async () => {
    const request: TestRequest = {
      method: "PUT",
      url: "/examplebucket/chunkObject.txt",
      headers: [
        ...common,
        ["x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"],
        ["x-amz-trailer", "x-amz-checksum-crc32c"],
        authorization(
          "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
          "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        ),
      ],
    };
    const body = [
      ...chunks(
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
      ),
      Buffer.from(
        "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
      ),
    ];
    const { error, passed, digests } = await send(request, inPieces(body));
    expect(error).toBeUndefined();
    expect(passed.equals(A65K)).toBe(true);
    expect(digests?.checksums).toEqual({ crc32c: "sOO8/Q==" });
  });
});

describe("a body in one piece", () => {
  const data = Buffer.from("Welcome to Amazon S3.");
  const length: [string, string] = ["Content-Length", String(data.length)];

  it("of every length is what it was", async () => {
    for (const size of [0, 1, 2, 1000, 65_536, 200_000]) {
      const body = Buffer.alloc(size, "xyz");
      const { error, passed } = await send(
        put(sha256(body), [["Content-Length", String(size)]]),
        inPieces(size ? [body] : []),
      );
      expect(error).toBeUndefined();
      expect(passed.equals(body)).toBe(true);
    }
  });

  it("has every digest that was sent or asked for", async () => {
    const headers: [string, string][] = [
      length,
      ["Content-MD5", base64("md5", data)],
      ["x-amz-checksum-sha1", base64("sha1", data)],
    ];
    const { digests } = await send(put("UNSIGNED-PAYLOAD", headers), inPieces([data]), {
      checksums: ["crc32", "crc32c", "crc64nvme"],
    });
    expect(digests?.md5?.toString("base64")).toBe(base64("md5", data));
    expect(digests?.checksums).toMatchObject({ sha1: base64("sha1", data), crc32: crc32Of(data) });
    expect(Object.keys(digests!.checksums).sort()).toEqual(["crc32", "crc32c", "crc64nvme", "sha1"]);
  });

  const other = Buffer.from("other");
  it.each<[string, string, [string, string][], string]>([
    ["the payload", sha256(other), [], "XAmzContentSHA256Mismatch"],
    ["Content-MD5", "UNSIGNED-PAYLOAD", [["Content-MD5", base64("md5", other)]], "BadDigest"],
    ["CRC32", sha256(data), [["x-amz-checksum-crc32", crc32Of(other)]], "BadDigest"],
    ["CRC32C", "UNSIGNED-PAYLOAD", [["x-amz-checksum-crc32c", "AAAAAA=="]], "BadDigest"],
    ["CRC64NVME", "UNSIGNED-PAYLOAD", [["x-amz-checksum-crc64nvme", "AAAAAAAAAAA="]], "BadDigest"],
    ["SHA-1", "UNSIGNED-PAYLOAD", [["x-amz-checksum-sha1", base64("sha1", other)]], "BadDigest"],
    ["SHA-256", sha256(data), [["x-amz-checksum-sha256", base64("sha256", other)]], "BadDigest"],
    ["an MD5 that is none", "UNSIGNED-PAYLOAD", [["Content-MD5", "rL0Y20zC+Fzt72VPzMSk"]], "InvalidDigest"],
    ["an empty MD5", "UNSIGNED-PAYLOAD", [["Content-MD5", ""]], "InvalidDigest"],
    ["a CRC32 that is none", "UNSIGNED-PAYLOAD", [["x-amz-checksum-crc32", "AAAA"]], "BadDigest"],
    ["a CRC32 in another spelling", "UNSIGNED-PAYLOAD", [["x-amz-checksum-crc32", "AAAAAB=="]], "BadDigest"],
    ["an algorithm that is none", "UNSIGNED-PAYLOAD", [["x-amz-checksum-md4", "AAAA"]], "InvalidRequest"],
    [
      "a trailer that will not come",
      "UNSIGNED-PAYLOAD",
      [["x-amz-trailer", "x-amz-checksum-crc32"]],
      "MalformedTrailerError",
    ],
  ])("is not passed on whole when %s is wrong", async (_, payload, headers, code) => {
    for (const pieces of [[data], [...data].map((byte) => Buffer.of(byte))]) {
      const { error, passed } = await send(put(payload, [length, ...headers]), inPieces(pieces));
      expect(error?.code).toBe(code);
      expect(passed.length).toBeLessThan(data.length);
    }
  });

  it("that is shorter than was said is not passed on whole", async () => {
    const { error, passed } = await send(
      put("UNSIGNED-PAYLOAD", [["Content-Length", "22"]]),
      inPieces([data]),
    );
    expect(error?.code).toBe("IncompleteBody");
    expect(passed.length).toBe(0);
  });

  it("that breaks off is destroyed", async () => {
    for (const how of [new Error("reset"), undefined]) {
      const request = new PassThrough();
      request.write(data);
      setImmediate(() => request.destroy(how));
      expect((await send(put("UNSIGNED-PAYLOAD"), request)).error?.code).toBe("IncompleteBody");
    }
    const gone = new PassThrough();
    gone.destroy();
    await once(gone, "close");
    expect((await send(put("UNSIGNED-PAYLOAD"), gone)).error?.code).toBe("IncompleteBody");
  });

  it("leaves the request open when it is wrong, for an answer", async () => {
    const request = new PassThrough();
    request.end(data);
    expect((await send(put(sha256(other), [length]), request)).error?.code).toBe("XAmzContentSHA256Mismatch");
    expect(request.errored).toBeNull();
  });

  it("of no bytes is verified before anybody reads it", async () => {
    const empty = (payload: string) => {
      const request = put(payload, [["Content-Length", "0"]]);
      return objectBody(inPieces([]), verify(request, NOW), byName(request));
    };
    await expect(empty(sha256("")).verified).resolves.toBeUndefined();
    const wrong = empty(sha256("x"));
    expect(() => wrong.digests()).toThrow("not verified");
    await expect(wrong.verified).rejects.toMatchObject({ code: "XAmzContentSHA256Mismatch" });
  });

  it("is read no faster than it is taken", async () => {
    let sent = 0;
    const endless = new Readable({
      read() {
        sent += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    const request = put("UNSIGNED-PAYLOAD");
    const { stream } = objectBody(endless, verify(request, NOW), byName(request));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sent).toBeLessThan(1024 * 1024);
    stream.on("error", () => undefined);
    stream.destroy();
    endless.destroy();
  });
});

const CRC32: [string, string] = ["x-amz-trailer", "x-amz-checksum-crc32"];

/** A body in unsigned chunks. */
const unsignedBody = (data: Buffer, sizes: number[], tail: string): Buffer => {
  const parts: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    const chunk = data.subarray(at, at + size);
    at += size;
    if (chunk.length > 0)
      parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from(`0\r\n${tail}`)]);
};
const unsignedPut = (length: number, trailer: [string, string] = CRC32): TestRequest =>
  put("STREAMING-UNSIGNED-PAYLOAD-TRAILER", [["x-amz-decoded-content-length", String(length)], trailer]);

/** A body in signed chunks, and how its parts come together. */
const signedParts = (request: TestRequest, data: Buffer, size: number, withTrailer: boolean) => {
  const signer = chunkSigner(request);
  const chunks: Buffer[] = [];
  for (let at = 0; at <= data.length; at += size) {
    const chunk = data.subarray(at, at + size);
    if (chunk.length === 0) break;
    chunks.push(
      Buffer.concat([
        Buffer.from(`${chunk.length.toString(16)};chunk-signature=${signer.chunk(chunk)}\r\n`),
        chunk,
        Buffer.from("\r\n"),
      ]),
    );
  }
  const last = Buffer.from(`0;chunk-signature=${signer.chunk(Buffer.alloc(0))}\r\n`);
  const line = `x-amz-checksum-crc32:${crc32Of(data)}`;
  const tail = withTrailer
    ? `${line}\r\nx-amz-trailer-signature:${signer.trailer(`${line}\n`)}\r\n\r\n`
    : "\r\n";
  return { chunks, last, tail };
};
const signedPut = (length: number, trailer: boolean): TestRequest =>
  put(`STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? "-TRAILER" : ""}`, [
    ["x-amz-decoded-content-length", String(length)],
    ...(trailer ? [CRC32] : []),
  ]);

/** Cuts at these places, each a fraction of the length. */
const cut = (body: Buffer, at: number[]): Buffer[] => {
  const places = [0, ...at.map((one) => Math.floor(one * body.length)).sort((a, b) => a - b), body.length];
  return places.slice(1).map((place, i) => body.subarray(places[i], place));
};

describe("a body in chunks", () => {
  const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });

  it("decodes alike however it is cut: unsigned", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 12 }),
        fractions,
        async (bytes, sizes, at) => {
          const data = Buffer.from(bytes);
          const body = unsignedBody(data, [...sizes, 3000], `x-amz-checksum-crc32:${crc32Of(data)}\r\n\r\n`);
          const { error, passed, digests } = await send(unsignedPut(data.length), inPieces(cut(body, at)));
          expect(error).toBeUndefined();
          expect(passed.equals(data)).toBe(true);
          expect(digests?.checksums.crc32).toBe(crc32Of(data));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("decodes alike however it is cut: signed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30_000 }),
        fc.integer({ min: 8192, max: 16_384 }),
        fc.boolean(),
        fractions,
        async (length, size, trailer, at) => {
          const data = Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 0xff));
          const request = signedPut(length, trailer);
          const { chunks, last, tail } = signedParts(request, data, size, trailer);
          const body = Buffer.concat([...chunks, last, Buffer.from(tail)]);
          const { error, passed } = await send(request, inPieces(cut(body, at)));
          expect(error).toBeUndefined();
          expect(passed.equals(data)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("decodes byte by byte", async () => {
    const data = Buffer.from("hello world");
    const body = unsignedBody(data, [3, 3, 5], `x-amz-checksum-crc32:${crc32Of(data)}\r\n\r\n`);
    const { passed } = await send(unsignedPut(11), inPieces([...body].map((byte) => Buffer.of(byte))));
    expect(passed.toString()).toBe("hello world");
  });

  const data = Buffer.from("hello");
  const LINE = `x-amz-checksum-crc32:${crc32Of(data)}`;
  it.each([
    ["with CR LF", `${LINE}\r\n\r\n`],
    ["with LF and an empty line, as minio-go does", `${LINE}\n\r\n\r\n`],
    ["with a blank and in capitals", `X-Amz-Checksum-CRC32: ${crc32Of(data)}\r\n\r\n`],
  ])("takes a trailer %s", async (_, tail) => {
    const { error, passed } = await send(unsignedPut(5), inPieces([unsignedBody(data, [5], tail)]));
    expect(error).toBeUndefined();
    expect(passed.toString()).toBe("hello");
  });

  it("takes a signed trailer as minio-go writes it", async () => {
    const request = signedPut(5, true);
    const { chunks, last, tail } = signedParts(request, data, 8192, true);
    const body = Buffer.concat([...chunks, last, Buffer.from(tail.replace("\r\n", "\n\r\n"))]);
    expect((await send(request, inPieces([body]))).error).toBeUndefined();
  });

  const framed = (tail: string): Buffer => unsignedBody(data, [5], tail);
  it.each<[string, Buffer, string]>([
    [
      "a checksum that is another",
      framed(`x-amz-checksum-crc32:${crc32Of(Buffer.from("x"))}\r\n\r\n`),
      "BadDigest",
    ],
    ["no trailer", framed("\r\n"), "MalformedTrailerError"],
    ["nothing behind the last chunk", framed(""), "MalformedTrailerError"],
    ["no empty line behind the trailer", framed(`${LINE}\r\n`), "MalformedTrailerError"],
    [
      "another name in the trailer",
      framed(LINE.replace("crc32", "crc32c").concat("\r\n\r\n")),
      "MalformedTrailerError",
    ],
    ["a line more in the trailer", framed(`${LINE}\r\nx-amz-meta-a:b\r\n\r\n`), "MalformedTrailerError"],
    ["a checksum twice", framed(`${LINE}\r\n${LINE}\r\n\r\n`), "MalformedTrailerError"],
    [
      "an unasked signature",
      framed(`${LINE}\r\nx-amz-trailer-signature:${"0".repeat(64)}\r\n\r\n`),
      "MalformedTrailerError",
    ],
    ["a checksum that is no base64", framed("x-amz-checksum-crc32:!!!\r\n\r\n"), "MalformedTrailerError"],
    ["an empty checksum", framed("x-amz-checksum-crc32:\r\n\r\n"), "MalformedTrailerError"],
    ["a trailer that is too long", framed(`${LINE}${" ".repeat(5000)}\r\n\r\n`), "InvalidRequest"],
    ["bytes behind the end", framed(`${LINE}\r\n\r\nmore`), "MalformedTrailerError"],
    [
      "a second body behind the end",
      Buffer.concat([framed(`${LINE}\r\n\r\n`), framed(`${LINE}\r\n\r\n`)]),
      "MalformedTrailerError",
    ],
    ["a chunk's header without end", Buffer.from("5".repeat(200)), "InvalidRequest"],
    ["a chunk's size that is none", Buffer.from("5g\r\nhello\r\n0\r\n\r\n"), "InvalidRequest"],
    ["a negative size", Buffer.from("-5\r\nhello\r\n0\r\n\r\n"), "InvalidRequest"],
    ["a size with 0x", Buffer.from("0x5\r\nhello\r\n0\r\n\r\n"), "InvalidRequest"],
    ["a size above what numbers hold", Buffer.from(`${"f".repeat(14)}\r\nhello`), "InvalidRequest"],
    ["an empty size", Buffer.from("\r\nhello\r\n0\r\n\r\n"), "InvalidRequest"],
    ["an extension", Buffer.from(`5;x=y\r\nhello\r\n0\r\n${LINE}\r\n\r\n`), "InvalidRequest"],
    [
      "a signature in unsigned chunks",
      Buffer.from(`5;chunk-signature=${"0".repeat(64)}\r\nhello\r\n0\r\n`),
      "InvalidRequest",
    ],
    ["a line that ends in LF", Buffer.from(`5\nhello\r\n0\r\n${LINE}\r\n\r\n`), "InvalidRequest"],
    [
      "a line that ends in LF behind a blank",
      Buffer.from(`5 \nhello\r\n0\r\n${LINE}\r\n\r\n`),
      "InvalidRequest",
    ],
    ["an empty line that ends in LF", framed(`${LINE}\r\n\n`), "MalformedTrailerError"],
    [
      "a chunk that is longer than it says",
      Buffer.from(`4\r\nhello\r\n0\r\n${LINE}\r\n\r\n`),
      "InvalidRequest",
    ],
    [
      "a chunk that is shorter than it says",
      Buffer.from(`5\r\nhell\r\n0\r\n${LINE}\r\n\r\n`),
      "InvalidRequest",
    ],
    ["more than was announced", Buffer.from(`6\r\nhello!\r\n0\r\n${LINE}\r\n\r\n`), "IncompleteBody"],
    [
      "more than was announced, in a second chunk",
      Buffer.from("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"),
      "IncompleteBody",
    ],
    ["less than was announced", Buffer.from(`4\r\nhell\r\n0\r\n${LINE}\r\n\r\n`), "IncompleteBody"],
    ["no last chunk", Buffer.from("5\r\nhello\r\n"), "IncompleteBody"],
    ["half a chunk", Buffer.from("5\r\nhel"), "IncompleteBody"],
    ["no chunks at all", Buffer.from("hello"), "IncompleteBody"],
    ["nothing", Buffer.alloc(0), "IncompleteBody"],
  ])("unsigned with %s is not passed on whole", async (_, body, code) => {
    for (const pieces of [[body], [...body].map((byte) => Buffer.of(byte))]) {
      const { error, passed } = await send(unsignedPut(5), inPieces(pieces));
      expect(error?.code).toBe(code);
      expect(passed.length).toBeLessThan(5);
    }
  });

  it("passes on no more than was announced", async () => {
    const long = unsignedBody(Buffer.alloc(300_000), [300_000], "\r\n");
    const { error, passed } = await send(unsignedPut(5), inPieces(cut(long, [0.2, 0.4, 0.6, 0.8])));
    expect(error?.code).toBe("IncompleteBody");
    expect(passed.length).toBe(0);
  });

  it("takes no trailer that was not announced", async () => {
    const request = put("STREAMING-UNSIGNED-PAYLOAD-TRAILER", [["x-amz-decoded-content-length", "5"]]);
    expect((await send(request, inPieces([framed("\r\n")]))).error).toBeUndefined();
    expect((await send(request, inPieces([framed(`${LINE}\r\n\r\n`)]))).error?.code).toBe(
      "MalformedTrailerError",
    );
  });

  it.each(["x-amz-meta-a", "", "x-amz-checksum-crc32,x-amz-checksum-crc32", "x-amz-checksum-type", "etag"])(
    "takes no announcement of %j",
    async (name) => {
      const { error } = await send(unsignedPut(5, ["x-amz-trailer", name]), inPieces([framed("\r\n")]));
      expect(error?.code).toBe("InvalidRequest");
    },
  );

  const big = Buffer.from(Array.from({ length: 20_000 }, (_, i) => i & 0xff));
  type Parts = ReturnType<typeof signedParts>;
  it.each<[string, boolean, (parts: Parts) => (Buffer | string)[], string]>([
    [
      "a changed byte",
      false,
      ({ chunks: [a, b, c], last, tail }) => [a!, flip(b!, 200), c!, last, tail],
      "SignatureDoesNotMatch",
    ],
    [
      "a changed byte in the last chunk",
      false,
      ({ chunks: [a, b, c], last, tail }) => [a!, b!, flip(c!, 200), last, tail],
      "SignatureDoesNotMatch",
    ],
    [
      "a changed signature",
      false,
      ({ chunks: [a, b, c], last, tail }) => [a!, flip(b!, 30), c!, last, tail],
      "SignatureDoesNotMatch",
    ],
    [
      "another signature of the last chunk",
      false,
      ({ chunks, last, tail }) => [...chunks, flip(last, 30), tail],
      "SignatureDoesNotMatch",
    ],
    [
      "chunks in another order",
      false,
      ({ chunks: [a, b, c], last, tail }) => [b!, a!, c!, last, tail],
      "SignatureDoesNotMatch",
    ],
    [
      "a chunk twice",
      false,
      ({ chunks: [a, , c], last, tail }) => [a!, a!, c!, last, tail],
      "SignatureDoesNotMatch",
    ],
    [
      "a chunk less",
      false,
      ({ chunks: [a, b], last, tail }) => [a!, b!, last, tail],
      "SignatureDoesNotMatch",
    ],
    ["no last chunk", false, ({ chunks }) => chunks, "IncompleteBody"],
    [
      "a signature in capitals",
      false,
      ({ chunks: [a, ...rest], last, tail }) => [
        a!.toString("latin1").replace(/=[0-9a-f]{64}/, (s) => s.toUpperCase()),
        ...rest,
        last,
        tail,
      ],
      "InvalidRequest",
    ],
    [
      "no signature",
      false,
      ({ chunks: [a, ...rest], last, tail }) => [
        a!.toString("latin1").replace(/;chunk-signature=[0-9a-f]{64}/, ""),
        ...rest,
        last,
        tail,
      ],
      "InvalidRequest",
    ],
    [
      "a trailer that was not signed for",
      false,
      ({ chunks, last }) => [...chunks, last, "x-amz-checksum-crc32:AAAAAA==\r\n\r\n"],
      "MalformedTrailerError",
    ],
    [
      "bytes behind the end",
      false,
      ({ chunks, last, tail }) => [...chunks, last, tail, "\r\n"],
      "MalformedTrailerError",
    ],
    [
      "another checksum in the trailer",
      true,
      ({ chunks, last, tail }) => [...chunks, last, tail.replace(/crc32:.{6}/, "crc32:AAAAAA")],
      "SignatureDoesNotMatch",
    ],
    [
      "another signature of the trailer",
      true,
      ({ chunks, last, tail }) => [...chunks, last, tail.replace(/signature:.{8}/, "signature:00000000")],
      "SignatureDoesNotMatch",
    ],
    [
      "no signature of the trailer",
      true,
      ({ chunks, last, tail }) => [...chunks, last, tail.replace(/x-amz-trailer-signature.*\r\n/, "")],
      "MalformedTrailerError",
    ],
    [
      "the signature of the trailer first",
      true,
      ({ chunks, last, tail }) => [...chunks, last, tail.replace(/^(.*\r\n)(.*\r\n)/, "$2$1")],
      "MalformedTrailerError",
    ],
    [
      "only the signature of the trailer",
      true,
      ({ chunks, last, tail }) => [...chunks, last, tail.replace(/^.*\r\n/, "")],
      "MalformedTrailerError",
    ],
    ["no trailer", true, ({ chunks, last }) => [...chunks, last, "\r\n"], "MalformedTrailerError"],
  ])("signed with %s is not passed on whole", async (_, trailer, change, code) => {
    const request = signedPut(big.length, trailer);
    const parts = signedParts(request, big, 8192, trailer);
    const whole = Buffer.concat([...parts.chunks, parts.last, Buffer.from(parts.tail)]);
    expect((await send(request, inPieces([whole]))).error).toBeUndefined();
    const body = Buffer.concat(
      change(parts).map((one) => (typeof one === "string" ? Buffer.from(one, "latin1") : one)),
    );
    for (const pieces of [[body], cut(body, [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])]) {
      const { error, passed } = await send(request, inPieces(pieces));
      expect(error?.code).toBe(code);
      expect(passed.length).toBeLessThan(big.length);
    }
  });

  it("takes the chain of another request for none of its own", async () => {
    const request = signedPut(5, false);
    const other = signed({ ...request, url: "/demo/b", headers: request.headers.slice(0, -1) });
    const { chunks, last, tail } = signedParts(other, data, 8192, false);
    const { error } = await send(request, inPieces([...chunks, last, Buffer.from(tail)]));
    expect(error?.code).toBe("SignatureDoesNotMatch");
  });

  it("signed in small chunks is refused: each costs two digests", async () => {
    const request = signedPut(20_000, false);
    const { chunks, last, tail } = signedParts(request, big, 8191, false);
    const { error } = await send(request, inPieces([...chunks, last, Buffer.from(tail)]));
    expect(error).toMatchObject({ code: "InvalidChunkSizeError", status: 403 });
  });
});

/** A copy with one character or byte changed. */
function flip(part: Buffer, at: number): Buffer {
  const copy = Buffer.from(part);
  copy[at] = copy[at] === 0x30 ? 0x31 : 0x30;
  return copy;
}
