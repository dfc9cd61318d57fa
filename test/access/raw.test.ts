import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { accessSchema, findings, probes } from "../../access/index.ts";
import { ids, TENANCY, WORK } from "./support/universe.ts";

const grant = (more: object = {}) => ({
  raw: {
    name: "bucket-settings",
    statement: "Allow dynamic-group id <group> to {BUCKET_READ} in tenancy",
    compartment: WORK,
    operations: ["objectstorage.GetBucket"],
    where: { "path.bucketName": "invoices" },
    tries: [
      { operation: "objectstorage.GetBucket", params: { namespaceName: "ns", bucketName: "invoices" } },
    ],
    ...more,
  },
});
const tries = (...all: object[]) => grant({ tries: all });
const messages = (access: unknown): string[] =>
  accessSchema.safeParse(access).error?.issues.map((i) => `${i.path.join(".")}: ${i.message}`) ?? [];

describe("what a raw grant says is tried", () => {
  test("is tried by the app itself", () => {
    const list = probes(accessSchema.parse({ instance: [grant()] }), ids);
    expect(list.find((p) => p.name === "raw-bucket-settings-1")).toMatchObject({
      operation: "objectstorage.GetBucket",
      params: { namespaceName: "ns", bucketName: "invoices" },
      expected: "allowed",
    });
  });

  test("is tried through the proxy in its client's name, and nobody else's refusal is made of it", () => {
    const access = accessSchema.parse({ clients: { a: [{ metrics: "app" }], b: [grant()] } });
    const list = probes(access, ids).filter((p) => p.client);
    expect(list.map((p) => `${p.name} ${p.expected}`)).toEqual([
      expect.stringMatching(/^a\/metrics.* allowed$/),
      "b/raw-bucket-settings-1 allowed",
      expect.stringMatching(/^b\/metrics.* refused$/),
    ]);
  });

  test.each([
    ["what is no operation", { operation: "core.Nothing" }, "there is no operation core.Nothing"],
    [
      "what changes something",
      { operation: "core.TerminateInstance", params: { instanceId: "i" } },
      "core.TerminateInstance is DELETE: only what reads (GET, HEAD) is tried, because nothing may change",
    ],
    [
      "a parameter that is missing",
      { operation: "objectstorage.GetBucket", params: { bucketName: "b" } },
      "params of objectstorage.GetBucket are bucketName, namespaceName; found bucketName",
    ],
    [
      "a parameter too many",
      { operation: "core.ListVcns", params: { x: "y" } },
      "params of core.ListVcns are none; found x",
    ],
  ])("is refused with %s", (_, one, message) => {
    expect(messages({ instance: [tries(one)] })).toEqual([`instance.0.raw.tries.0: ${message}`]);
  });

  test("is refused for a client who may not call it", () => {
    const other = {
      operation: "objectstorage.GetBucket",
      params: { namespaceName: "ns", bucketName: "other" },
    };
    expect(messages({ clients: { a: [tries(other)] } })).toEqual([
      "clients.a.0.raw.tries.0: the client may not make this call: operations and where of bucket-settings do not let it through",
    ]);
    expect(messages({ instance: [tries(other)] })).toEqual([]);
  });

  test("leaves the finding that no call proves how far a statement reaches", () => {
    const found = findings(accessSchema.parse({ instance: [grant()] }), {
      tenancyId: TENANCY,
      decoyId: ids.decoy.id,
    });
    expect(found.find((f) => f.code === "raw-grant")?.message).toContain(
      "is tried, and no call proves how far it reaches",
    );
  });
});

test("the example in docs/access.md is a grant of the app's and of a client's", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/access.md"), "utf8");
  const example = parse(/```yaml\n(- raw:[\s\S]*?)```/.exec(page)![1]!) as unknown[];
  const access = accessSchema.parse({ instance: example, clients: { a: example } });
  expect(probes(access, ids).filter((p) => p.name.includes("raw-bucket-settings"))).toHaveLength(2);
});

test("a statement on several lines is one statement, and a comment hides nothing of it", () => {
  const of = (statement: string) =>
    accessSchema.safeParse({ instance: [{ raw: { name: "x", statement, compartment: WORK } }] });
  const lines =
    "Allow dynamic-group id <group>\n  to {BUCKET_READ}\n  in compartment app\n  where target.bucket.name = 'http://a'\n";
  const parsed = of(lines);
  expect(parsed.success && parsed.data.instance[0]).toMatchObject({
    raw: {
      statement:
        "Allow dynamic-group id <group> to {BUCKET_READ} in compartment app where target.bucket.name = 'http://a'",
    },
  });
  const refused = of(lines.replace("app\n", "app // all of it\n"));
  expect(refused.error?.issues[0]?.message).toContain("must have a comment (//) at its end only");
  expect(of("Allow group A to read buckets in compartment app").error?.issues[0]?.message).toContain(
    "must be a statement that grants to",
  );
});

describe("operations that each resource serves at a host of its own", () => {
  const encrypt = (more: object = {}) =>
    grant({ operations: ["keymanagement.Encrypt"], where: { "body.keyId": "k" }, tries: [], ...more });
  const found = (one: object) =>
    findings(accessSchema.parse({ clients: { app: [one] } }), { tenancyId: TENANCY })
      .filter(({ code }) => code === "not-proxied")
      .map(({ message }) => message);
  const endpoint = "https://abc-crypto.kms.us-ashburn-1.oraclecloud.com";

  test("are not proxied where nothing says which host", () => {
    expect(found(encrypt())).toEqual([
      expect.stringMatching(
        /Encrypt is served by each vault's own host.*cryptoEndpoint of keymanagement.GetVault/,
      ),
    ]);
    expect(found(encrypt({ endpoint }))).toEqual([]);
    expect(found(grant({ operations: ["streaming.GetMessages"], where: {}, tries: [] }))).toEqual([]);
  });

  test("are the only ones with an endpoint, which is a host", () => {
    expect(messages({ instance: [encrypt({ endpoint: `${endpoint}/a` })] })).toHaveLength(1);
    expect(messages({ instance: [grant({ endpoint })] })).toEqual([
      "instance.0.raw.endpoint: objectstorage.GetBucket is served by its service's host, and takes no endpoint",
    ]);
  });
});

describe("a condition on the body of a raw grant", () => {
  const about = (operation: string, where: Record<string, string>) =>
    messages({ clients: { a: [grant({ operations: [operation], where, tries: [] })] } });

  test("names a member that the operation's body has", () => {
    expect(about("objectstorage.UpdateBucket", { "body.versioning": "Enabled" })).toEqual([]);
    expect(about("monitoring.PostMetricData", { "body.metricData.*.namespace": "app" })).toEqual([]);
    expect(about("core.LaunchInstance", { "body.sourceDetails.imageId": "x" })).toEqual([]);
  });

  test("that names none says which is the nearest", () => {
    expect(about("objectstorage.UpdateBucket", { "body.versionning": "Enabled" })).toEqual([
      expect.stringContaining(
        "the body of objectstorage.UpdateBucket has no member versionning; did you mean body.versioning?",
      ),
    ]);
    expect(about("monitoring.PostMetricData", { "body.zzzzzzzzzz": "x" })).toEqual([
      expect.stringContaining("has no member zzzzzzzzzz; it has batchAtomicity, metricData"),
    ]);
  });
});
