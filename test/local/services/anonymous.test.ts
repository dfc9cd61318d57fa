/** Pre-authenticated requests and public buckets: URLs that need no signature. */
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { ObjectStorageClient } from "oci-objectstorage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";
import { signedCall } from "../../support/signed-call.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const bucketName = "reports";
const DAY_MS = 86_400_000;
let oci: LocalOci;
let client: ObjectStorageClient;
let namespaceName: string;

const at = () => ({ namespaceName, bucketName });
const path = (rest: string) => `/n/${namespaceName}/b/${bucketName}${rest}`;

const put = (objectName: string, text: string, more: object = {}) =>
  client.putObject({
    ...at(),
    objectName,
    putObjectBody: text,
    contentLength: Buffer.byteLength(text),
    ...more,
  });

const textOf = async (objectName: string, more: object = {}) => {
  const { value } = await client.getObject({ ...at(), objectName, ...more });
  return new Response(value as ReadableStream).text();
};

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 5 },
    deployerStatements: ["Allow group Deployers to manage object-family in compartment app"],
  });
  client = sdkClient(oci, ObjectStorageClient, "objectstorage");
  namespaceName = (await client.getNamespace({})).value;
  await client.createBucket({ namespaceName, createBucketDetails: { compartmentId, name: bucketName } });
});
afterAll(() => oci.close());

/** A request without a signature to Object Storage's own host name; the body is that of the response. */
const anonymously = (
  url: string,
  method = "GET",
  body?: string,
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> =>
  new Promise((resolve, reject) => {
    const { hostname, pathname, search } = new URL(url);
    const sent = request(
      {
        host: "127.0.0.1",
        port: oci.addresses.tlsPort,
        servername: hostname,
        path: pathname + search,
        method,
        headers: { host: hostname, ...(body !== undefined && { "content-length": Buffer.byteLength(body) }) },
        ca: readFileSync(oci.addresses.caFile),
      },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({
          status: response.statusCode!,
          body: Buffer.concat(chunks).toString(),
          headers: response.headers,
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });

describe("pre-authenticated requests", () => {
  const create = async (accessType: string, more: object = {}, as = oci.administrator) =>
    (
      await sdkClient(oci, ObjectStorageClient, "objectstorage", as).createPreauthenticatedRequest({
        ...at(),
        createPreauthenticatedRequestDetails: {
          name: "p",
          accessType: accessType as never,
          timeExpires: new Date(oci.cloud.clock.now() + DAY_MS),
          ...more,
        },
      })
    ).preauthenticatedRequest;

  test("one object, read only, until it expires; its URL is shown once", async () => {
    await put("dir/app v2.tgz", "bundle");
    const par = await create("ObjectRead", { objectName: "dir/app v2.tgz" });
    expect(par.fullPath).toBe(`https://objectstorage.us-ashburn-1.oraclecloud.com${par.accessUri}`);
    const response = await anonymously(par.fullPath!);
    expect([response.status, response.body]).toEqual([200, "bundle"]);
    expect((await anonymously(par.fullPath!.replace("dir/", "dir%2F"))).body).toBe("bundle");
    expect((await anonymously(par.fullPath!.replace("v2", "v1"))).status).toBe(404);
    expect((await anonymously(par.fullPath!, "PUT", "evil")).status).toBe(404);
    expect((await anonymously(par.fullPath!, "DELETE")).status).toBe(404);
    expect((await anonymously(par.fullPath!.replace("/p/", "/p/_"))).status).toBe(404);
    const { preauthenticatedRequestSummary: got } = await client.getPreauthenticatedRequest({
      ...at(),
      parId: par.id,
    });
    expect(got.accessType).toBe("ObjectRead");
    const list = await signedCall(oci, "objectstorage", "GET", path("/p"));
    expect(list.text).not.toContain(par.accessUri.split("/")[2]);
    oci.cloud.clock.offsetMs += 2 * DAY_MS;
    expect((await anonymously(par.fullPath!)).status).toBe(404);
    oci.cloud.clock.offsetMs -= 2 * DAY_MS;
    await client.deletePreauthenticatedRequest({ ...at(), parId: par.id });
    expect((await anonymously(par.fullPath!)).status).toBe(404);
  });

  test("a bucket's: write without read, list when allowed", async () => {
    const write = await create("AnyObjectWrite");
    expect((await anonymously(`${write.fullPath}in/box`, "PUT", "mail")).status).toBe(200);
    expect(await textOf("in/box")).toBe("mail");
    expect((await anonymously(`${write.fullPath}in/box`)).status).toBe(404);
    expect((await anonymously(write.fullPath!)).status).toBe(404);
    const read = await create("AnyObjectRead", { bucketListingAction: "ListObjects" });
    expect(JSON.parse((await anonymously(`${read.fullPath}?prefix=in/`)).body).objects).toEqual([
      { name: "in/box" },
    ]);
    expect((await anonymously(`${read.fullPath}in/box`)).body).toBe("mail");
    const past = create("ObjectRead", { objectName: "x", timeExpires: new Date(1) });
    expect((await refusal(past))[2]).toContain("timeExpires");
    expect((await refusal(create("ObjectRead")))[1]).toBe("MissingParameter");
  });

  test("is worth what its maker may do when it is used", async () => {
    await put("lent", "content");
    const par = await create("ObjectRead", { objectName: "lent" }, oci.deployer);
    expect((await anonymously(par.fullPath!)).status).toBe(200);
    const policies = oci.cloud.store.list("policy").filter((p) => p.model.name === "deployers");
    expect(policies).toHaveLength(1);
    oci.cloud.store.remove(policies[0]!.id);
    expect((await anonymously(par.fullPath!)).status).toBe(404);
  });

  test("a public bucket is read by anybody, a private one by nobody", async () => {
    const details = { compartmentId, name: "public", publicAccessType: "ObjectReadWithoutList" as never };
    await client.createBucket({ namespaceName, createBucketDetails: details });
    await client.putObject({
      namespaceName,
      bucketName: "public",
      objectName: "o",
      putObjectBody: "x",
      contentLength: 1,
    });
    const host = "https://objectstorage.us-ashburn-1.oraclecloud.com";
    expect((await anonymously(`${host}/n/${namespaceName}/b/public/o/o`)).body).toBe("x");
    expect((await anonymously(`${host}/n/${namespaceName}/b/public/o`)).status).toBe(401);
    expect((await anonymously(`${host}${path("/o/lent")}`)).status).toBe(401);
  });
});
