/**
 * Attempts to get beyond a grant by the S3 door: by a client with a prefix, by one that may only read, by one that may
 * do nothing here, and by callers that are nobody. What the local OCI saw decides, not what was answered.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditLine } from "../../../../app/proxy/observe/audit.ts";
import { type ParsedResponse, raw, type SocketAddress } from "../../../support/raw.ts";
import { s3Call } from "../../../support/s3-client.ts";
import { type S3World, startS3World } from "../../../support/s3-world.ts";
import {
  chunkSigner,
  EMPTY_SHA256,
  presigned,
  type SignOptions,
  sha256,
  signed,
  type TestRequest,
} from "./signer.ts";

const SECRET = "of-the-night";
let world: S3World;
/** Targets that the local OCI saw. */
const seen: string[] = [];
/** Uploads in parts: another's, for a key outside, and one's own. */
const uploads = { outside: "", inside: "" };

beforeAll(async () => {
  world = await startS3World({}, (namespace) => ({
    stranger: {
      allow: [
        {
          grant: "bucket elsewhere",
          operations: ["objectstorage.GetObject"],
          where: { "path.namespaceName": namespace, "path.bucketName": "elsewhere" },
        },
      ],
    },
  }));
  for (const bucket of ["elsewhere", "exports-2", "Exports"]) await world.newBucket(bucket);
  const put = async (target: string): Promise<void> => {
    const { status, body } = await s3Call(world, "all", "PUT", target, { body: SECRET });
    if (status !== 200) throw new Error(body);
  };
  for (const key of ["nightly/x", "daily", "dailyx", "Daily/1", "daily%EF%BC%8F1", "x"])
    await put(`/exports/${key}`);
  for (const bucket of ["elsewhere", "exports-2", "Exports"]) await put(`/${bucket}/daily/1`);
  await s3Call(world, "all", "PUT", "/exports/daily/1", { body: "of the day" });
  const begin = async (client: string, key: string): Promise<string> => {
    const { body } = await s3Call(world, client, "POST", `/exports/${key}?uploads`);
    return encodeURIComponent(/<UploadId>([^<]*)/.exec(body)![1]!);
  };
  uploads.outside = await begin("all", "nightly/upload");
  uploads.inside = await begin("narrow", "daily/upload");
  world.world.oci.interceptors.push(({ surface, method, target }) => {
    if (surface === "api" && target.startsWith("/n/")) seen.push(`${method} ${target}`);
    return undefined;
  });
}, 60_000);
afterAll(() => world.close());

const audit = (): AuditLine[] =>
  readFileSync(join(world.proxy.dir, "audit.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditLine);

type Client = "narrow" | "reader" | "stranger";

/** Calls that a client's grants have, as OCI gets them. */
const GRANTED: Record<Client | "nobody", RegExp> = {
  narrow: /^\w+ \/n\/keylesslocal\/b\/exports\/(?:[ou]\/daily%2F[^/?]*(?:\?|$)|o\?prefix=daily%2F|u$)/,
  reader: /^(?:GET|HEAD) \/n\/keylesslocal\/b\/exports\/o\/[^/?]+(?:\?|$)/,
  stranger: /^GET \/n\/keylesslocal\/b\/elsewhere\/o\/[^/?]+(?:\?|$)/,
  nobody: /^$/,
};

/** One attempt. What is left out is an honest client's. */
interface Attempt {
  method?: string;
  target: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  payload?: string;
  host?: string;
  sign?: SignOptions;
  /** Changes the signed request. */
  change?: (request: TestRequest) => TestRequest;
  /** Expiry of a presigned URL in seconds; undefined: signed in headers. */
  presigned?: string;
  timestamp?: string;
  /** True where it means a name within the grant, however odd: it may succeed. */
  within?: boolean;
  where?: SocketAddress;
}

const timestampAt = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
const port = (): number => Number(new URL(world.url).port);
const keyOf = (client: string) => ({ ...world.keysOf(client), sessionToken: "", expiresMs: undefined });

const written = ({ method, url, headers }: TestRequest, body: string | Buffer | undefined): Buffer =>
  Buffer.concat([
    Buffer.from(
      `${method} ${url} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}Connection: close\r\n\r\n`,
      "latin1",
    ),
    Buffer.from(body ?? ""),
  ]);

const requestOf = (client: string, one: Attempt): TestRequest => {
  const { method = "GET", target: url, body, headers = {} } = one;
  const timestamp = one.timestamp ?? timestampAt(Date.now());
  const host: [string, string] = ["Host", one.host ?? `127.0.0.1:${port()}`];
  const key = keyOf(client);
  const length: [string, string][] =
    body === undefined ? [] : [["Content-Length", String(Buffer.byteLength(body))]];
  if (one.presigned !== undefined) {
    const request = { method, url, headers: [host, ...Object.entries(headers)] };
    const made = presigned(request, one.presigned, timestamp, { key, ...one.sign });
    return { ...made, headers: [...made.headers, ...length] };
  }
  const payload = one.payload ?? (body === undefined ? EMPTY_SHA256 : sha256(Buffer.from(body)));
  return signed(
    {
      method,
      url,
      headers: [
        host,
        ["x-amz-date", timestamp],
        ["x-amz-content-sha256", payload],
        ...Object.entries(headers),
        ...length,
      ],
    },
    { key, ...one.sign },
  );
};

const send = (client: string, one: Attempt): Promise<ParsedResponse> => {
  const request = requestOf(client, one);
  return raw(one.where ?? { port: port() }, written(one.change?.(request) ?? request, one.body), {
    timeoutMs: 2500,
  });
};

/** Nothing that is not granted arrived at OCI or was answered. */
const expectHeld = (
  client: Client | "nobody",
  response: ParsedResponse,
  arrived: readonly string[],
  within: boolean,
): void => {
  expect.soft(arrived.filter((target) => !GRANTED[client].test(target))).toEqual([]);
  if (client !== "reader") expect.soft(response.text).not.toContain(SECRET);
  expect
    .soft(response.text)
    .not.toMatch(/<(?:Contents|Deleted|Upload|CommonPrefixes)><(?:Key|Prefix)>(?!daily\/)/);
  expect.soft(response.status).not.toBe(500);
  if (!within) expect.soft(response.status === 0 || response.status >= 400, response.text).toBe(true);
};

type Table = readonly (readonly [name: string, attempt: () => Attempt])[];

const attempts = (client: Client, table: Table): void => {
  it.each(table)("%s", async (_, make) => {
    const before = seen.length;
    const one = make();
    const response = await send(client, one);
    expectHeld(client, response, seen.slice(before), one.within ?? false);
  });
};

/** Attempts that are alike but for one text. */
const each = (texts: readonly string[], make: (text: string) => Attempt): Table =>
  texts.map((text) => [JSON.stringify(text), () => make(text)]);

const OUTSIDE_KEYS = [
  ...["nightly/x", "nightly%2Fx", "%6eightly/x", "%6Eightly%2fx", "daily", "daily%00/1", "daily%0d%0a/1"],
  ...["Daily/1", "DAILY/1", "dailyx", "daily%5C1", "daily%5c..%5cnightly%5cx", "/daily/1", "%2Fdaily/1"],
  ...["./daily/1", "%2e/daily/1", "../exports/daily/1", "..%2Fexports%2Fdaily%2F1", "%2e%2e/exports/daily/1"],
  ...["daily%252F1", "daily%25252F1", "daily%EF%BC%8F1", "%EF%BD%84aily/1", "d%C3%A1ily/1", "da%CC%81ily/1"],
  ...["daily%C0%AF1", "%C1%A4aily/1", "%E0%80%AF", "daily%u002f1", "daily;/1", "daily+/1", "daily%20/1"],
  ...["+daily/1", "%09daily/1", "%20daily/1", "%EF%BB%BFdaily/1", "daily%E2%81%841", "daily%E2%88%951"],
  ...["%E2%80%8Bdaily/1", "nightly/x%23/daily/", "nightly/x%3Fprefix=daily/", "x%3B/daily/1", "x%0Adaily/"],
];
/** Names that begin with the prefix; a server behind that resolves them would go elsewhere. */
const DOTTED_KEYS = [
  ...["daily/../nightly/x", "daily/%2e%2e/nightly/x", "daily%2F..%2Fnightly%2Fx", "daily/./../nightly/x"],
  ...[
    "daily//../../nightly/x",
    "daily/..%5cnightly%5cx",
    "daily/%252e%252e/nightly/x",
    "daily/..;/nightly/x",
  ],
  ...["daily/..", "daily/.", "daily/%2e", "daily//", "daily/%00", "daily/a%0d%0aopc-x:1", "daily/%7f"],
];

describe("a client with a prefix: keys", () => {
  describe("GET", () =>
    attempts(
      "narrow",
      each(OUTSIDE_KEYS, (key) => ({ target: `/exports/${key}` })),
    ));
  describe("PUT", () =>
    attempts(
      "narrow",
      each(OUTSIDE_KEYS, (key) => ({ method: "PUT", target: `/exports/${key}`, body: "x" })),
    ));
  describe("other methods", () =>
    attempts(
      "narrow",
      ["HEAD", "DELETE", "POST", "PATCH", "OPTIONS", "TRACE", "COPY", "MOVE", "get"].map((method) => [
        method,
        () => ({ method, target: "/exports/nightly/x" }),
      ]),
    ));
  describe("dots stay what they are", () =>
    attempts(
      "narrow",
      each(DOTTED_KEYS, (key) => ({ target: `/exports/${key}`, within: true })),
    ));
  describe("PUT with dots", () =>
    attempts(
      "narrow",
      each(DOTTED_KEYS, (key) => ({ method: "PUT", target: `/exports/${key}`, body: "x", within: true })),
    ));
});

describe("a client with a prefix: buckets", () => {
  describe("in the path", () =>
    attempts(
      "narrow",
      each(
        [
          ...["/elsewhere/daily/1", "/exports-2/daily/1", "/Exports/daily/1", "/EXPORTS/daily/1"],
          ...["/exports%2F..%2Felsewhere/daily/1", "/exports/../elsewhere/daily/1", "//exports/daily/1"],
          ...[
            "/./exports/daily/1",
            "/../exports/daily/1",
            "/%2e/daily/1",
            "/%2e%2e/daily/1",
            "/exports./daily/1",
          ],
          ...["/exports%20/daily/1", "/exports%00/daily/1", "/exports%2Fdaily%2F1", "/exports%5Cdaily/1"],
          ...[
            "/%65xports-2/daily/1",
            "/exp%C3%B6rts/daily/1",
            "/exports?x/daily/1",
            "/keylesslocal/exports/daily/1",
          ],
          ...["/n/keylesslocal/b/exports/o/nightly%2Fx", "/objectstorage/n/keylesslocal/b/exports/o/x"],
          ...[
            "/elsewhere",
            "/elsewhere?location",
            "/elsewhere?versioning",
            "/elsewhere?acl",
            "/elsewhere?uploads",
          ],
        ],
        (target) => ({ target }),
      ),
    ));
  describe("in the Host header", () =>
    attempts(
      "narrow",
      each(
        [
          ...["elsewhere.localhost", "elsewhere.127.0.0.1", "exports-2.localhost", "Elsewhere.LOCALHOST"],
          ...[
            "exports.elsewhere.localhost",
            "elsewhere.exports.localhost",
            "exports%2f.localhost",
            "exports..localhost",
          ],
          ...[".localhost", "elsewhere.[::1]", "exports/.localhost", "exports@elsewhere.localhost"],
        ],
        (host) => ({ target: "/daily/1", host: `${host}:${port()}` }),
      ),
    ));
  describe("one in the Host header, another in the path", () =>
    attempts(
      "narrow",
      each(
        [
          ...["exports.localhost", "EXPORTS.localhost", "exports.localhost.", "exports.localhost.evil"],
          ...["exports.localhost:99999", "exports.127.0.0.1", "exports.[::1]", "exports.localhost#"],
        ],
        (host) => ({ target: "/elsewhere/daily/1", host }),
      ),
    ));
  describe("without one Host header that is signed", () =>
    attempts("narrow", [
      ["none", () => ({ target: "/exports/daily/1", change: without("host") })],
      ["unsigned", () => ({ target: "/exports/daily/1", sign: { unsigned: ["host"] } })],
      ["changed", () => ({ target: "/exports/daily/1", change: replaced("host", "exports.localhost") })],
      ["twice", () => ({ target: "/exports/daily/1", change: added("Host", "elsewhere.localhost") })],
    ]));
});

const without =
  (name: string) =>
  (request: TestRequest): TestRequest => ({
    ...request,
    headers: request.headers.filter(([one]) => one.toLowerCase() !== name),
  });
const replaced =
  (name: string, value: string) =>
  (request: TestRequest): TestRequest => ({
    ...request,
    headers: request.headers.map(([one, old]) => [one, one.toLowerCase() === name ? value : old]),
  });
const added =
  (name: string, value: string) =>
  (request: TestRequest): TestRequest => ({ ...request, headers: [...request.headers, [name, value]] });
const url =
  (from: string | RegExp, to: string) =>
  (request: TestRequest): TestRequest => ({ ...request, url: request.url.replace(from, to) });

describe("a client with a prefix: lists", () => {
  describe("of other names", () =>
    attempts(
      "narrow",
      each(
        [
          ...[
            "",
            "list-type=2",
            "prefix=",
            "prefix",
            "list-type=2&prefix=nightly/",
            "prefix=daily",
            "prefix=d",
          ],
          ...["Prefix=daily/", "PREFIX=daily/", "prefix%20=daily/", "+prefix=daily/", "prefix=%2Fdaily/"],
          ...["prefix=Daily/", "prefix=daily%5C", "prefix=daily%00/", "prefix=%00daily/", "prefix=dail%0Ay/"],
          ...["prefix=daily%252F", "prefix=daily%EF%BC%8F", "prefix=daily+/", "prefix=daily%20/"],
          ...["prefix=daily/&prefix=nightly/", "prefix=nightly/&prefix=daily/", "prefix=&prefix=daily/"],
          ...["prefix=daily/&%70refix=nightly/", "prefix[]=daily/", "prefix.=daily/", "delimiter=/&prefix=d"],
          ...["delimiter=daily/&prefix=", "start-after=daily/&list-type=2", "marker=daily/", "start=daily/"],
          ...["list-type=2&continuation-token=eyJhdCI6ImRhaWx5LyJ9", "list-type=3&prefix=daily/"],
          ...[
            "list-type=2&prefix=daily/&list-type=1",
            "versions&prefix=daily/",
            "uploads",
            "uploads&prefix=daily/",
          ],
          ...[
            "encoding-type=url&prefix=nightly/",
            "fetch-owner=true&prefix=nightly/",
            "max-keys=0&prefix=nightly/",
          ],
        ],
        (query) => ({ target: `/exports?${query}` }),
      ),
    ));
  describe("of its own, begun elsewhere", () =>
    attempts(
      "narrow",
      each(
        [
          ...["marker=a", "marker=nightly/", "list-type=2&start-after=a", "list-type=2&start-after=nightly/"],
          ...[
            "list-type=2&continuation-token=eyJhdCI6Im5pZ2h0bHkvIn0",
            "list-type=2&continuation-token=eyJhdCI6IiJ9",
          ],
          ...["list-type=2&continuation-token=eyJhZnRlciI6IngmcHJlZml4PSJ9", "delimiter=a", "delimiter=y/"],
          ...[
            "start-after=a%26prefix%3Dnightly/",
            "list-type=2&start-after=a%26prefix%3Dnightly/",
            "delimiter=%00",
          ],
        ],
        (query) => ({ target: `/exports?prefix=daily/&${query}`, within: true }),
      ),
    ));
});

describe("a client with a prefix: copies", () => {
  const copy = (source: string, more: Partial<Attempt> = {}): Attempt => ({
    method: "PUT",
    target: "/exports/daily/copied",
    headers: { "x-amz-copy-source": source },
    ...more,
  });
  describe("of what it may not read", () =>
    attempts(
      "narrow",
      each(
        [
          ...["exports/nightly/x", "/exports/nightly/x", "//exports/nightly/x", "exports%2Fnightly%2Fx"],
          ...["%2Fexports%2Fnightly%2Fx", "exports/%6eightly/x", "exports//daily/1", "elsewhere/daily/1"],
          ...[
            "/elsewhere/daily/1",
            "Exports/daily/1",
            "exports-2/daily/1",
            "exports/daily",
            "exports/Daily/1",
          ],
          ...[
            "exports/daily%5C1",
            "exports/daily%252F1",
            "exports/nightly/x?versionId=null",
            "exports/nightly/x?versionId=",
          ],
          ...[
            "exports/nightly/x?versionId=1",
            "exports/daily/1?versionId=1&x",
            "exports/daily/1?x",
            "exports/nightly/x#/daily/",
          ],
          ...[
            "exports/../elsewhere/daily/1",
            "../exports/nightly/x",
            "./exports/nightly/x",
            "exports/%00",
            "exports",
          ],
          ...[
            "exports/",
            "/",
            "?versionId=null",
            "exports/%c0%af",
            "exports/%",
            "arn:aws:s3:::exports/nightly/x",
          ],
          ...["http://localhost/exports/nightly/x", "exports.localhost/nightly/x", "EXPORTS/daily/1"],
        ],
        (source) => copy(source),
      ),
    ));
  describe("to where it may not write, or by tricks", () =>
    attempts("narrow", [
      ["outside", () => copy("exports/daily/1", { target: "/exports/nightly/copied" })],
      ["other bucket", () => copy("exports/daily/1", { target: "/elsewhere/daily/1" })],
      ["twice", () => copy("exports/daily/1", { change: added("x-amz-copy-source", "exports/nightly/x") })],
      ["unsigned", () => copy("exports/nightly/x", { sign: { unsigned: ["x-amz-copy-source"] } })],
      [
        "changed",
        () => copy("exports/daily/1", { change: replaced("x-amz-copy-source", "exports/nightly/x") }),
      ],
      [
        "in the query",
        () => ({
          method: "PUT",
          target: "/exports/daily/copied?x-amz-copy-source=exports/nightly/x",
          body: "",
          presigned: "60",
        }),
      ],
      [
        "added to a presigned one",
        () => ({
          method: "PUT",
          target: "/exports/daily/copied",
          presigned: "60",
          change: added("x-amz-copy-source", "exports/nightly/x"),
        }),
      ],
      [
        "of a part",
        () =>
          copy("exports/nightly/x", {
            target: `/exports/daily/upload?partNumber=1&uploadId=${uploads.inside}`,
          }),
      ],
      [
        "of a part, by range",
        () => ({
          method: "PUT",
          target: `/exports/daily/upload?partNumber=1&uploadId=${uploads.inside}`,
          headers: { "x-amz-copy-source": "exports/nightly/x", "x-amz-copy-source-range": "bytes=0-3" },
        }),
      ],
    ]));
});

const COMPLETE =
  "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>0cc175b9c0f1b6a831c399e269772661</ETag></Part></CompleteMultipartUpload>";

describe("a client with a prefix: uploads in parts", () => {
  attempts("narrow", [
    ["begun outside", () => ({ method: "POST", target: "/exports/nightly/n?uploads" })],
    ["begun at the prefix's name", () => ({ method: "POST", target: "/exports/daily?uploads=" })],
    ["begun elsewhere", () => ({ method: "POST", target: "/elsewhere/daily/n?uploads" })],
    [
      "begun with two subresources",
      () => ({ method: "POST", target: `/exports/daily/n?uploads&uploadId=${uploads.inside}` }),
    ],
    ...(
      [
        ["own upload, key outside", () => ["nightly/upload", uploads.inside]],
        ["other's upload, its key", () => ["nightly/upload", uploads.outside]],
        ["other's upload, key inside", () => ["daily/upload", uploads.outside]],
        ["no upload", () => ["daily/upload", "none"]],
        ["an empty id", () => ["daily/upload", ""]],
        [
          "an id with a path",
          () => ["daily/upload", `..%2F..%2Fnightly%2Fupload%3FuploadId=${uploads.outside}`],
        ],
        ["an id with a query", () => ["daily/upload", `${uploads.outside}%26uploadPartNum=1`]],
        ["an id with a line feed", () => ["daily/upload", `a%0D%0Aopc-x:%201`]],
      ] as const
    ).flatMap(([name, at]): Table => {
      const target = (query = ""): string => `/exports/${at()[0]}?${query}uploadId=${at()[1]}`;
      return [
        [`${name}: part`, () => ({ method: "PUT", target: target("partNumber=1&"), body: "a" })],
        [`${name}: complete`, () => ({ method: "POST", target: target(), body: COMPLETE })],
        [`${name}: abort`, () => ({ method: "DELETE", target: target() })],
        [`${name}: list`, () => ({ target: target() })],
      ];
    }),
    ...each(
      ["0", "10001", "1e3", "-1", "", "1.5", "0x1", "%2B1", "1%20", "1&partNumber=2", "99999999999"],
      (number) => ({
        method: "PUT",
        target: `/exports/daily/upload?partNumber=${number}&uploadId=${uploads.inside}`,
        body: "a",
      }),
    ),
    [
      "a part without an upload",
      () => ({ method: "PUT", target: "/exports/nightly/p?partNumber=1", body: "a" }),
    ],
    [
      "ids twice",
      () => ({ target: `/exports/daily/upload?uploadId=${uploads.inside}&uploadId=${uploads.outside}` }),
    ],
    [
      "id in other letters",
      () => ({ method: "DELETE", target: `/exports/nightly/upload?uploadid=${uploads.outside}` }),
    ],
  ]);
});

describe("a client with a prefix: lists of objects to delete", () => {
  const NESTED = `${"<a>".repeat(30_000)}${"</a>".repeat(30_000)}`;
  describe("name by name", () =>
    attempts(
      "narrow",
      each(
        [
          ...[
            "<Key>nightly/x</Key>",
            "<Key><![CDATA[nightly/x]]></Key>",
            "<Key>&#110;ightly/x</Key>",
            "<Key>&#x6e;ightly/x</Key>",
          ],
          ...[
            "<s:Key xmlns:s='s'>nightly/x</s:Key>",
            "<Key>nightly<!-- daily/ -->/x</Key>",
            "<Key>night<?a b?>ly/x</Key>",
          ],
          ...[
            "<Key>nightly/x</Key><Key>daily/none</Key>",
            "<Key><![CDATA[night]]><![CDATA[ly/x]]></Key>",
            "<Key>daily</Key>",
          ],
          ...[
            "<Key>Daily/1</Key>",
            "<Key>daily\\1</Key>",
            "<Key>daily\uff0f1</Key>",
            "<Key> daily/none</Key>",
            "<Key>&#0;</Key>",
            "<Key/>",
            "",
          ],
          ...[
            "<Key>nightly<b>daily/</b>/x</Key>",
            "<Key>nightly/x</Key><ETag>*</ETag>",
            "<key>daily/none</key><Key>x</Key>",
          ],
        ],
        (key) => ({
          method: "POST",
          target: "/exports?delete",
          body: `<Delete><Object>${key}</Object></Delete>`,
          within: true,
        }),
      ),
    ));
  describe("documents", () =>
    attempts(
      "narrow",
      each(
        [
          '<!DOCTYPE d [<!ENTITY k "nightly/x">]><Delete><Object><Key>&k;</Key></Object></Delete>',
          '<?xml version="1.0"?><!doctype d SYSTEM "file:///etc/passwd"><Delete/>',
          '<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Delete>&b;</Delete>',
          "<Delete>&k;</Delete>",
          "<Delete><Object><Key>daily/1</Key>",
          "<CompleteMultipartUpload/>",
          "<Delete/><Delete/>",
          "",
          "nightly/x",
          `<Delete>${NESTED}</Delete>`,
          `<Delete><![CDATA[${"</a>".repeat(30_000)}]]>${NESTED}</Delete>`,
          `<Delete b="${"></a".repeat(30_000)}">${NESTED}</Delete>`,
          `<Delete>${"<Object><Key>daily/none</Key></Object>".repeat(1001)}</Delete>`,
        ],
        (body) => ({ method: "POST", target: "/exports?delete", body }),
      ),
    ));
  attempts("narrow", [
    [
      "of another bucket",
      () => ({
        method: "POST",
        target: "/elsewhere?delete",
        body: "<Delete><Object><Key>daily/1</Key></Object></Delete>",
        within: true,
      }),
    ],
    [
      "at an object",
      () => ({
        method: "POST",
        target: "/exports/nightly/x?delete",
        body: "<Delete><Object><Key>daily/1</Key></Object></Delete>",
      }),
    ],
    [
      "with another digest",
      () => ({
        method: "POST",
        target: "/exports?delete",
        payload: EMPTY_SHA256,
        body: "<Delete><Object><Key>daily/1</Key></Object></Delete>",
      }),
    ],
  ]);
});

describe("a client with a prefix: what is said beside the name", () => {
  describe("headers that would be taken for others behind", () =>
    attempts(
      "narrow",
      (
        [
          ["x-http-method-override", "DELETE"],
          ["x-method-override", "PUT"],
          ["x-original-url", "/elsewhere/daily/1"],
          ["x-rewrite-url", "/exports/nightly/x"],
          ["x-forwarded-host", "elsewhere.localhost"],
          ["opc-principal", "x"],
          ["opc-obo-token", "x"],
          ["opc-source", "exports/nightly/x"],
          ["opc-meta-a", "b"],
          ["x-amz-bucket", "elsewhere"],
          ["if-none-match", "x\t"],
        ] as const
      ).map(([name, value]) => [name, () => ({ target: "/exports/daily/none", headers: { [name]: value } })]),
    ));
  describe("parameters with line feeds", () =>
    attempts(
      "narrow",
      ["GET", "HEAD"].flatMap((method) =>
        each(
          [
            "content-type=a%0D%0Ax-evil:1",
            "content-disposition=%00",
            "cache-control=%0A",
            "expires=%C4%80%0D",
          ],
          (parameter) => ({ method, target: `/exports/daily/1?response-${parameter}` }),
        ),
      ),
    ));
  describe("metadata", () =>
    attempts(
      "narrow",
      each(["x\r\nx-amz-acl: public-read", "x\r\n\r\nGET / HTTP/1.1", "x\ny", "x\0y"], (value) => ({
        method: "PUT",
        target: "/exports/daily/meta",
        body: "x",
        headers: { "x-amz-meta-a": value },
      })),
    ));
});

describe("presigned URLs of a client with a prefix", () => {
  const get = (more: Partial<Attempt>): Attempt => ({ target: "/exports/daily/1", presigned: "60", ...more });
  const hour = 3_600_000;
  attempts("narrow", [
    ["of a key outside", () => get({ target: "/exports/nightly/x" })],
    ["with another key", () => get({ change: url("daily/1", "nightly/x") })],
    ["with another key inside", () => get({ change: url("daily/1", "daily/2") })],
    ["with dots added", () => get({ change: url("daily/1", "daily/../daily/1") })],
    ["with a slash added", () => get({ change: url("/exports", "//exports") })],
    ["with another method", () => get({ change: (one) => ({ ...one, method: "DELETE" }) })],
    ["with HEAD in place of GET", () => get({ change: (one) => ({ ...one, method: "HEAD" }) })],
    ["with a longer life", () => get({ change: url("Expires=60", "Expires=600") })],
    ["with the longest and more", () => get({ presigned: "604801" })],
    ["with no life", () => get({ presigned: "0" })],
    ["with a negative life", () => get({ presigned: "-60" })],
    ["with a life that is no number", () => get({ presigned: "1e9" })],
    ["over", () => get({ timestamp: timestampAt(Date.now() - 61_000) })],
    ["not begun", () => get({ timestamp: timestampAt(Date.now() + hour) })],
    ["with another day", () => get({ sign: { date: "20200101" } })],
    ["with another service", () => get({ sign: { service: "iam" } })],
    [
      "with another's key id",
      () => get({ change: url(/Credential=[^%]*/, `Credential=${world.keysOf("reader").accessKeyId}`) }),
    ],
    ["with a parameter added", () => get({ change: url("?", "?response-content-type=text/html&") })],
    ["with a parameter twice", () => get({ change: url("&X-Amz-Date", "&X-Amz-Expires=600&X-Amz-Date") })],
    ["with a parameter in other letters", () => get({ change: url("X-Amz-Expires", "x-amz-expires") })],
    ["without its signature", () => get({ change: url(/&X-Amz-Signature=.*/, "") })],
    ["with an empty signature", () => get({ change: url(/Signature=.*/, "Signature=") })],
    ["with a subresource added", () => get({ change: url("?", "?acl&") })],
    ["with a header added", () => get({ method: "PUT", change: added("x-amz-meta-a", "b") })],
    ["with a fragment", () => get({ change: url("?", "#?") })],
    [
      "beside an Authorization",
      () => get({ change: added("Authorization", "AWS4-HMAC-SHA256 Credential=a") }),
    ],
    [
      "of a list with another prefix",
      () => get({ target: "/exports?prefix=daily/", change: url("daily", "nightly") }),
    ],
    ["of a list outside", () => get({ target: "/exports?prefix=nightly/" })],
  ]);
});

const CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const BARE = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

describe("bodies of which no object may come to be", () => {
  const put = (body: string, payload: string, headers: Record<string, string> = {}): Attempt => ({
    method: "PUT",
    target: "/exports/daily/never",
    body,
    payload,
    headers,
  });
  const bare = (body: string, length: string, trailer = "x-amz-checksum-crc32"): Attempt =>
    put(body, BARE, { "x-amz-decoded-content-length": length, "x-amz-trailer": trailer });
  const wrongChunk = (): Attempt => {
    const body = `1;chunk-signature=${"0".repeat(64)}\r\na\r\n0;chunk-signature=${"0".repeat(64)}\r\n\r\n`;
    return put(body, CHUNKS, { "x-amz-decoded-content-length": "1" });
  };
  /** Chunks of which each is signed; then the last one is taken away, or something added. */
  const signedChunks = (finish: (text: string) => string): Attempt => {
    const one = put("", CHUNKS, { "x-amz-decoded-content-length": "1" });
    const make = (length: number): TestRequest =>
      requestOf("narrow", { ...one, body: Buffer.alloc(length), timestamp: at });
    const at = timestampAt(Date.now());
    const text = (seed: TestRequest): string => {
      const chain = chunkSigner(seed, { key: keyOf("narrow") });
      return finish(
        `1;chunk-signature=${chain.chunk(Buffer.from("a"))}\r\na\r\n0;chunk-signature=${chain.chunk(Buffer.alloc(0))}\r\n\r\n`,
      );
    };
    return { ...one, timestamp: at, body: text(make(text(make(0)).length)) };
  };
  attempts("narrow", [
    ["nothing, with another digest", () => put("", sha256("x"))],
    ["nothing, with another MD5", () => put("", EMPTY_SHA256, { "content-md5": "XrY7u+Ae7tCTyyK7j1rNww==" })],
    ["nothing, with another CRC32", () => put("", EMPTY_SHA256, { "x-amz-checksum-crc32": "AAAAAQ==" })],
    [
      "nothing in chunks, with another trailer",
      () => bare("0\r\nx-amz-checksum-crc32:AAAAAQ==\r\n\r\n", "0"),
    ],
    ["another digest", () => put("hello", sha256("other"))],
    ["no digest at all", () => put("hello", "")],
    ["a digest of another kind", () => put("hello", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")],
    ["a chunk with a wrong signature", wrongChunk],
    ["chunks without the last", () => signedChunks((text) => text.slice(0, text.indexOf("\r\n0;") + 2))],
    [
      "chunks that go on",
      () => signedChunks((text) => `${text}1;chunk-signature=${"0".repeat(64)}\r\na\r\n`),
    ],
    ["chunks with other data", () => signedChunks((text) => text.replace("\r\na\r\n", "\r\nb\r\n"))],
    ["bare chunks that end early", () => bare("5\r\nhel", "5")],
    ["bare chunks without the last", () => bare("5\r\nhello\r\n", "5")],
    [
      "bare chunks longer than said",
      () => bare("6\r\nhello!\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "5"),
    ],
    [
      "bare chunks shorter than said",
      () => bare("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "6"),
    ],
    [
      "bare chunks, a wrong trailer",
      () => bare("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "5"),
    ],
    ["bare chunks, another trailer", () => bare("5\r\nhello\r\n0\r\nx-amz-checksum-sha1:AAAA\r\n\r\n", "5")],
    ["bare chunks, no trailer", () => bare("5\r\nhello\r\n0\r\n\r\n", "5")],
    [
      "bare chunks, more behind",
      () => bare("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\nhello", "5"),
    ],
    ["bare chunks, a negative size", () => bare("-5\r\nhello\r\n0\r\n\r\n", "5")],
    ["a length that is not signed for", () => bare("0\r\n\r\n", "-1")],
    ["no length", () => put("0\r\n\r\n", BARE, { "x-amz-trailer": "x-amz-checksum-crc32" })],
    [
      "less than Content-Length",
      () => ({
        ...put("hello", sha256("hello")),
        change: replaced("content-length", "9"),
        sign: { unsigned: ["content-length"] },
      }),
    ],
    [
      "more than Content-Length",
      () => ({
        ...put("hello", sha256("hello")),
        change: replaced("content-length", "2"),
        sign: { unsigned: ["content-length"] },
      }),
    ],
    ["two lengths", () => ({ ...put("hello", sha256("hello")), change: added("Content-Length", "2") })],
    [
      "length and chunks of HTTP",
      () => ({ ...put("hello", sha256("hello")), change: added("Transfer-Encoding", "chunked") }),
    ],
  ]);
  it("and none has", async () => {
    expect((await s3Call(world, "all", "HEAD", "/exports/daily/never")).status).toBe(404);
  });
});

describe("other clients", () => {
  describe("one that may only read", () =>
    attempts("reader", [
      ["PUT", () => ({ method: "PUT", target: "/exports/x", body: "x" })],
      ["PUT of nothing", () => ({ method: "PUT", target: "/exports/x", body: "" })],
      ["DELETE", () => ({ method: "DELETE", target: "/exports/x" })],
      [
        "DELETE on a condition",
        () => ({ method: "DELETE", target: "/exports/x", headers: { "if-match": "*" } }),
      ],
      [
        "a list to delete",
        () => ({
          method: "POST",
          target: "/exports?delete",
          body: "<Delete><Object><Key>x</Key></Object></Delete>",
          within: true,
        }),
      ],
      [
        "a list to delete, on conditions",
        () => ({
          method: "POST",
          target: "/exports?delete",
          body: "<Delete><Object><Key>x</Key><ETag>*</ETag></Object></Delete>",
          within: true,
        }),
      ],
      ["a list", () => ({ target: "/exports" })],
      ["a list of a prefix", () => ({ target: "/exports?list-type=2&prefix=x" })],
      ["uploads", () => ({ target: "/exports?uploads" })],
      [
        "a copy",
        () => ({ method: "PUT", target: "/exports/y", headers: { "x-amz-copy-source": "exports/x" } }),
      ],
      [
        "a copy onto itself",
        () => ({
          method: "PUT",
          target: "/exports/x",
          headers: { "x-amz-copy-source": "exports/x", "x-amz-metadata-directive": "REPLACE" },
        }),
      ],
      ["an upload begun", () => ({ method: "POST", target: "/exports/x?uploads" })],
      [
        "a part",
        () => ({
          method: "PUT",
          target: `/exports/daily/upload?partNumber=1&uploadId=${uploads.inside}`,
          body: "a",
        }),
      ],
      [
        "an upload completed",
        () => ({
          method: "POST",
          target: `/exports/daily/upload?uploadId=${uploads.inside}`,
          body: COMPLETE,
        }),
      ],
      [
        "an upload aborted",
        () => ({ method: "DELETE", target: `/exports/daily/upload?uploadId=${uploads.inside}` }),
      ],
      ["parts of an upload", () => ({ target: `/exports/daily/upload?uploadId=${uploads.inside}` })],
      ["another bucket", () => ({ target: "/elsewhere/daily/1" })],
      ["an object's ACL", () => ({ method: "PUT", target: "/exports/x?acl", body: "x" })],
    ]));
  describe("one that has another bucket", () =>
    attempts("stranger", [
      ["GET", () => ({ target: "/exports/x" })],
      ["HEAD", () => ({ method: "HEAD", target: "/exports/x" })],
      ["HEAD of its own, which it may only get", () => ({ method: "HEAD", target: "/elsewhere/daily/1" })],
      [
        "a condition, which needs HEAD",
        () => ({ target: "/elsewhere/daily/1", headers: { "if-none-match": "*" } }),
      ],
      ["tags", () => ({ target: "/elsewhere/daily/1?tagging" })],
      ["the bucket", () => ({ method: "HEAD", target: "/exports" })],
      ["a new bucket", () => ({ method: "PUT", target: "/exports" })],
      [
        "at another's socket",
        () => ({
          target: "/elsewhere/daily/1",
          where: { path: world.proxy.proxy.clients["narrow"]!.s3!.socket! },
        }),
      ],
      [
        "another's socket and key there",
        () => ({
          target: "/exports/daily/1",
          where: { path: world.proxy.proxy.clients["narrow"]!.s3!.socket! },
        }),
      ],
    ]));
});

describe("callers that are nobody", () => {
  const nobody = (request: TestRequest, body?: string): Promise<ParsedResponse> =>
    raw({ port: port() }, written(request, body), { timeoutMs: 2500 });
  const token = (): string => readFileSync(world.proxy.proxy.clients["narrow"]!.tokenFile!, "utf8");
  const bare = (headers: Record<string, string> = {}, target = "/exports/daily/1"): TestRequest => ({
    method: "GET",
    url: target,
    headers: [["Host", `127.0.0.1:${port()}`], ...Object.entries(headers)],
  });
  const signedBy = (id: string, secret: string, at = Date.now()): TestRequest =>
    signed(bare({ "x-amz-date": timestampAt(at), "x-amz-content-sha256": EMPTY_SHA256 }), {
      key: { accessKeyId: id, secretAccessKey: secret, sessionToken: "", expiresMs: undefined },
    });
  const table: [string, () => TestRequest, string?][] = [
    ["no signature", () => bare()],
    ["no signature, a list", () => bare({}, "/exports?prefix=daily/")],
    ["the token of a client", () => bare({ authorization: `Bearer ${token()}` })],
    ["the token as X-Api-Key", () => bare({ "x-api-key": token() })],
    ["an empty Authorization", () => bare({ authorization: "" })],
    ["version 2", () => bare({ authorization: "AWS AKIA:c2ln" })],
    ["version 4A", () => bare({ authorization: "AWS4-ECDSA-P256-SHA256 Credential=a" })],
    ["Amazon's key", () => signedBy("AKIAIOSFODNN7EXAMPLE", "x")],
    ["an empty key", () => signedBy("KLS3", "")],
    ["a client's id, another secret", () => signedBy(world.keysOf("narrow").accessKeyId, "x".repeat(40))],
    [
      "a client's id, another's secret",
      () => signedBy(world.keysOf("narrow").accessKeyId, world.keysOf("reader").secretAccessKey),
    ],
    [
      "a client's id in other letters",
      () =>
        signedBy(world.keysOf("narrow").accessKeyId.toLowerCase(), world.keysOf("narrow").secretAccessKey),
    ],
    [
      "an id with an expiry that was moved",
      () => {
        const { accessKeyId, secretAccessKey } = world.keysOf("narrow");
        return signedBy(`${accessKeyId.slice(0, -4)}BAAA`, secretAccessKey);
      },
    ],
    [
      "too late",
      () =>
        signedBy(
          world.keysOf("narrow").accessKeyId,
          world.keysOf("narrow").secretAccessKey,
          Date.now() - 16 * 60_000,
        ),
    ],
    [
      "too early",
      () =>
        signedBy(
          world.keysOf("narrow").accessKeyId,
          world.keysOf("narrow").secretAccessKey,
          Date.now() + 16 * 60_000,
        ),
    ],
    [
      "a signature of another request",
      () => ({
        ...signedBy(world.keysOf("narrow").accessKeyId, world.keysOf("narrow").secretAccessKey),
        url: "/exports/daily/2",
      }),
    ],
    ["keys asked of this port", () => bare({ authorization: `Bearer ${token()}` }, "/s3/credentials")],
    [
      "the proxy's own paths",
      () => bare({ authorization: `Bearer ${token()}` }, "/objectstorage/n/keylesslocal/b/exports/o/x"),
    ],
  ];
  it.each(table)("%s", async (_, make, body) => {
    const before = seen.length;
    expectHeld("nobody", await nobody(make(), body), seen.slice(before), false);
  });

  it("requests behind a refused one are judged by themselves", async () => {
    const before = seen.length;
    const honest = (target: string): string => {
      const { url: to, headers } = requestOf("narrow", { target });
      return `GET ${to} HTTP/1.1\r\n${headers.map(([n, v]) => `${n}: ${v}\r\n`).join("")}\r\n`;
    };
    const refused = requestOf("narrow", {
      method: "PUT",
      target: "/exports/nightly/x",
      body: honest("/exports/x"),
    });
    const first = `PUT ${refused.url} HTTP/1.1\r\n${refused.headers.map(([n, v]) => `${n}: ${v}\r\n`).join("")}\r\n${honest("/exports/x")}`;
    const response = await raw(
      { port: port() },
      [first, honest("/exports/nightly/x"), honest("/exports/daily/1"), honest("/elsewhere/daily/1")],
      { settleMs: 300 },
    );
    const statuses = [...response.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(["403", "403", "200", "403"]);
    expect(response.text).not.toContain(SECRET);
    expect(seen.slice(before)).toEqual(["GET /n/keylesslocal/b/exports/o/daily%2F1"]);
  });
});

describe("afterwards", () => {
  it("what is outside is as it was", async () => {
    const { body } = await s3Call(world, "all", "GET", "/exports?encoding-type=url");
    const keys = [...body.matchAll(/<Key>([^<]*)/g)].map(([, key]) => key!);
    expect(keys.filter((key) => !key.startsWith("daily/"))).toEqual([
      "Daily/1",
      "daily",
      "dailyx",
      "daily%EF%BC%8F1",
      "nightly/x",
      "x",
    ]);
    for (const key of ["nightly/x", "x", "daily"])
      expect((await s3Call(world, "all", "GET", `/exports/${key}`)).body).toBe(SECRET);
    const begun = (await s3Call(world, "all", "GET", "/exports?uploads")).body;
    expect([...begun.matchAll(/<Key>([^<]*)/g)].map(([, key]) => key!)).toEqual([
      "daily/upload",
      "nightly/upload",
    ]);
    for (const bucket of ["elsewhere", "exports-2", "Exports"])
      expect((await s3Call(world, "all", "GET", `/${bucket}`)).body.match(/<Key>/g)).toHaveLength(1);
  });

  it("no line of the audit has a signature or a key, and each that was allowed is about what is granted", () => {
    const lines = audit();
    const text = JSON.stringify(lines);
    for (const client of ["narrow", "reader", "all", "stranger"])
      expect(text).not.toContain(world.keysOf(client).secretAccessKey);
    expect(text).not.toContain("X-Amz-Signature");
    expect(text).not.toMatch(/[0-9a-f]{64}/);
    const beyond = lines.filter(
      ({ client, decision, operation, resource }) =>
        decision === "allowed" &&
        client === "narrow" &&
        operation !== undefined &&
        !(
          resource?.["bucketName"] === "exports" &&
          String(resource["objectName"] ?? "daily/").startsWith("daily/")
        ),
    );
    expect(beyond).toEqual([]);
  });
});
