/** Requests that somebody has changed after they were signed, or that ask to be read in two ways: none is accepted. */
import { expect, it } from "vitest";
import { S3Error, type S3ErrorCode } from "../../../../app/proxy/s3/errors.ts";
import type { AccessKey } from "../../../../app/proxy/s3/signature/keys.ts";
import { EXAMPLE, presigned, sha256, signed, type TestRequest, verify } from "./signer.ts";

const T = "20261128T120000Z";
const NOW = Date.UTC(2026, 10, 28, 12);
const DIGEST = sha256("body");

const plain: TestRequest = {
  method: "PUT",
  url: "/demo/dir/a%20b.txt?partNumber=1&uploadId=U",
  headers: [
    ["Host", "127.0.0.1:9000"],
    ["x-amz-date", T],
    ["x-amz-content-sha256", DIGEST],
    ["Content-Type", "text/plain"],
    ["x-amz-meta-color", "blue"],
  ],
};
const HEADER = signed(plain);
const URL = presigned(
  { method: "GET", url: "/demo/dir/a?x-id=GetObject", headers: [["Host", "h"]] },
  "600",
  T,
);

type Change = (request: TestRequest) => Partial<TestRequest>;
const url =
  (from: string | RegExp, to: string): Change =>
  (request) => ({ url: request.url.replace(from, to) });
const header =
  (name: string, to: (value: string) => string | undefined): Change =>
  (request) => ({
    headers: request.headers.flatMap(([one, value]): [string, string][] => {
      if (one.toLowerCase() !== name.toLowerCase()) return [[one, value]];
      const changed = to(value);
      return changed === undefined ? [] : [[one, changed]];
    }),
  });
const more =
  (...headers: [string, string][]): Change =>
  (request) => ({ headers: [...request.headers, ...headers] });
const auth = (from: string | RegExp, to: string): Change =>
  header("authorization", (v) => v.replace(from, to));
const flip = (signature: string): string => (signature.startsWith("0") ? "1" : "0") + signature.slice(1);
const flipped: Change = header("authorization", (v) => v.slice(0, -64) + flip(v.slice(-64)));

const refused = (request: TestRequest, key?: AccessKey): S3ErrorCode => {
  try {
    verify(request, NOW, key);
  } catch (error) {
    // Nothing of the key, and no signature, is in what the caller reads.
    const text = error instanceof S3Error ? JSON.stringify([error.message, error.details]) : String(error);
    for (const secret of [EXAMPLE.secretAccessKey, EXAMPLE.sessionToken]) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/[0-9a-f]{64}/);
    if (error instanceof S3Error) return error.code;
    throw error;
  }
  throw new Error("was accepted");
};

it("unchanged, both are accepted", () => {
  expect(verify(HEADER, NOW).client).toBe("app");
  expect(verify(URL, NOW).client).toBe("app");
});

const NO_MATCH = "SignatureDoesNotMatch";
const MALFORMED = "AuthorizationHeaderMalformed";
const BAD_QUERY = "AuthorizationQueryParametersError";

it.each<[string, Change, S3ErrorCode]>([
  ["another method", () => ({ method: "DELETE" }), NO_MATCH],
  ["a method in lower case", () => ({ method: "put" }), NO_MATCH],
  ["another object", url("/dir/a", "/dir/b"), NO_MATCH],
  ["another bucket", url("/demo/", "/demo2/"), NO_MATCH],
  ["a slash more", url("/demo/", "/demo//"), NO_MATCH],
  ["a slash at the end", url(".txt", ".txt/"), NO_MATCH],
  ["a dot segment", url("/dir/", "/./dir/"), NO_MATCH],
  ["a dot segment that leads out", url("/dir/", "/dir/../"), NO_MATCH],
  ["an escape decoded twice", url("%20", "%2520"), NO_MATCH],
  ["a plus in place of a space in the path", url("%20", "+"), NO_MATCH],
  ["a null byte behind the path", url(".txt", ".txt%00"), NO_MATCH],
  ["an overlong escape of a slash", url("/dir/", "%c0%afdir/"), NO_MATCH],
  ["a broken escape", url(".txt", "%2"), "InvalidURI"],
  ["an escape that is no number", url("%20", "%zz"), "InvalidURI"],
  ["a broken escape in the query", url("uploadId=U", "uploadId=%"), "InvalidURI"],
  ["a fragment", url(/$/, "#x"), "InvalidURI"],
  ["an absolute URL", url(/^/, "http://127.0.0.1:9000"), "InvalidURI"],
  ["no path", () => ({ url: "*" }), "InvalidURI"],
  ["an empty path", () => ({ url: "" }), "InvalidURI"],
  ["another part number", url("partNumber=1", "partNumber=2"), NO_MATCH],
  ["a parameter less", url("partNumber=1&", ""), NO_MATCH],
  ["a parameter more", url(/$/, "&acl"), NO_MATCH],
  ["no query", url(/\?.*/, ""), NO_MATCH],
  ["a parameter twice", url(/$/, "&uploadId=U"), "InvalidArgument"],
  ["a parameter twice, in another spelling", url(/$/, "&upload%49d=V"), "InvalidArgument"],
  ["a parameter in other letters", url("uploadId", "uploadid"), NO_MATCH],
  ["a parameter's name and value moved", url("uploadId=U", "uploadI=dU"), NO_MATCH],
  ["an ampersand in a value", url("1&uploadId=U", "1%26uploadId%3DU"), NO_MATCH],
  ["a question mark more", url("?", "??"), NO_MATCH],
  ["another Host", header("host", () => "other:9000"), NO_MATCH],
  ["another port", header("host", () => "127.0.0.1:9001"), NO_MATCH],
  ["no Host", header("host", () => undefined), NO_MATCH],
  ["Host twice", more(["Host", "127.0.0.1:9000"]), "InvalidRequest"],
  ["another content type", header("content-type", () => "text/html"), NO_MATCH],
  ["no content type", header("content-type", () => undefined), NO_MATCH],
  ["other metadata", header("x-amz-meta-color", () => "red"), NO_MATCH],
  ["metadata twice", more(["x-amz-meta-color", "red"]), "InvalidRequest"],
  ["metadata twice, in capitals", more(["X-AMZ-META-COLOR", "blue"]), "InvalidRequest"],
  ["metadata less", header("x-amz-meta-color", () => undefined), NO_MATCH],
  ["metadata more", more(["x-amz-meta-size", "big"]), "AccessDenied"],
  ["an ACL more", more(["X-Amz-Acl", "public-read"]), "AccessDenied"],
  ["a copy source more", more(["x-amz-copy-source", "/demo/secret"]), "AccessDenied"],
  ["a trailer more", more(["x-amz-trailer", "x-amz-checksum-crc32"]), "AccessDenied"],
  ["a token more", more(["x-amz-security-token", EXAMPLE.sessionToken]), "AccessDenied"],
  ["another payload", header("x-amz-content-sha256", () => sha256("other")), NO_MATCH],
  ["no payload", header("x-amz-content-sha256", () => undefined), "InvalidRequest"],
  ["an unsigned payload", header("x-amz-content-sha256", () => "UNSIGNED-PAYLOAD"), NO_MATCH],
  ["the payload in capitals", header("x-amz-content-sha256", (v) => v.toUpperCase()), NO_MATCH],
  ["another second", header("x-amz-date", () => "20261128T120001Z"), NO_MATCH],
  ["no date", header("x-amz-date", () => undefined), "AccessDenied"],
  ["a date of another form", header("x-amz-date", () => "2026-11-28T12:00:00Z"), "AccessDenied"],
  ["a date that there is not", header("x-amz-date", () => "20261131T120000Z"), "AccessDenied"],
  ["an hour that there is not", header("x-amz-date", () => "20261128T250000Z"), "AccessDenied"],
  ["the day before", header("x-amz-date", () => "20261127T120000Z"), MALFORMED],
  ["the day before in the credential", auth("/20261128/", "/20261127/"), MALFORMED],
  ["another region", auth("/us-east-1/", "/eu-west-1/"), NO_MATCH],
  ["a region with a line end", auth("/us-east-1/", "/us\n/"), MALFORMED],
  ["another service", auth("/s3/", "/iam/"), MALFORMED],
  ["another end of the scope", auth("aws4_request", "aws5_request"), MALFORMED],
  ["a scope with a part more", auth("/s3/", "/s3/s3/"), MALFORMED],
  ["no access key id", auth(EXAMPLE.accessKeyId, ""), MALFORMED],
  ["another signature", flipped, NO_MATCH],
  [
    "a signature in capitals",
    header("authorization", (v) => v.slice(0, -64) + v.slice(-64).toUpperCase()),
    NO_MATCH,
  ],
  ["a signature that is cut", header("authorization", (v) => v.slice(0, -1)), NO_MATCH],
  ["a signature with more behind it", auth(/$/, "0"), NO_MATCH],
  ["an empty signature", header("authorization", (v) => v.slice(0, -64)), NO_MATCH],
  ["no signature", auth(/,Signature=.*/, ""), MALFORMED],
  ["two signatures", auth(/$/, `,Signature=${"0".repeat(64)}`), MALFORMED],
  ["two Authorization headers", (r) => more(r.headers.at(-1)!)(r), "InvalidRequest"],
  ["a field more", auth(/$/, ",X=1"), MALFORMED],
  ["a header less that is signed", auth("content-type;", ""), NO_MATCH],
  ["a header more that is signed", auth("content-type;", "accept;content-type;"), NO_MATCH],
  ["the signed headers in another order", auth("content-type;host", "host;content-type"), NO_MATCH],
  ["a signed header twice", auth("host;", "host;host;"), MALFORMED],
  ["signed headers in capitals", auth("host;", "Host;"), MALFORMED],
  ["signed headers without host", auth("host;", ""), MALFORMED],
  ["no signed headers", auth(/SignedHeaders=[^,]*/, "SignedHeaders="), MALFORMED],
  ["no Authorization", header("authorization", () => undefined), "AccessDenied"],
  ["an empty Authorization", header("authorization", () => ""), "InvalidArgument"],
  ["another algorithm", auth("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), "InvalidArgument"],
  ["a bearer token", header("authorization", () => "Bearer abc"), "InvalidArgument"],
  ["a signature in the query too", url(/$/, "&X-Amz-Signature=0"), "InvalidArgument"],
  ["an algorithm in the query too", url(/$/, "&X-Amz-Algorithm=AWS4-HMAC-SHA256"), "InvalidArgument"],
  ["version 2 in the query too", url(/$/, "&AWSAccessKeyId=A"), "InvalidArgument"],
  ["a token in the query too", url(/$/, "&X-Amz-Security-Token=A"), "InvalidArgument"],
])("in a header: %s", (_, change, code) => {
  expect(refused({ ...HEADER, ...change(HEADER) })).toBe(code);
});

it.each<[string, Change, S3ErrorCode]>([
  ["another method", () => ({ method: "PUT" }), NO_MATCH],
  ["another object", url("/dir/a", "/dir/b"), NO_MATCH],
  ["another Host", header("host", () => "i"), NO_MATCH],
  ["another operation", url("GetObject", "DeleteObject"), NO_MATCH],
  ["a longer life", url("Expires=600", "Expires=601"), NO_MATCH],
  ["a life of nothing", url("Expires=600", "Expires=0"), "AccessDenied"],
  ["a negative life", url("Expires=600", "Expires=-1"), "AccessDenied"],
  ["a life above seven days", url("Expires=600", "Expires=604801"), "AccessDenied"],
  ["a life that is no number", url("Expires=600", "Expires=NaN"), "AccessDenied"],
  ["a life with an exponent", url("Expires=600", "Expires=6e2"), "AccessDenied"],
  ["an empty life", url("Expires=600", "Expires="), "AccessDenied"],
  ["a life twice", url("Expires=600", "Expires=600&X-Amz-Expires=6000"), "InvalidArgument"],
  ["a life twice, in other letters", url("Expires=600", "Expires=600&x-amz-expires=6000"), "InvalidArgument"],
  ["no life", url("&X-Amz-Expires=600", ""), BAD_QUERY],
  ["no date", url(/&X-Amz-Date=\w+/, ""), BAD_QUERY],
  ["a date of another form", url(`Date=${T}`, "Date=now"), BAD_QUERY],
  ["no algorithm", url("X-Amz-Algorithm=AWS4-HMAC-SHA256&", ""), BAD_QUERY],
  ["another algorithm", url("Algorithm=AWS4-HMAC-SHA256", "Algorithm=none"), BAD_QUERY],
  ["no signature", url(/&X-Amz-Signature=.*/, ""), BAD_QUERY],
  ["an empty signature", url(/Signature=.*/, "Signature="), NO_MATCH],
  ["two signatures", url(/$/, `&X-Amz-Signature=${"0".repeat(64)}`), "InvalidArgument"],
  ["a later day", url(`Date=${T}`, "Date=20261129T000000Z"), BAD_QUERY],
  ["another region", url("us-east-1", "eu-west-1"), NO_MATCH],
  ["another service", url("%2Fs3%2F", "%2Fsts%2F"), BAD_QUERY],
  ["a parameter more", url(/$/, "&response-content-type=text%2Fhtml"), NO_MATCH],
  ["a parameter less", url("x-id=GetObject&", ""), NO_MATCH],
  ["a payload more", url(/$/, `&X-Amz-Content-Sha256=${DIGEST}`), NO_MATCH],
  ["a header that is not signed", more(["x-amz-meta-a", "b"]), "AccessDenied"],
  ["signed headers less", url("SignedHeaders=host", "SignedHeaders="), BAD_QUERY],
  ["Authorization too", more(HEADER.headers.at(-1)!), "InvalidArgument"],
  ["version 2 too", url(/$/, "&AWSAccessKeyId=A"), "InvalidArgument"],
])("presigned: %s", (_, change, code) => {
  expect(refused({ ...URL, ...change(URL) })).toBe(code);
});

it.each<[string, [string, string], string, S3ErrorCode]>([
  [
    "token",
    ["x-amz-security-token", EXAMPLE.sessionToken],
    `X-Amz-Security-Token=${EXAMPLE.sessionToken}`,
    BAD_QUERY,
  ],
  ["payload", ["x-amz-content-sha256", sha256("other")], `X-Amz-Content-Sha256=${DIGEST}`, "InvalidArgument"],
])("presigned with a %s in a header and in the query", (_, one, extra, code) => {
  const request: TestRequest = { method: "PUT", url: "/demo/a", headers: [["Host", "h"], one] };
  for (const payload of ["UNSIGNED-PAYLOAD", DIGEST, sha256("other")]) {
    expect(refused(presigned(request, "600", T, { extra, payload }))).toBe(code);
  }
});

it("presigned with a date to come", () => {
  const later = presigned(
    { method: "GET", url: "/demo/a", headers: [["Host", "h"]] },
    "600",
    "20261128T121501Z",
  );
  expect(refused(later)).toBe("AccessDenied");
});

it.each([
  ["is another", "session-of-another-one"],
  ["is cut", EXAMPLE.sessionToken.slice(0, -1)],
  ["is empty", ""],
])("a session token that %s is refused, though it is signed", (_, token) => {
  const request = {
    ...plain,
    headers: [...plain.headers, ["x-amz-security-token", token] as [string, string]],
  };
  expect(refused(signed(request))).toBe("InvalidToken");
});

it("no session token is refused for a key that expires", () => {
  expect(refused(HEADER, { ...EXAMPLE, expiresMs: NOW + 1000 })).toBe("InvalidAccessKeyId");
});

it.each([
  ["the secret of another key", { ...EXAMPLE, secretAccessKey: "another" }],
  ["an empty secret", { ...EXAMPLE, secretAccessKey: "" }],
])("signed with %s", (_, key) => {
  expect(refused(signed(plain, { key }))).toBe(NO_MATCH);
});

it.each<[string, string, S3ErrorCode]>([
  ["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "5", "InvalidRequest"],
  ["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", "5", "InvalidRequest"],
  ["STREAMING-AWS4-HMAC-SHA256-EVENTS", "5", "InvalidArgument"],
  ["streaming-unsigned-payload-trailer", "5", "InvalidArgument"],
  ["__proto__", "5", "InvalidArgument"],
  ["", "5", "InvalidArgument"],
  ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "", "InvalidArgument"],
  ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "-5", "InvalidArgument"],
  ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "5e3", "InvalidArgument"],
  ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "9".repeat(16), "InvalidArgument"],
])("payload %s of length %j", (text, length, code) => {
  const request: TestRequest = {
    ...plain,
    headers: [
      ["Host", "h"],
      ["x-amz-date", T],
      ["x-amz-content-sha256", text],
      ["x-amz-decoded-content-length", length],
    ],
  };
  expect(refused(signed(request))).toBe(code);
});

it("chunks without the length of the object", () => {
  const request: TestRequest = {
    ...plain,
    headers: [
      ["Host", "h"],
      ["x-amz-date", T],
      ["x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"],
    ],
  };
  expect(refused(signed(request))).toBe("MissingContentLength");
});
