import { createHash, generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import { type AuthenticationDetailsProvider, DefaultRequestSigner } from "oci-common";
import { describe, expect, it } from "vitest";
import { signRequest } from "../../../app/instance-principal/index.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs1", format: "pem" }) as string;
const keyId = "ST$header.claims.signature";

const provider: AuthenticationDetailsProvider = {
  getKeyId: async () => keyId,
  getPrivateKey: () => pem,
  getPassphrase: () => null,
  getAuthType: () => undefined,
} as unknown as AuthenticationDetailsProvider;
const theirs = new DefaultRequestSigner(provider);

const segment = fc.stringMatching(/^[A-Za-z0-9._~!$&()*+,=:@-]{1,20}$|^(%[2-7][0-9A-F]){1,4}$/);
const target = fc
  .tuple(
    fc.array(segment, { minLength: 1, maxLength: 5 }),
    fc.array(fc.tuple(segment, segment), { maxLength: 4 }),
  )
  .map(([path, query]) => {
    const search = query.map(([n, v]) => `${n}=${v}`).join("&");
    return `/${path.join("/")}${search && `?${search}`}`;
  });
const instant = fc.integer({ min: 0, max: 4e9 }).map((s) => new Date(s * 1000).toUTCString());
const body = fc.oneof(
  fc.constant(""),
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.json(),
  fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b).toString("base64")),
);

describe("signRequest", () => {
  it("gives oci-common's Authorization byte for byte, for every method and kind of body", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "HEAD", "DELETE", "POST", "PUT", "PATCH", "OPTIONS"),
        fc.constantFrom("iaas.us-ashburn-1.oraclecloud.com", "identity.xx-test-1.oci.cloud.example:8443"),
        target,
        instant,
        body,
        fc.constantFrom("application/json", "text/plain; charset=utf-8"),
        fc.boolean(),
        async (method, host, path, date, text, type, excludeBody) => {
          const withBody = ["POST", "PUT", "PATCH"].includes(method) && !excludeBody;
          const headers = new Headers({ "x-date": date, host });
          if (withBody) headers.set("content-type", type);
          await theirs.signHttpRequest(
            { method, uri: `https://${host}${path}`, headers, ...(text !== "" && { body: text }) } as never,
            excludeBody,
          );
          const sha256 = createHash("sha256").update(text).digest("base64");
          const ours = await signRequest(
            { keyId, privateKey },
            {
              method,
              host,
              target: path,
              date,
              body: withBody ? { type, length: Buffer.byteLength(text), sha256 } : undefined,
            },
            !excludeBody,
          );
          expect(ours).toBe(headers.get("authorization"));
          if (withBody) expect(headers.get("x-content-sha256")).toBe(sha256);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("refuses to sign a body that it is told nothing of", async () => {
    const request = { method: "POST", host: "h", target: "/", date: "d" };
    await expect(signRequest({ keyId, privateKey }, request)).rejects.toThrow("covers a body");
    await expect(
      signRequest(
        { keyId, privateKey },
        { ...request, method: "GET", body: { type: "", length: 0, sha256: "" } },
      ),
    ).rejects.toThrow("covers no body");
  });
});
