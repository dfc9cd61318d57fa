/** Whose request it is: what is accepted, and everything that is not. */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalOci } from "../../../local/index.ts";
import { requiredHeaders } from "../../../oci/signature.ts";
import { startTestOci } from "../../support/local-oci.ts";
import {
  asUser,
  callSigned,
  type RawRequest,
  type SignedHeaders,
  send,
  signedHeaders,
} from "../../support/raw-request.ts";

let oci: LocalOci;
let url: string;
let get: Omit<RawRequest, "headers">;
let post: Omit<RawRequest, "headers">;

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0 } });
  url = oci.overrides.urlOf("identity", oci.cloud.regions[0]);
  get = { method: "GET", target: `/20160918/users?compartmentId=${oci.cloud.tenancy.id}` };
  const body = JSON.stringify({ compartmentId: oci.cloud.tenancy.id, name: "signed", description: "d" });
  post = { method: "POST", target: "/20160918/groups", body };
});
afterAll(() => oci.close());

const REFUSAL = {
  code: "NotAuthenticated",
  message: "The required information to complete authentication was not provided or was incorrect.",
};

const refused = async (raw: RawRequest): Promise<void> => {
  const response = await send(url, raw);
  expect([response.status, JSON.parse(response.text)]).toEqual([401, REFUSAL]);
  expect(response.headers["opc-request-id"]).toBeTruthy();
};

const honest = (raw: Omit<RawRequest, "headers"> = get): SignedHeaders =>
  signedHeaders(url, raw, asUser(oci.administrator));

describe("accepted", () => {
  test("a request signed as OCI demands, with date or x-date", async () => {
    expect((await callSigned(url, get, asUser(oci.administrator))).status).toBe(200);
    const names = ["x-date", "(request-target)", "host"];
    expect((await callSigned(url, get, { ...asUser(oci.administrator), names })).status).toBe(200);
  });

  test("parameters in another order, header names in mixed case, further headers signed", async () => {
    const names = ["(request-target)", "host", "date", "accept-language"];
    const headers = { ...honest(), "accept-language": "en" };
    expect(names.length).toBeGreaterThan(3);
    const mixed = headers.authorization.replace(
      'headers="date (request-target) host"',
      'headers="Date (request-target) HOST"',
    );
    expect(mixed).not.toBe(headers.authorization);
    const [, version, keyId, algorithm, named, signature] =
      /^Signature (version="1"),(keyId="[^"]+"),(algorithm="[^"]+"),(headers="[^"]+"),(signature="[^"]+")$/.exec(
        mixed,
      )!;
    const authorization = `Signature ${[signature, named, algorithm, keyId, version].join(",")}`;
    expect((await send(url, { ...get, headers: { ...headers, authorization } })).status).toBe(200);
  });

  test("a body whose digest is signed", async () => {
    expect((await callSigned(url, post, asUser(oci.administrator))).status).toBe(200);
  });

  test("an empty body with its digest", async () => {
    const empty = { method: "POST", target: "/20160918/groups", body: "" };
    const response = await callSigned(url, empty, asUser(oci.administrator));
    expect([response.status, JSON.parse(response.text).code]).toEqual([400, "CannotParseRequest"]);
  });
});

describe("refused with the one response that says nothing", () => {
  test("no Authorization header, another scheme, nonsense, two of them", async () => {
    const { authorization, ...rest } = honest();
    await refused({ ...get, headers: rest });
    for (const value of [
      "",
      "Bearer x",
      "Basic eDp5",
      "Signature",
      "Signature x",
      authorization.slice(0, -2),
    ]) {
      await refused({ ...get, headers: { ...rest, authorization: value } });
    }
    await refused({ ...get, headers: { ...rest, authorization: [authorization, authorization] } });
  });

  test("a parameter repeated, another version or algorithm", async () => {
    const headers = honest();
    for (const [from, to] of [
      ['version="1"', 'version="2"'],
      ['algorithm="rsa-sha256"', 'algorithm="hmac-sha256"'],
      ['algorithm="rsa-sha256"', 'algorithm="none"'],
      ['version="1"', 'version="1",version="1"'],
    ] as const) {
      await refused({
        ...get,
        headers: { ...headers, authorization: headers.authorization.replace(from, to) },
      });
    }
  });

  test("a header that must be signed is not", async () => {
    for (const raw of [get, post]) {
      const needed = requiredHeaders(raw.method);
      for (const name of needed) {
        const names = needed.filter((n) => n !== name);
        const headers = signedHeaders(url, raw, { ...asUser(oci.administrator), names });
        await refused({ ...raw, headers });
      }
    }
  });

  test("a signed header is missing, changed or sent twice", async () => {
    const headers = honest();
    await refused({ ...get, headers: { ...headers, date: new Date(Date.now() + 1000).toUTCString() } });
    await refused({ ...get, headers: { ...headers, host: "identity.us-ashburn-1.oraclecloud.com" } });
    await refused({ ...get, headers: { ...headers, date: [headers["date"]!, headers["date"]!] } });
  });

  test("another method, path or query than was signed", async () => {
    const headers = honest();
    expect((await send(url, { ...get, method: "HEAD", headers })).status).toBe(401);
    await refused({ ...get, target: `${get.target}&limit=1`, headers });
    await refused({ ...get, target: get.target.replace("users", "groups"), headers });
    await refused({ ...get, target: get.target.replace("users", "%75sers"), headers });
  });

  test("a clock more than five minutes off, either way, or a date that is none", async () => {
    const at = (ms: number) =>
      signedHeaders(url, get, { ...asUser(oci.administrator), nowMs: Date.now() + ms });
    expect((await send(url, { ...get, headers: at(-290_000) })).status).toBe(200);
    expect((await send(url, { ...get, headers: at(290_000) })).status).toBe(200);
    await refused({ ...get, headers: at(-310_000) });
    await refused({ ...get, headers: at(310_000) });
    const names = requiredHeaders("GET");
    for (const date of ["", "yesterday", "0", "2026-01-01T00:00:00Z"]) {
      const headers = signedHeaders(url, get, { ...asUser(oci.administrator), names });
      await refused({ ...get, headers: { ...headers, date } });
    }
  });

  test("a body other than its digest, a digest other than the body's", async () => {
    const headers = honest(post);
    await refused({ ...post, body: post.body!.toString().replace("signed", "forged"), headers });
    const other = { ...post, body: post.body!.toString().replace("signed", "forged") };
    const forged = signedHeaders(url, other, asUser(oci.administrator));
    await refused({ ...post, headers: { ...headers, "x-content-sha256": forged["x-content-sha256"]! } });
  });

  test("another key, a key of another user, an unknown user or tenancy, a user's own idea of a key", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const stranger = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const { administrator, deployer } = oci;
    const signings = [
      { ...asUser(administrator), privateKeyPem: stranger },
      { ...asUser(administrator), privateKeyPem: deployer.privateKeyPem },
      {
        ...asUser(administrator),
        keyId: `${administrator.tenancyId}/${administrator.userId}/${deployer.fingerprint}`,
      },
      {
        ...asUser(administrator),
        keyId: `${administrator.tenancyId}/${deployer.userId}/${administrator.fingerprint}`,
      },
      {
        ...asUser(administrator),
        keyId: `ocid1.tenancy.oc1..x/${administrator.userId}/${administrator.fingerprint}`,
      },
      { ...asUser(administrator), keyId: `${asUser(administrator).keyId}/` },
      { ...asUser(administrator), keyId: "__proto__/constructor/toString" },
    ];
    for (const signing of signings) await refused({ ...get, headers: signedHeaders(url, get, signing) });
  });

  test("a key that was deleted, and a user that was", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const admin = asUser(oci.administrator);
    const body = JSON.stringify({ compartmentId: oci.cloud.tenancy.id, name: "leaver", description: "d" });
    const made = JSON.parse(
      (await callSigned(url, { method: "POST", target: "/20160918/users", body }, admin)).text,
    );
    const keys = `/20160918/users/${made.id}/apiKeys`;
    const upload = { method: "POST", target: keys, body: JSON.stringify({ key: publicKey }) };
    const { keyId, fingerprint } = JSON.parse((await callSigned(url, upload, admin)).text);
    const leaver = { keyId, privateKeyPem: privateKey };
    // Its own keys are a user's own business; users are not.
    expect((await callSigned(url, { method: "GET", target: keys }, leaver)).status).toBe(200);
    expect((await callSigned(url, get, leaver)).status).toBe(404);
    const encoded = encodeURIComponent(fingerprint);
    expect((await callSigned(url, { method: "DELETE", target: `${keys}/${encoded}` }, admin)).status).toBe(
      204,
    );
    await refused({ ...get, headers: signedHeaders(url, get, leaver) });
    expect((await callSigned(url, upload, admin)).status).toBe(200);
    expect(
      (await callSigned(url, { method: "DELETE", target: `/20160918/users/${made.id}` }, admin)).status,
    ).toBe(204);
    await refused({ ...get, headers: signedHeaders(url, get, leaver) });
  });
});
