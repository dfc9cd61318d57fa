/** What Object Storage does for a caller needs a statement for the service, whatever the caller may do. */
import { IdentityClient } from "oci-identity";
import { ObjectStorageClient } from "oci-objectstorage";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import { clientAs } from "../../../local/client.ts";
import type { LocalOci } from "../../../local/index.ts";
import { makeWorkload } from "../../../local/workload.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const SERVICE = "objectstorage-us-ashburn-1";
const insufficient = [
  400,
  "InsufficientServicePermissions",
  `Permissions granted to the object storage service principal "${SERVICE}" to this bucket are insufficient.`,
];
let oci: LocalOci;
let identity: IdentityClient;
let client: ObjectStorageClient;
let keyId: string;
let policyId: string | undefined;

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    deployerStatements: ["Allow group Deployers to manage object-family in tenancy"],
  });
  identity = sdkClient(oci, IdentityClient, "identity");
  client = sdkClient(oci, ObjectStorageClient, "objectstorage");
  const administrator = clientAs(oci.administrator, oci.addresses, oci.cloud.realm.domain);
  ({ keyId } = await makeWorkload(administrator, compartmentId, oci.cloud.tenancy.namespace));
  await administrator.close();
  await client.putObject({ ...source, objectName: "a", putObjectBody: "a", contentLength: 1 });
});
afterAll(() => oci.close());

const allow = async (...statements: string[]): Promise<void> => {
  if (policyId) await identity.deletePolicy({ policyId });
  policyId = undefined;
  if (!statements.length) return;
  const details = { compartmentId, name: "service", description: "service", statements };
  policyId = (await identity.createPolicy({ createPolicyDetails: details })).policy.id;
};
beforeEach(() => allow());

const source = { namespaceName: "keylesslocal", bucketName: "invoices" };
const copy = (as = client, more: object = {}) =>
  as.copyObject({
    ...source,
    copyObjectDetails: {
      sourceObjectName: "a",
      destinationRegion: "us-ashburn-1",
      destinationNamespace: source.namespaceName,
      destinationBucket: "reports",
      destinationObjectName: "b",
      ...more,
    },
  });

test("a copy: refused to an administrator too, until the service may read and write", async () => {
  expect(await refusal(copy())).toEqual(insufficient);
  await allow(`Allow service ${SERVICE} to read objects in compartment app`);
  expect(await refusal(copy()), "it may not write").toEqual(insufficient);
  await allow("Allow service objectstorage-us-phoenix-1 to manage object-family in compartment app");
  expect(await refusal(copy()), "the other region's service").toEqual(insufficient);
  await allow(`Allow service ${SERVICE} to manage object-family in compartment app`);
  expect((await copy()).opcWorkRequestId).toBeTruthy();
  await allow(
    `Allow service ${SERVICE} to {OBJECT_READ} in compartment app where target.bucket.name = 'invoices'`,
    `Allow service ${SERVICE} to {OBJECT_CREATE} in compartment app where target.bucket.name = 'reports'`,
  );
  expect((await copy(client, { destinationObjectName: "c" })).opcWorkRequestId).toBeTruthy();
  expect(await refusal(copy(client, { destinationObjectName: "c" })), "it may not overwrite").toEqual(
    insufficient,
  );
});

test("who may not copy is told nothing of the service", async () => {
  await identity.updatePolicy({
    policyId: String(
      oci.cloud.store.list("policy").find((p) => /Deployers/i.test(JSON.stringify(p.model)))!.id,
    ),
    updatePolicyDetails: { statements: ["Allow group Deployers to read object-family in compartment app"] },
  });
  const deployer = sdkClient(oci, ObjectStorageClient, "objectstorage", oci.deployer);
  expect((await refusal(copy(deployer)))[0]).toBe(404);
});

/** What the caller needs, then what the service does, each of them alone not enough. */
const keyOf = (service: string): string[] => [
  `Allow group Deployers to use key-delegate in compartment app where target.key.id = '${keyId}'`,
  `Allow service ${service} to use keys in compartment app where target.key.id = '${keyId}'`,
];

test("a bucket with a key of the vault: caller and service must be allowed to use it", async () => {
  const deployer = sdkClient(oci, ObjectStorageClient, "objectstorage", oci.deployer);
  const create = (name: string) =>
    deployer.createBucket({
      namespaceName: source.namespaceName,
      createBucketDetails: { compartmentId, name, kmsKeyId: keyId },
    });
  const set = () => deployer.updateBucket({ ...source, updateBucketDetails: { kmsKeyId: keyId } });
  const refused = [404, "NotAuthorizedOrFoundKmsKey", "Caught RestClientException exception"];
  const [caller, service] = keyOf(SERVICE) as [string, string];
  for (const statements of [[], [caller], [service]]) {
    await allow("Allow group Deployers to manage buckets in compartment app", ...statements);
    expect(await refusal(create("sealed"))).toEqual(refused);
    expect(await refusal(set())).toEqual(refused);
  }
  await allow("Allow group Deployers to manage buckets in compartment app", caller, service);
  expect((await create("sealed")).bucket.kmsKeyId).toBe(keyId);
  expect((await set()).bucket.kmsKeyId).toBe(keyId);
});
