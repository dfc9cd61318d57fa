/** Namespace metadata through Oracle's own SDK. */
import { ObjectStorageClient } from "oci-objectstorage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const { tenancy: root } = WELL_KNOWN;
const { app } = WELL_KNOWN.compartments;
let oci: LocalOci;

beforeAll(async () => {
  oci = await startTestOci({
    deployerStatements: ["Allow group Deployers to read objectstorage-namespaces in tenancy"],
  });
});
afterAll(() => oci.close());

test("the default compartments are the root until they are changed, and stay as they are changed", async () => {
  const client = sdkClient(oci, ObjectStorageClient, "objectstorage");
  const namespaceName = (await client.getNamespace({})).value;
  const read = async () => (await client.getNamespaceMetadata({ namespaceName })).namespaceMetadata;
  const update = (updateNamespaceMetadataDetails: object) =>
    client.updateNamespaceMetadata({ namespaceName, updateNamespaceMetadataDetails });
  const namespace = { namespace: namespaceName };
  expect(await read()).toEqual({
    ...namespace,
    defaultS3CompartmentId: root,
    defaultSwiftCompartmentId: root,
  });
  const { namespaceMetadata } = await update({ defaultS3CompartmentId: app });
  const changed = { ...namespace, defaultS3CompartmentId: app, defaultSwiftCompartmentId: root };
  expect(namespaceMetadata).toEqual(changed);
  expect(await read()).toEqual(changed);
  await update({ defaultSwiftCompartmentId: app });
  expect(await read()).toEqual({ ...changed, defaultSwiftCompartmentId: app });
  const absent = `${app.slice(0, -4)}aaaa`;
  expect((await refusal(update({ defaultS3CompartmentId: absent })))[0]).toBe(404);
  expect((await refusal(client.getNamespaceMetadata({ namespaceName: "other" })))[1]).toBe(
    "NamespaceNotFound",
  );
});

test("who may read it may not change it", async () => {
  const client = sdkClient(oci, ObjectStorageClient, "objectstorage", oci.deployer);
  const namespaceName = (await client.getNamespace({})).value;
  await client.getNamespaceMetadata({ namespaceName });
  const details = { updateNamespaceMetadataDetails: { defaultS3CompartmentId: app } };
  expect((await refusal(client.updateNamespaceMetadata({ namespaceName, ...details })))[0]).toBe(404);
});
