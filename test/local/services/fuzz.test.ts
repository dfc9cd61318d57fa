/** Every handler with requests that nobody in his right mind sends: an answer or a refusal, never a defect. */
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import { ServiceError } from "../../../local/errors.ts";
import { type LocalOci, startLocal } from "../../../local/index.ts";
import type { Call, Handler } from "../../../local/service.ts";
import { services } from "../../../local/services/index.ts";
import { findOperations, type Operation } from "../../../oci/operations/index.ts";
import { signedCall } from "../../support/signed-call.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 4_000);
const compartmentId = WELL_KNOWN.compartments.app;
let oci: LocalOci;
const known: string[] = [];
let vaultHost = "";

/** One resource of each kind, so that not everything ends at 404. */
const populate = async (): Promise<void> => {
  const post = async (service: string, target: string, body: object, url?: string) => {
    const answer = await signedCall(oci, service, "POST", target, { body, ...(url && { url }) });
    expect(answer.status, answer.text).toBeLessThan(300);
    if (answer.body?.id) known.push(answer.body.id);
    return answer.body;
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
  vaultHost = new URL(oci.cloud.store.get(vault.id)!.model["managementEndpoint"] as string).hostname;
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
  oci = await startLocal({ settings: { transitionMs: 0 } });
  await populate();
});
afterAll(() => oci.close());

const MEMBERS = [
  "compartmentId",
  "displayName",
  "vcnId",
  "cidrBlock",
  "cidrBlocks",
  "subnetId",
  "routeRules",
  "securityRules",
  "networkEntityId",
  "destination",
  "destinationType",
  "direction",
  "protocol",
  "source",
  "tcpOptions",
  "metadata",
  "extendedMetadata",
  "shape",
  "shapeConfig",
  "ocpus",
  "sourceDetails",
  "sourceType",
  "imageId",
  "createVnicDetails",
  "nsgIds",
  "availabilityDomain",
  "freeformTags",
  "definedTags",
  "keyShape",
  "algorithm",
  "length",
  "vaultType",
  "vaultId",
  "keyId",
  "secretName",
  "secretContent",
  "content",
  "contentType",
  "stage",
  "name",
  "timeOfDeletion",
  "currentVersionNumber",
  "enableAutoGeneration",
  "secretGenerationContext",
  "accessType",
  "objectName",
  "timeExpires",
  "sourceName",
  "newName",
  "partsToCommit",
  "object",
  "logType",
  "metricData",
  "datapoints",
  "dimensions",
  "namespace",
  "query",
  "plaintext",
  "ciphertext",
  "logEntryBatches",
  "entries",
  "instanceId",
  "services",
  "serviceId",
  "securityRuleIds",
  "statements",
  "matchingRule",
  "description",
  "isEnabled",
  "__proto__",
  "constructor",
  "toString",
];
const WORDS = [
  "",
  "x",
  "10.0.0.0/16",
  "10.0.0.0/33",
  "999.1.1.1/8",
  "CIDR_BLOCK",
  "image",
  "BASE64",
  "AES",
  "DEFAULT",
  "../..",
  "%00",
  "\u0000",
  "eA==",
  "2030-01-01T00:00:00Z",
  "all",
  "EGRESS",
  "bucket",
  "s",
  "*",
  "ObjectRead",
  "__proto__",
  "VM.Standard.A1.Flex",
  "Uocm:US-ASHBURN-AD-1",
  compartmentId,
];

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

const QUERY = [
  "compartmentId",
  "limit",
  "page",
  "sortBy",
  "sortOrder",
  "fields",
  "prefix",
  "uploadId",
  "uploadPartNum",
  "action",
  "versionNumber",
  "stage",
  "offset",
  "length",
  "vcnId",
  "displayName",
  "start",
  "delimiter",
  "vaultId",
  "secretName",
];

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
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(handlers.length - 1),
      body,
      query,
      fc.array(word, { minLength: 6, maxLength: 6 }),
      async (at, json, search, words) => {
        const [operation, handler] = handlers[at]!;
        const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!);
        const params = Object.fromEntries(
          names.map((name, i) => [
            name,
            name === "namespaceName"
              ? oci.cloud.tenancy.namespace
              : name === "bucketName"
                ? "bucket"
                : words[i]!,
          ]),
        );
        const call: Call = {
          cloud: oci.cloud,
          operation,
          caller: { type: "user", id: WELL_KNOWN.users.administrator },
          region: oci.cloud.regions[0],
          host: operation.service === "keymanagement" ? vaultHost : "iaas.us-ashburn-1.oraclecloud.com",
          params,
          query: search,
          headers: { range: words[4]!, "if-none-match": words[5]! },
          body: Buffer.from(JSON.stringify(json)),
          stream: Readable.from([Buffer.from(words[3]!)]),
          json: () => json as Record<string, unknown>,
          requestId: "r",
        };
        try {
          handler.target(call);
          await handler.run(call);
          answered += 1;
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
  expect(answered).toBeGreaterThan(RUNS / 50);
}, 120_000);
