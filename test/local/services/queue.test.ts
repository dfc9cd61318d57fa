/** Queues and their messages through Oracle's own SDK. */
import { QueueAdminClient, QueueClient } from "oci-queue";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { quickly, refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
let oci: LocalOci;
let admin: QueueAdminClient;
let queueId: string;
let messagesEndpoint: string;
let client: QueueClient;

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 5 },
    deployerStatements: [
      "Allow group Deployers to use queue-push in compartment app",
      "Allow group Deployers to read queues in compartment app",
    ],
  });
  admin = sdkClient(oci, QueueAdminClient, "queue", oci.administrator);
  const { opcWorkRequestId } = await admin.createQueue({
    createQueueDetails: { compartmentId, displayName: "orders", visibilityInSeconds: 20 },
  });
  const done = await admin.createWaiters(quickly).forWorkRequest({ workRequestId: opcWorkRequestId });
  queueId = done!.workRequest.resources[0]!.identifier;
  messagesEndpoint = (await admin.getQueue({ queueId })).queue.messagesEndpoint;
  client = sdkClient(oci, QueueClient, "", oci.administrator, messagesEndpoint);
});
afterAll(() => oci.close());

const put = (messages: { content: string; metadata?: object }[]) =>
  client.putMessages({ queueId, putMessagesDetails: { messages: messages as never } });
const get = (more: object = {}) => client.getMessages({ queueId, timeoutInSeconds: 0, limit: 10, ...more });

test("a queue is listed with the host of its messages", async () => {
  expect(oci.cloud.store.get(queueId, "queue")!.model.messagesEndpoint).toMatch(
    /^https:\/\/cell-1\.queue\.messaging\.us-ashburn-1\.oci\./,
  );
  const { queueCollection } = await admin.listQueues({ compartmentId });
  expect(queueCollection.items).toMatchObject([{ id: queueId, displayName: "orders" }]);
});

test("a message that was received is hidden, put back, and deleted by its newest receipt only", async () => {
  await put([{ content: "one" }]);
  const [first] = (await get()).getMessages.messages;
  expect(first).toMatchObject({ content: "one", deliveryCount: 1 });
  expect((await get()).getMessages.messages).toEqual([]);
  await client.updateMessage({
    queueId,
    messageReceipt: first!.receipt,
    updateMessageDetails: { visibilityInSeconds: 0 },
  });
  const [again] = (await get()).getMessages.messages;
  expect(again).toMatchObject({ id: first!.id, deliveryCount: 2 });
  const old = await refusal(client.deleteMessage({ queueId, messageReceipt: first!.receipt }));
  expect(old[0]).toBe(404);
  await client.deleteMessage({ queueId, messageReceipt: again!.receipt });
  expect((await get({ visibilityInSeconds: 0 })).getMessages.messages).toEqual([]);
});

test("a channel's messages are received alone; batches say what became of each", async () => {
  await put([{ content: "a", metadata: { channelId: "left" } }, { content: "b" }]);
  const left = (await get({ channelFilter: "left" })).getMessages.messages;
  expect(left.map((m) => m.content)).toEqual(["a"]);
  const { deleteMessagesResult } = await client.deleteMessages({
    queueId,
    deleteMessagesDetails: { entries: [{ receipt: left[0]!.receipt }, { receipt: "nobody" }] },
  });
  expect(deleteMessagesResult).toMatchObject({ clientFailures: 1, entries: [{}, { errorCode: 404 }] });
});

test("who may push may not pull", async () => {
  const pusher = sdkClient(oci, QueueClient, "", oci.deployer, messagesEndpoint);
  await pusher.putMessages({ queueId, putMessagesDetails: { messages: [{ content: "pushed" }] } });
  expect((await refusal(pusher.getMessages({ queueId, timeoutInSeconds: 0 })))[0]).toBe(404);
});
