/** Functions through Oracle's own SDK: made, read, and invoked at the host that each has. */
import { text } from "node:stream/consumers";
import { FunctionsInvokeClient, FunctionsManagementClient } from "oci-functions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
let oci: LocalOci;
let admin: FunctionsManagementClient;
let functionId: string;
let endpoint: string;

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    deployerStatements: ["Allow group Deployers to {FN_INVOCATION} in compartment app"],
  });
  admin = sdkClient(oci, FunctionsManagementClient, "functions", oci.administrator);
  const { application } = await admin.createApplication({
    createApplicationDetails: { compartmentId, displayName: "app", subnetIds: ["ocid1.subnet.oc1.iad.a"] },
  });
  const made = await admin.createFunction({
    createFunctionDetails: { displayName: "resize", applicationId: application.id, memoryInMBs: 128 },
  });
  functionId = made.function.id;
  endpoint = made.function.invokeEndpoint!;
});
afterAll(() => oci.close());

const invoke = async (as = oci.administrator, more: object = {}, at = endpoint) => {
  const client = sdkClient(oci, FunctionsInvokeClient, "", as, at);
  const { value } = await client.invokeFunction({ functionId, invokeFunctionBody: "a body", ...more });
  return text(value as AsyncIterable<Uint8Array>);
};

test("a function has the compartment of its application, and a host of its own", async () => {
  expect(oci.cloud.store.get(functionId, "fnfunc")!.model).toMatchObject({
    compartmentId,
    invokeEndpoint: expect.stringMatching(/^https:\/\/[a-z0-9]+\.us-ashburn-1\.functions\.oci\./),
  });
  const shown = await admin.getFunction({ functionId });
  expect(shown.function).toMatchObject({ displayName: "resize", lifecycleState: "ACTIVE" });
});

test("it answers with its body, and in a dry run with nothing", async () => {
  expect(await invoke()).toBe("a body");
  expect(await invoke(oci.administrator, { isDryRun: true })).toBe("");
});

test("it is not invoked at the region's host", async () => {
  const regional = oci.overrides.urlOf("functions", oci.cloud.regions[0]);
  expect((await refusal(invoke(oci.administrator, {}, regional)))[0]).toBe(404);
});

test("who may invoke it may not read its settings", async () => {
  expect(await invoke(oci.deployer)).toBe("a body");
  const reader = sdkClient(oci, FunctionsManagementClient, "functions", oci.deployer);
  expect((await refusal(reader.getFunction({ functionId })))[0]).toBe(404);
});
