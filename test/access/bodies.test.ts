/** Each kind of grant and what the bodies of its operations can say. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { accessSchema, grantKinds } from "../../access/index.ts";
import { kindOf } from "../../access/kinds/index.ts";
import { bodyScopeOf, scopedOperations } from "../../oci/operations/bodies.ts";
import { findOperation } from "../../oci/operations/index.ts";

const C = "ocid1.compartment.oc1..aaaaaaaaexample";
const access = accessSchema.parse({
  instance: [
    { secret: "ocid1.vaultsecret.oc1.iad.aaaaaaaaexample" },
    { bucket: "b", access: "read", list: true },
    { bucket: "b", access: "write", prefix: "x/", multipart: true },
    { metrics: "app" },
    { logs: "ocid1.log.oc1.iad.aaaaaaaaexample", group: "ocid1.loggroup.oc1.iad.aaaaaaaaexample" },
    { instance: "self", access: "read" },
    { instance: "self", access: "power" },
    { audit: C },
    { queue: "ocid1.queue.oc1.iad.aaaaaaaaexample", access: "send" },
    { queue: "ocid1.queue.oc1.iad.aaaaaaaaexample", access: "receive" },
    { stream: "ocid1.stream.oc1.iad.aaaaaaaaexample", access: "publish" },
    { stream: "ocid1.stream.oc1.iad.aaaaaaaaexample", access: "consume" },
    { topic: "ocid1.onstopic.oc1.iad.aaaaaaaaexample", access: "publish" },
    { function: "ocid1.fnfunc.oc1.iad.aaaaaaaaexample", access: "invoke" },
    ...["encrypt", "decrypt", "sign"].map((use) => ({
      key: "ocid1.key.oc1.iad.vault.aaaaaaaaexample",
      vault: "ocid1.vault.oc1.iad.vault.aaaaaaaaexample",
      access: use,
    })),
    { monitoring: "oci_computeagent" },
    { logsearch: "ocid1.log.oc1.iad.aaaaaaaaexample", group: "ocid1.loggroup.oc1.iad.aaaaaaaaexample" },
    { registry: "ocid1.containerrepo.oc1.iad.aaaaaaaaexample", name: "team/web" },
    ...["read", "update"].flatMap((use) => [
      { dns: "ocid1.dns-zone.oc1..aaaaaaaaexample", access: use },
      { dns: "ocid1.dns-zone.oc1..aaaaaaaaexample", access: use, domain: "a.example.com", type: "TXT" },
    ]),
    ...["chat", "embed", "rerank"].map((use) => ({ generativeai: use, models: ["xai.grok-4"] })),
  ],
});
const ids = { namespace: "ns", workloadCompartmentId: C } as never;

const rules = access.instance.flatMap((grant) => kindOf(grant).allow(grant, ids));

test("every kind is looked at", () => {
  const keys = new Set(access.instance.map((grant) => kindOf(grant).key));
  expect([...keys, "raw"].sort()).toEqual(grantKinds.map((k) => k.key).sort());
});

test("every operation of a kind that has a body stands in the table, and what addresses is constrained", () => {
  for (const { operations, where = {} } of rules) {
    for (const operation of operations) {
      if (!["POST", "PUT", "PATCH"].includes(findOperation(operation)!.method)) continue;
      const scope = bodyScopeOf(operation);
      expect(scope, operation).toBeDefined();
      for (const member of scope!.addresses ?? []) expect(Object.keys(where)).toContain(`body.${member}`);
    }
  }
});

test("the table names operations that there are, and that have a body", () => {
  for (const name of scopedOperations) {
    expect(["POST", "PUT", "PATCH"], name).toContain(findOperation(name)?.method);
  }
});

test("docs/access.md has the same table", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/access.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(\w+\.\w+)` \| (.*) \| (.*) \|$/gm)].map((m) => m.slice(1));
  const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ") || "–";
  expect(rows).toEqual(
    scopedOperations.map((name) => {
      const { addresses = [], repeats = {}, widens, within = {} } = bodyScopeOf(name)!;
      return [
        name,
        list([...addresses, ...Object.keys(repeats)]),
        list([...Object.keys(widens), ...Object.keys(within)]),
      ];
    }),
  );
});
