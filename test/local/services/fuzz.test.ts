/** Every handler with requests that nobody in his right mind sends: a response or a refusal, never a defect. */
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import { ServiceError } from "../../../local/errors.ts";
import type { LocalOci } from "../../../local/index.ts";
import type { Call, Handler } from "../../../local/service.ts";
import { networkServices } from "../../../local/services/core/gateways.ts";
import { services } from "../../../local/services/index.ts";
import { findOperations, type Operation } from "../../../oci/operations/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { MEMBERS, mutate, QUERY, seeds, typeOfParameter, WORDS } from "../../support/request-seeds.ts";
import { missingMembers } from "../../support/required-members.ts";
import { signedCall } from "../../support/signed-call.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 4_000);
const compartmentId = WELL_KNOWN.compartments.app;
let oci: LocalOci;
const known: string[] = [];
let vaultHost = "";

/** One resource of each kind, so that not everything ends at 404. */
const populate = async (): Promise<void> => {
  const post = async (service: string, target: string, body: object, url?: string) => {
    const response = await signedCall(oci, service, "POST", target, { body, ...(url && { url }) });
    expect(response.status, response.text).toBeLessThan(300);
    if (response.body?.id) known.push(response.body.id);
    return response.body;
  };
  const vcn = await post("core", "/20160918/vcns", {
    compartmentId,
    cidrBlocks: ["10.0.0.0/16"],
    dnsLabel: "v",
  });
  known.push(vcn.defaultRouteTableId, vcn.defaultSecurityListId, vcn.defaultDhcpOptionsId);
  const vcnId = vcn.id;
  const subnet = await post("core", "/20160918/subnets", { compartmentId, vcnId, cidrBlock: "10.0.0.0/24" });
  await post("core", "/20160918/networkSecurityGroups", { compartmentId, vcnId });
  await post("core", "/20160918/internetGateways", { compartmentId, vcnId, isEnabled: true });
  const images = await signedCall(
    oci,
    "core",
    "GET",
    `/20160918/images?compartmentId=${compartmentId}&shape=VM.Standard.A1.Flex`,
  );
  known.push(images.body[0].id);
  await post("core", "/20160918/instances", {
    compartmentId,
    availabilityDomain: "Uocm:US-ASHBURN-AD-1",
    shape: "VM.Standard.A1.Flex",
    createVnicDetails: { subnetId: subnet.id },
    sourceDetails: { sourceType: "image", imageId: images.body[0].id },
  });
  const createVault = { compartmentId, displayName: "v", vaultType: "DEFAULT" };
  const vault = await post("keymanagement", "/20180608/vaults", createVault);
  vaultHost = new URL(oci.cloud.store.get(vault.id, "vault")!.model.managementEndpoint).hostname;
  const keyShape = { algorithm: "AES", length: 32 };
  const key = await post(
    "",
    "/20180608/keys",
    { compartmentId, displayName: "k", keyShape },
    vault.managementEndpoint,
  );
  const secretContent = { contentType: "BASE64", content: "eA==" };
  const secret = { compartmentId, vaultId: vault.id, keyId: key.id, secretName: "s", secretContent };
  await post("vault", "/20180608/secrets", secret);
  await post("objectstorage", `/n/${oci.cloud.tenancy.namespace}/b`, { compartmentId, name: "bucket" });
  known.push(
    ...["vnic", "vnicattachment", "bootvolume", "bootvolumeattachment", "loggroup"].flatMap((type) =>
      oci.cloud.store.list(type).map((r) => r.id),
    ),
  );
};

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0 } });
  await populate();
});
afterAll(() => oci.close());

const word = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.nat(1000).map((n) => known[n % known.length]!),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const { body } = fc.letrec<{ body: unknown; value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    word,
    fc.constantFrom(null, true, false, -1, 0, 1, 1.5, 1e308, []),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("body"),
  ),
  body: fc
    .array(fc.tuple(fc.constantFrom(...MEMBERS), tie("value")), { maxLength: 8 })
    .map((members) => Object.fromEntries(members)),
}));

const handlers: [Operation, Handler][] = services.flatMap((service) =>
  Object.entries(service.handlers).flatMap(([name, handler]) =>
    findOperations(name)
      .filter((o) => o.service === service.name)
      .map((operation): [Operation, Handler] => [operation, handler]),
  ),
);

const query = fc
  .array(fc.tuple(fc.constantFrom(...QUERY), word), { maxLength: 4 })
  .map((pairs) => new URLSearchParams([["compartmentId", compartmentId], ...pairs]));

test(`${RUNS} requests to ${handlers.length} handlers`, async () => {
  const served = new Set<string>();
  const missing = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(handlers.length - 1),
      body,
      query,
      fc.array(word, { minLength: 6, maxLength: 6 }),
      fc.array(fc.nat(1000), { minLength: 5, maxLength: 8 }),
      async (at, random, search, words, picks) => {
        const [operation, handler] = handlers[at]!;
        const pick = (type: string): string | undefined => {
          if (type === "service") return networkServices(oci.cloud.regions[0])[0]!.id;
          const found = oci.cloud.store.list(type);
          return found[picks[0]! % found.length]?.id;
        };
        const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!);
        const params = Object.fromEntries(
          names.map((name, i) => [
            name,
            name === "namespaceName"
              ? oci.cloud.tenancy.namespace
              : name === "bucketName"
                ? "bucket"
                : (picks[1]! % 4 && pick(typeOfParameter(name))) || words[i]!,
          ]),
        );
        const seed = /^Change\w+Compartment$/.test(operation.name)
          ? { compartmentId }
          : seeds((type) => pick(type) ?? "none")[operation.name];
        const changed = picks[2]! % 3 ? seed : seed && mutate(seed, picks.slice(4), words[0]);
        const json = seed && picks[2]! % 5 ? changed : random;
        // What is there is to stay there for a while.
        if (/^(Delete|Terminate|Schedule|Cascade|Detach|Remove)/.test(operation.name) && picks[0]! % 20)
          return;
        const call: Call = {
          cloud: oci.cloud,
          operation,
          caller: { type: "user", id: WELL_KNOWN.users.administrator },
          region: oci.cloud.regions[0],
          host:
            operation.service === "keymanagement"
              ? vaultHost.replace("management", operation.client === "KmsCrypto" ? "crypto" : "management")
              : "iaas.us-ashburn-1.oraclecloud.com",
          params,
          query: picks[3]! % 2 ? search : new URLSearchParams({ compartmentId }),
          headers: { range: words[4]!, "if-none-match": words[5]! },
          body: Buffer.from(JSON.stringify(json)),
          stream: Readable.from([Buffer.from(words[3]!)]),
          json: () => json as Record<string, unknown>,
          requestId: "r",
        };
        try {
          handler.target(call);
          const { body: response, status = 200 } = await handler.run(call);
          served.add(`${operation.service}.${operation.name}`);
          if (status < 300 && typeof response === "object" && !Buffer.isBuffer(response)) {
            const sent: unknown = JSON.parse(JSON.stringify(response));
            for (const member of missingMembers(operation, sent)) missing.add(`${operation.name}: ${member}`);
          }
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          expect(error.status).toBeGreaterThanOrEqual(400);
          expect(error.status).toBeLessThan(500);
        }
      },
    ),
    { numRuns: RUNS },
  );
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect([...missing], "members that the SDK requires").toEqual([]);
  expect(served.size).toBeGreaterThan(100);
}, 120_000);
