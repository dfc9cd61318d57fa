/** The declaration and the running proxy decide the same about the same call, whatever was declared. */
import { request } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { allowRules } from "../../../access/index.ts";
import { allows, callTarget, type WrittenCall } from "../../../document/rules/covers.ts";
import { compilePolicy } from "../../../document/rules/policy.ts";
import { findOperation } from "../../../oci/operations/index.ts";
import {
  anyAccess,
  BUCKETS,
  INSTANCES,
  ids,
  LOGS,
  NAMESPACES,
  PLACES,
  SECRETS,
} from "../../access/support/universe.ts";
import { startTestProxy, type TestProxy } from "../../support/proxy.ts";
import { INSTANCE } from "../../support/small-oci/index.ts";

let proxy: TestProxy;
beforeAll(async () => {
  proxy = await startTestProxy();
  await proxy.proxy.ready();
});
afterAll(() => proxy.close());

const objects = fc.constantFrom(
  "2026/a.pdf",
  "2026/",
  "2026/../x",
  "a",
  "a b",
  "a+b",
  "a%2Fb",
  "é",
  "2026/%2e%2e/x",
  "..",
);
const bucket = fc.record({
  namespaceName: fc.constantFrom("ns", "other"),
  bucketName: fc.constantFrom(...BUCKETS),
  objectName: objects,
});
const metric = fc.record(
  {
    namespace: fc.constantFrom(...NAMESPACES),
    compartmentId: fc.constantFrom(...PLACES),
    name: fc.constant("m"),
  },
  { requiredKeys: ["name"] },
);
const call: fc.Arbitrary<WrittenCall> = fc.oneof(
  fc.record({
    operation: fc.constantFrom(
      "objectstorage.GetObject",
      "objectstorage.PutObject",
      "objectstorage.DeleteObject",
    ),
    params: bucket,
  }),
  fc.record({
    operation: fc.constant("objectstorage.ListObjects"),
    params: bucket,
    query: fc.record({ prefix: objects, Prefix: objects }, { requiredKeys: [] }),
  }),
  fc.record({
    operation: fc.constant("secrets.GetSecretBundle"),
    params: fc.record({ secretId: fc.constantFrom(...SECRETS, "x/y") }),
  }),
  fc.record({
    operation: fc.constant("monitoring.PostMetricData"),
    body: fc.record({ metricData: fc.array(metric, { maxLength: 2 }) }, { requiredKeys: [] }),
  }),
  fc.record({
    operation: fc.constant("loggingingestion.PutLogs"),
    params: fc.record({ logId: fc.constantFrom(...LOGS) }),
  }),
  fc.record({
    operation: fc.constantFrom("core.GetInstance", "core.InstanceAction"),
    params: fc.record({ instanceId: fc.constantFrom(...INSTANCES) }),
    query: fc.record({ action: fc.constantFrom("STOP", "stop", "REBOOTMIGRATE") }, { requiredKeys: [] }),
  }),
  fc.record({
    operation: fc.constant("audit.ListEvents"),
    query: fc.record({ compartmentId: fc.constantFrom(...PLACES) }, { requiredKeys: [] }),
  }),
);

const REFUSED = /"code":"(NotGranted|BadTarget|BadBody|UnsupportedBody)"/;

/** Sends a call as a client and tells whether the proxy let it through; what the service answers does not matter. */
const isLetThrough = (client: string, { operation, ...rest }: WrittenCall): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const { method } = findOperation(operation)!;
    const body = ["POST", "PUT"].includes(method) ? JSON.stringify(rest.body ?? {}) : undefined;
    const outgoing = request(
      {
        socketPath: (proxy.socket(client) as { path: string }).path,
        method,
        path: callTarget({ operation, ...rest }),
        headers: { host: "localhost", ...(body && { "content-type": "application/json" }) },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve(!REFUSED.test(text)));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });

it("for random declarations and calls", { timeout: 120_000 }, async () => {
  const seen = { allowed: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(anyAccess, fc.array(call, { minLength: 10, maxLength: 30 }), async (access, calls) => {
      const clients = allowRules(access, ids);
      if (!clients) return;
      await proxy.proxy.update({ clients });
      const policy = compilePolicy({ clients });
      expect([...policy.unusable]).toEqual([]);
      for (const [client, rules] of policy.clients)
        for (const one of calls) {
          // What stands for a body where the operation has one.
          const sent = { ...one, body: one.body ?? {} };
          const expected = allows(rules, sent, INSTANCE);
          seen[expected ? "allowed" : "refused"] += 1;
          expect(await isLetThrough(client, sent), JSON.stringify([clients[client], one])).toBe(expected);
        }
    }),
    { numRuns: 60 },
  );
  // How many of each differs from seed to seed, from under 20 on.
  expect(seen.allowed).toBeGreaterThan(0);
  expect(seen.refused).toBeGreaterThan(0);
});
