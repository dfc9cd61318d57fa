/** The calls that the check makes in S3's form: which, and what comes of them at a real door. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runProbe } from "../../../app/check/probe.ts";
import { s3Probes } from "../../../app/check/s3-probes.ts";
import { getByS3 } from "../../../app/check/via-proxy.ts";
import type { Probe } from "../../../document/schema.ts";
import { type S3World, startS3World } from "../../support/s3-world.ts";

const probe = (more: Partial<Probe>): Probe => ({
  name: "app/bucket-exports-list",
  says: "app: list the bucket exports",
  operation: "objectstorage.ListObjects",
  params: { namespaceName: "ns", bucketName: "exports" },
  query: { limit: "1" },
  target: { id: "exports", seen: "deployer" },
  expected: "allowed",
  client: "app",
  ...more,
});
const list = probe({});
const { client: _, ...object } = probe({
  name: "release-object",
  says: "read the app's bundle in the release bucket",
  operation: "objectstorage.GetObject",
  params: { namespaceName: "ns", bucketName: "release", objectName: "bundle 1+2%.gz" },
  target: { id: "release/bundle", seen: "stack" },
  expected: "refused",
});

describe("calls in S3's form", () => {
  it("are of one client that may list, and of another bucket", () => {
    const own = { ...list };
    delete own.client;
    const found = s3Probes([own, { ...list, expected: "refused" }, object, list, probe({ client: "other" })]);
    expect(found.map(({ name, says, expected, client }) => [name, says, expected, client])).toEqual([
      ["app/s3-bucket-exports-list", "app: list the bucket exports, by S3", "allowed", "app"],
      ["app/s3-release-object", "app: read the app's bundle in the release bucket, by S3", "refused", "app"],
    ]);
  });
  it("are none where no client may list", () => {
    expect(s3Probes([object, { ...list, expected: "refused" }])).toEqual([]);
  });
});

const identity = {
  id: "i",
  regionInfo: { regionIdentifier: "us-ashburn-1", realmDomainComponent: "oraclecloud.com" },
} as never;

describe("at a door", () => {
  let world: S3World;
  beforeAll(async () => {
    world = await startS3World();
    vi.stubEnv("KEYLESS_PROXY_DIRECTORY", world.proxy.dir);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await world.close();
  });
  const made = (one: Probe) =>
    runProbe({ ...one, byS3: true }, identity, {} as never, AbortSignal.timeout(9000));

  it("one is allowed and one is refused", async () => {
    const results = await Promise.all(s3Probes([list, object]).map(made));
    expect(results.map(({ observed, status, code, ok }) => [observed, status, code, ok])).toEqual([
      ["allowed", 200, undefined, true],
      ["refused", 403, "AccessDenied", true],
    ]);
  });
  it("a list within a prefix is signed with it, and one of more is refused", async () => {
    const within = { ...list, client: "narrow", query: { limit: "1", prefix: "daily/ü +%&=" } };
    expect(await made(within)).toMatchObject({ observed: "allowed", status: 200 });
    expect(await made({ ...list, client: "narrow" })).toMatchObject({
      observed: "refused",
      code: "AccessDenied",
    });
  });
  it("a name is signed as it is", async () => {
    const got = await getByS3("all", { bucket: "exports", key: "a b+c%ü/(1)" }, AbortSignal.timeout(9000));
    expect([got.status, /<Code>(\w+)/.exec(got.text)?.[1]]).toEqual([404, "NoSuchKey"]);
  });
  it("a client that the proxy does not know is an error, not a refusal", async () => {
    expect(await made({ ...list, client: "unknown" })).toMatchObject({
      observed: "error",
      status: 0,
      ok: false,
    });
  });
});
