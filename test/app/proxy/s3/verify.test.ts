/** Signatures of requests: Amazon's published examples, and what clients send. */
import { describe, expect, it } from "vitest";
import { S3Error } from "../../../../app/proxy/s3/errors.ts";
import type { AccessKey } from "../../../../app/proxy/s3/signature/keys.ts";
import {
  EMPTY_SHA256,
  EXAMPLE,
  presigned,
  type SignOptions,
  sha256,
  signed,
  type TestRequest,
  verify,
} from "./signer.ts";

const T = "20130524T000000Z";
const NOW = Date.UTC(2013, 4, 24);
const HOST: [string, string] = ["Host", "examplebucket.s3.amazonaws.com"];

const authorization = (names: string, signature: string): [string, string] => [
  "Authorization",
  `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
];

/** The error of a request. */
const refusal = (request: TestRequest, nowMs = NOW, key?: AccessKey): S3Error => {
  try {
    verify(request, nowMs, key);
  } catch (error) {
    if (error instanceof S3Error) return error;
    throw error;
  }
  throw new Error("was accepted");
};

describe("Amazon's published examples", () => {
  it("GET of a range", () => {
    const names = "host;range;x-amz-content-sha256;x-amz-date";
    const request: TestRequest = {
      method: "GET",
      url: "/test.txt",
      headers: [
        HOST,
        authorization(names, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ["Range", "bytes=0-9"],
        ["x-amz-content-sha256", EMPTY_SHA256],
        ["x-amz-date", T],
      ],
    };
    expect(verify(request, NOW)).toEqual({
      client: "app",
      accessKeyId: EXAMPLE.accessKeyId,
      headers: new Map(request.headers.map(([name, value]) => [name.toLowerCase(), value])),
      payload: { kind: "whole", sha256: EMPTY_SHA256 },
      presigned: false,
    });
  });

  it("PUT with a Date, and a path that is sent unencoded", () => {
    const names = "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class";
    const body = sha256("Welcome to Amazon S3.");
    for (const url of ["/test$file.text", "/test%24file.text"]) {
      const request: TestRequest = {
        method: "PUT",
        url,
        headers: [
          HOST,
          ["Date", "Fri, 24 May 2013 00:00:00 GMT"],
          authorization(names, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
          ["x-amz-date", T],
          ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
          ["x-amz-content-sha256", body],
        ],
      };
      expect(verify(request, NOW).payload).toEqual({ kind: "whole", sha256: body });
    }
  });

  it.each([
    ["/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
    ["/?lifecycle=", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
    ["/?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"],
    ["/?prefix=%4A&max-keys=2", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"],
  ])("GET %s", (url, signature) => {
    const headers: [string, string][] = [
      HOST,
      authorization("host;x-amz-content-sha256;x-amz-date", signature),
      ["x-amz-date", T],
      ["x-amz-content-sha256", EMPTY_SHA256],
    ];
    expect(verify({ method: "GET", url, headers }, NOW).client).toBe("app");
  });

  const URL_OF_A_DAY =
    "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

  it("a presigned URL, for a day", () => {
    const request: TestRequest = { method: "GET", url: URL_OF_A_DAY, headers: [HOST] };
    const day = 86_400_000;
    expect(verify(request, NOW + day - 1)).toMatchObject({ presigned: true, payload: { kind: "unsigned" } });
    expect(refusal(request, NOW + day)).toMatchObject({ code: "AccessDenied", status: 403 });
  });

  it("a presigned URL, as long as its key", () => {
    const request: TestRequest = { method: "GET", url: URL_OF_A_DAY, headers: [HOST] };
    const key = { ...EXAMPLE, expiresMs: NOW + 60_000 };
    // A key that expires has a token, which this URL lacks.
    expect(refusal(request, NOW, key).code).toBe("InvalidAccessKeyId");
    expect(refusal(request, NOW + 60_000, key).code).toBe("ExpiredToken");
  });
});

/** A request as an SDK makes it. */
const put = (change: Partial<TestRequest> = {}, more: [string, string][] = []): TestRequest => ({
  method: "PUT",
  url: "/demo/a.txt",
  headers: [["Host", "127.0.0.1:9000"], ["x-amz-date", T], ["x-amz-content-sha256", EMPTY_SHA256], ...more],
  ...change,
});

describe("what clients sign is accepted", () => {
  it.each<[string, TestRequest, SignOptions?]>([
    ["any region", put(), { region: "eu-frankfurt-1" }],
    ["no region", put(), { region: "" }],
    ["a path in its canonical form", put({ url: "/demo/a%20b%2B%C3%BC%25.txt" })],
    ["a path as sent, with what encoding would change", put({ url: "/demo/a=(b)+c!.txt" })],
    [
      "a path that is sent raw and signed encoded",
      put({ url: "/demo/a=b.txt" }),
      { path: "/demo/a%3Db.txt" },
    ],
    ["a path in lower-case escapes", put({ url: "/demo/%c3%bc" }), { path: "/demo/%C3%BC" }],
    ["a slash that is sent encoded and signed raw", put({ url: "/demo/a%2Fb" }), { path: "/demo/a/b" }],
    ["a path in raw bytes", put({ url: "/demo/\u00c3\u00bc" }), { path: "/demo/%C3%BC" }],
    ["double slashes and dots", put({ url: "/demo//a/./../b" })],
    ["a query that is not sorted", put({ url: "/demo?prefix=a%2Fb&delimiter=%2F&list-type=2" })],
    ["a query that is sent raw and signed encoded", put({ url: "/demo?delimiter=/&prefix=d/a%20b/" })],
    ["a plus for a space in the query", put({ url: "/demo?prefix=a+b%2Bc" })],
    ["names that sort before `=`", put({ url: "/demo?a=1&a-b=2&a%21=3" })],
    ["a parameter without a value", put({ url: "/demo?uploads" })],
    ["metadata in UTF-8", put({}, [["x-amz-meta-name", "J\u00c3\u00bcrgen"]])],
    ["metadata that ends in the byte A0", put({}, [["x-amz-meta-name", "voil\u00c3\u00a0"]])],
    ["blanks in a value", put({}, [["x-amz-meta-a", "b    c"]])],
    ["an unsigned content-type", put({}, [["Content-Type", "text/plain"]]), { unsigned: ["content-type"] }],
    ["an unsigned range", put({}, [["Range", "bytes=0-1"]]), { unsigned: ["range"] }],
  ])("%s", (_, request, options) => {
    expect(verify(signed(request, options), NOW).client).toBe("app");
  });

  it.each(["GMT", "-0000", "+0000"])("a Date alone, as HTTP or Python writes it (%s)", (zone) => {
    const request = put({
      headers: [
        ["Host", "h"],
        ["Date", `Fri, 24 May 2013 00:00:00 ${zone}`],
        ["x-amz-content-sha256", "UNSIGNED-PAYLOAD"],
      ],
    });
    expect(verify(signed(request, { timestamp: T }), NOW).payload).toEqual({ kind: "unsigned" });
  });

  it("within 15 minutes, both ways", () => {
    const quarter = 15 * 60_000;
    for (const ms of [-quarter, quarter]) expect(verify(signed(put()), NOW + ms).client).toBe("app");
    for (const ms of [-quarter - 1, quarter + 1]) {
      expect(refusal(signed(put()), NOW + ms)).toMatchObject({ code: "RequestTimeTooSkewed", status: 403 });
    }
  });

  it("the session token of the key", () => {
    const key = { ...EXAMPLE, expiresMs: NOW + 60_000 };
    const token: [string, string] = ["x-amz-security-token", key.sessionToken];
    expect(verify(signed(put({}, [token])), NOW, key).client).toBe("app");
    const url = presigned({ method: "GET", url: "/demo/a", headers: [["Host", "h"]] }, "604800", T, {
      extra: `X-Amz-Security-Token=${key.sessionToken}`,
    });
    expect(verify(url, NOW, key).client).toBe("app");
    expect(refusal(url, NOW + 60_000, key).code).toBe("ExpiredToken");
  });

  it("a presigned URL that names its payload", () => {
    const digest = sha256("x");
    const request = { method: "PUT", url: "/demo/a", headers: [["Host", "h"]] as [string, string][] };
    const url = presigned(request, "60", T, { payload: digest, extra: `X-Amz-Content-Sha256=${digest}` });
    expect(verify(url, NOW).payload).toEqual({ kind: "whole", sha256: digest });
  });

  it.each([
    ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", true, false],
    ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", true, true],
    ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", false, true],
  ])("%s", (text, chained, trailer) => {
    const request = put({
      headers: [
        ["Host", "h"],
        ["x-amz-date", T],
        ["x-amz-content-sha256", text],
        ["x-amz-decoded-content-length", "5"],
      ],
    });
    const { payload } = verify(signed(request), NOW);
    expect(payload).toMatchObject({ kind: "chunks", trailer, decodedLength: 5 });
    expect(payload.kind === "chunks" && payload.chain !== undefined).toBe(chained);
  });
});

describe("what stood before a signature that was read already", () => {
  const good = signed(put());
  const value = good.headers.find(([name]) => name.toLowerCase() === "authorization")![1];
  const withValue = (changed: string): TestRequest => ({
    ...good,
    headers: good.headers.map(([name, old]) => [
      name,
      name.toLowerCase() === "authorization" ? changed : old,
    ]),
  });

  it("does not make another request's signature right", () => {
    expect(verify(good, NOW).client).toBe("app");
    expect(refusal({ ...good, url: "/other" }).code).toBe("SignatureDoesNotMatch");
    const day = {
      ...good,
      headers: good.headers.map(([n, v]): [string, string] => [
        n,
        n.toLowerCase() === "x-amz-date" ? "20130525T000000Z" : v,
      ]),
    };
    expect(refusal(day).code).toBe("AuthorizationHeaderMalformed");
  });

  it.each([
    ["a second signature", (v: string) => `${v}, Signature=${"0".repeat(64)}`],
    ["a field behind it", (v: string) => `${v}, SignedHeaders=host`],
    ["an unknown field behind it", (v: string) => `${v}, X=1`],
    ["no signature", (v: string) => v.replace(/Signature=.*/, "")],
  ])("is not used for %s", (_, change) => {
    expect(verify(good, NOW).client).toBe("app");
    expect(refusal(withValue(change(value))).code).toBe("AuthorizationHeaderMalformed");
  });
});

describe("advice", () => {
  const withHeader = (value: string): TestRequest => put({}, [["Authorization", value]]);
  it.each([
    ["version 2 in a header", withHeader("AWS AKIA:c2ln"), /Version 2.*us-east-1.*s3v4/],
    [
      "version 2 in the query",
      put({ url: "/demo/a?AWSAccessKeyId=A&Signature=S&Expires=1" }),
      /Version 2.*us-east-1.*s3v4/,
    ],
    ["version 4A in a header", withHeader("AWS4-ECDSA-P256-SHA256 Credential=A"), /4A.*AWS4-HMAC-SHA256/],
    ["version 4A in the query", put({ url: "/demo/a?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256" }), /4A/],
  ])("for %s", (_, request, message) => {
    const error = refusal(request);
    expect(error.code).toBe("InvalidRequest");
    expect(error.message).toMatch(message);
  });

  it("repeats no credential", () => {
    for (const value of ["keyless_secret", "topsecret", "Basic topsecret", "Bearer topsecret", ""]) {
      const { code, message } = refusal(withHeader(value));
      expect(code).toBe("InvalidArgument");
      expect(message).not.toMatch(/secret/);
    }
  });

  it("names headers that are not signed", () => {
    const request = signed(put({}, [["x-amz-acl", "private"]]), { unsigned: ["x-amz-acl"] });
    expect(refusal(request).details).toEqual({ HeadersNotSigned: "x-amz-acl" });
  });
});
