/**
 * Requests that nobody should send: random methods, paths, headers and bodies at every service. Whatever comes,
 * the response is OCI's: a status below 500 with code and message, no stack, no hang, and nothing accepted that
 * was not signed. `KEYLESS_HOSTILE_RUNS` sets how many; a check of everything sends 100,000.
 */
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalOci } from "../../../local/index.ts";
import { services as localServices } from "../../../local/services/index.ts";
import { allOperations } from "../../../oci/operations/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import {
  asUser,
  callSigned,
  type RawRequest,
  type RawResponse,
  send,
  signedHeaders,
} from "../../support/raw-request.ts";

const RUNS = Number(process.env["KEYLESS_HOSTILE_RUNS"] ?? 400);

let oci: LocalOci;
const defects: string[] = [];
beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    log: (line) => {
      // What is not imitated is said, and no defect.
      if (!line.includes("is not imitated")) defects.push(line);
    },
  });
});
afterAll(() => oci.close());

const services = localServices.map(({ name }) => name);
const operations = allOperations().filter((o) => services.includes(o.service));
const urlOf = (service: string): string => oci.overrides.urlOf(service, oci.cloud.regions[0]);

const isResponseOfOci = ({ status, text, headers }: RawResponse, method: string): void => {
  expect(defects).toEqual([]);
  expect(status).toBeLessThan(500);
  expect(headers["opc-request-id"]).toMatch(/^[\w./-]+$/);
  if (status < 400 || method === "HEAD") return;
  const { code, message, ...rest } = JSON.parse(text);
  expect([typeof code, typeof message, rest]).toEqual(["string", "string", {}]);
  expect(text).not.toMatch(/\.ts:|node:|\bat \w+ \(/);
};

/** A value of JSON that may stand anywhere in a body. */
const anything = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue() },
  fc.constantFrom<unknown>("__proto__", "constructor", -1, 1e308, "\u0000", "ocid1.x", [], {}, null, true),
);
const members = [
  ...[
    "compartmentId",
    "name",
    "displayName",
    "description",
    "statements",
    "matchingRule",
    "vcnId",
    "cidrBlock",
  ],
  ...[
    "vaultId",
    "keyId",
    "secretContent",
    "secretName",
    "metadata",
    "sourceDetails",
    "shape",
    "timeOfDeletion",
  ],
  ...[
    "definedTags",
    "freeformTags",
    "keyShape",
    "securityRules",
    "__proto__",
    "userId",
    "groupId",
    "logType",
  ],
];
const body = fc.oneof(
  fc.dictionary(fc.constantFrom(...members), anything).map((value) => JSON.stringify(value)),
  anything.map((value) => JSON.stringify(value) ?? ""),
  fc.string(),
  fc.constantFrom("", "{", "[]", '{"a":1,}', "null", '"x"', "\u{1F600}", "{}{}"),
);
const parameter = fc.oneof(
  fc.constantFrom(
    "x",
    "..",
    "%2e%2e",
    "%00",
    "%ff",
    "%2F",
    "a%2Fb",
    "__proto__",
    "constructor",
    "a b".replace(" ", "%20"),
  ),
  fc.constantFrom("TENANCY", "COMPARTMENT", "USER", "GROUP"),
  fc.string().map((text) => encodeURIComponent(text) || "y"),
);
const query = fc.oneof(
  fc.constant(""),
  fc.constantFrom(
    "?compartmentId=TENANCY",
    "?compartmentId=COMPARTMENT&limit=2",
    "?limit=0",
    "?page=x",
    "?compartmentId=",
    "?&&=",
    "?%ff=%ff",
    "?sortBy=NAME&sortOrder=x&compartmentId=TENANCY",
  ),
  fc.string().map((text) => `?${encodeURIComponent(text)}`),
);

const filled = (text: string): string =>
  text
    .replaceAll("TENANCY", oci.cloud.tenancy.id)
    .replaceAll("COMPARTMENT", oci.cloud.store.list("compartment")[0]!.id)
    .replaceAll("USER", oci.administrator.userId)
    .replaceAll("GROUP", oci.cloud.store.list("group")[0]!.id);

test("signed requests for any operation, with any parameters, query and body", async () => {
  const request = fc.record({
    operation: fc.constantFrom(...operations),
    parameters: fc.array(parameter, { minLength: 6, maxLength: 6 }),
    query,
    body,
    admin: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ operation, parameters, query: asked, body: sent, admin }) => {
      let at = 0;
      const path = operation.path.replace(/\{\w+\}/g, () => parameters[at++ % 6]!);
      const { method } = operation;
      const hasBody = method === "POST" || method === "PUT" || method === "PATCH";
      const raw = { method, target: filled(path + asked), ...(hasBody && { body: filled(sent) }) };
      const signing = { ...asUser(admin ? oci.administrator : oci.deployer) };
      const response = await callSigned(urlOf(operation.service), raw, signing);
      isResponseOfOci(response, raw.method);
      // The deployer of this local OCI has no policy.
      const free = operation.permissions?.mode === "none" || operation.name === "GetNamespace";
      const own = /ApiKey/.test(operation.name);
      if (!admin && !free && !own) expect(response.status).toBeGreaterThanOrEqual(400);
    }),
    { numRuns: RUNS },
  );
});

test("unsigned or wrongly signed requests, any method, path and header, are never accepted", async () => {
  const header = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "Signature",
      'Signature version="1"',
      "Bearer x",
      `Signature keyId="ST$${"a".repeat(3000)}"`,
    ),
    fc
      .record({
        keyId: fc.string(),
        algorithm: fc.string(),
        headers: fc.string(),
        signature: fc.base64String(),
      })
      .map(
        (p) =>
          `Signature ${Object.entries(p)
            .map(([k, v]) => `${k}="${v}"`)
            .join(",")}`,
      ),
  );
  const request = fc.record({
    service: fc.constantFrom(...services, "auth"),
    method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"),
    path: fc.oneof(
      fc.constantFrom(...operations.map((o) => o.path)),
      fc.constantFrom(
        "/",
        "//",
        "/p/x/n/y/b/z/o/w",
        "/p/",
        "/v1/x509",
        "*",
        "/../../etc/passwd",
        "http://x/y",
      ),
      fc.webPath(),
    ),
    authorization: fc.option(
      header.map((text) => text.replace(/[^\x20-\x7e]/g, "")),
      { nil: undefined },
    ),
    body,
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ service, method, path, authorization, body: sent }) => {
      const bytes = Buffer.from(sent);
      const raw: RawRequest = {
        method,
        target: filled(path).replace(/[^\x21-\x7e]/g, "") || "/",
        headers: {
          host: "127.0.0.1",
          date: new Date().toUTCString(),
          "content-length": String(bytes.length),
          ...(authorization !== undefined && { authorization }),
        },
        body: bytes,
      };
      const response = await send(urlOf(service), raw);
      isResponseOfOci(response, method);
      expect(response.status).toBeGreaterThanOrEqual(400);
    }),
    { numRuns: RUNS },
  );
});

test("bytes that are no HTTP end the connection with a response, or without one", async () => {
  const port = Number(new URL(urlOf("identity")).port);
  const ask = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
        socket.end();
      });
      socket.on("error", () => resolve(text));
      socket.on("close", () => resolve(text));
      socket.setTimeout(500, () => socket.destroy());
    });
  for (const bytes of [
    "\r\n\r\n",
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    `GET / HTTP/1.1\r\nhost: x\r\na: ${"b".repeat(100_000)}\r\n\r\n`,
    "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "\u0016\u0003\u0001",
  ]) {
    expect(await ask(bytes)).not.toMatch(/^HTTP\/1.1 [25]/);
  }
  const after = { method: "GET", target: `/20160918/tenancies/${oci.cloud.tenancy.id}` };
  expect((await callSigned(urlOf("identity"), after, asUser(oci.administrator))).status).toBe(200);
  expect(defects).toEqual([]);
});

test("a client that waits for 100 Continue gets it only when it is known, and may upload", async () => {
  const [{ namespace }, [region]] = [oci.cloud.tenancy, oci.cloud.regions];
  const url = oci.overrides.urlOf("objectstorage", region);
  const compartmentId = oci.cloud.store.list("compartment")[0]!.id;
  const bucket = {
    method: "POST",
    target: `/n/${namespace}/b`,
    body: JSON.stringify({ name: "up", compartmentId }),
  };
  expect((await callSigned(url, bucket, asUser(oci.administrator))).status).toBe(200);
  const put = { method: "PUT", target: `/n/${namespace}/b/up/o/x` };
  const names = ["date", "(request-target)", "host"];
  /** Everything that comes back before any byte of the body was sent. */
  const head = (headers: Record<string, string>): Promise<string> =>
    new Promise((resolve) => {
      const { port } = new URL(url);
      const lines = Object.entries({ ...headers, "content-length": "5", expect: "100-continue" });
      const socket = connect(Number(port), "127.0.0.1", () =>
        socket.write(`PUT ${put.target} HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join("")}\r\n`),
      );
      socket.once("data", (chunk) => {
        socket.destroy();
        resolve(String(chunk).split("\r\n")[0]!);
      });
    });
  const signed = (user: LocalOci["deployer"]) => {
    const {
      "content-length": _l,
      "x-content-sha256": _s,
      ...rest
    } = signedHeaders(url, put, { ...asUser(user), names });
    return rest;
  };
  expect(await head(signed(oci.administrator))).toBe("HTTP/1.1 100 Continue");
  expect(await head(signed(oci.deployer))).toMatch(/^HTTP\/1.1 404 /);
  expect(await head({ host: "x" })).toMatch(/^HTTP\/1.1 401 /);
});

test("bodies past the limit are refused before they are signed for, or after", async () => {
  const body = Buffer.alloc(3 * 1024 * 1024, "x");
  const raw = { method: "POST", target: "/20160918/groups", body };
  const honest = await callSigned(urlOf("identity"), raw, asUser(oci.administrator));
  expect([honest.status, JSON.parse(honest.text).code]).toEqual([413, "PayloadTooLarge"]);
  const { authorization: _, ...headers } = signedHeaders(urlOf("identity"), raw, asUser(oci.administrator));
  expect((await send(urlOf("identity"), { ...raw, headers })).status).toBe(401);
});
