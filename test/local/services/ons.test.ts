/** Topics and messages published to them through Oracle's own SDK. */
import { NotificationControlPlaneClient, NotificationDataPlaneClient } from "oci-ons";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
let oci: LocalOci;
let admin: NotificationControlPlaneClient;
let topicId: string;

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    deployerStatements: ["Allow group Deployers to {ONS_TOPIC_PUBLISH} in compartment app"],
  });
  admin = sdkClient(oci, NotificationControlPlaneClient, "ons", oci.administrator);
  const made = await admin.createTopic({ createTopicDetails: { compartmentId, name: "alerts" } });
  topicId = made.notificationTopic.topicId;
});
afterAll(() => oci.close());

const publisher = (as = oci.administrator) => sdkClient(oci, NotificationDataPlaneClient, "ons", as);
const publish = (body: string, as = oci.administrator) =>
  publisher(as).publishMessage({ topicId, messageDetails: { title: "t", body } });

test("a topic is shown by its OCID, which is its topicId", async () => {
  expect(topicId).toMatch(/^ocid1\.onstopic\./);
  const { notificationTopic, etag } = await admin.getTopic({ topicId });
  expect(notificationTopic).toMatchObject({
    topicId,
    compartmentId,
    name: "alerts",
    lifecycleState: "ACTIVE",
  });
  expect(notificationTopic).not.toHaveProperty("id");
  expect(etag).toBeTruthy();
});

test("a name that is taken is refused", async () => {
  const again = admin.createTopic({ createTopicDetails: { compartmentId, name: "alerts" } });
  expect((await refusal(again)).slice(0, 2)).toEqual([409, "Conflict"]);
});

test("a message is taken, and one that is too large is not", async () => {
  expect((await publish("down")).publishResult.messageId).toMatch(/^[0-9a-f-]{36}$/);
  expect((await refusal(publish("x".repeat(64 * 1024 + 1)))).slice(0, 2)).toEqual([400, "InvalidParameter"]);
});

test("who may publish may not read the topic's settings", async () => {
  expect((await publish("down", oci.deployer)).publishResult.messageId).toBeTruthy();
  const reader = sdkClient(oci, NotificationControlPlaneClient, "ons", oci.deployer);
  expect((await refusal(reader.getTopic({ topicId })))[0]).toBe(404);
});

test("the audit names the topic that was made", () => {
  const entries = oci.cloud.audit.entries().filter((e) => e.operation === "CreateTopic");
  expect(entries[0]?.resource).toMatchObject({ id: topicId, name: "alerts" });
});
