/** Streams and their messages through Oracle's own SDK. */
import { StreamAdminClient, StreamClient } from "oci-streaming";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { quickly, refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
let oci: LocalOci;
let streamId: string;
let endpoint: string;
let client: StreamClient;

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 5 },
    deployerStatements: ["Allow group Deployers to use stream-push in compartment app"],
  });
  const admin = sdkClient(oci, StreamAdminClient, "streaming", oci.administrator);
  const made = await admin.createStream({
    createStreamDetails: { compartmentId, name: "events", partitions: 2 },
  });
  streamId = made.stream.id;
  const active = await admin.createWaiters(quickly).forStream({ streamId }, "ACTIVE" as never);
  endpoint = active!.stream.messagesEndpoint;
  client = sdkClient(oci, StreamClient, "", oci.administrator, endpoint);
});
afterAll(() => oci.close());

const base64 = (text: string) => Buffer.from(text).toString("base64");
const cursor = async (type: string, partition = "0", more: object = {}) =>
  (await client.createCursor({ streamId, createCursorDetails: { partition, type, ...more } as never })).cursor
    .value;

test("messages of one key are read in order from a cursor, and on from where it ended", async () => {
  const messages = ["one", "two", "three"].map((value) => ({ key: base64("k"), value: base64(value) }));
  const { putMessagesResult } = await client.putMessages({ streamId, putMessagesDetails: { messages } });
  const partition = putMessagesResult.entries[0]!.partition!;
  expect(putMessagesResult.entries.map((e) => e.offset)).toEqual([0, 1, 2]);
  const first = await client.getMessages({
    streamId,
    cursor: await cursor("TRIM_HORIZON", partition),
    limit: 2,
  });
  expect(first.items.map((m) => m.value)).toEqual([base64("one"), base64("two")]);
  const rest = await client.getMessages({ streamId, cursor: first.opcNextCursor });
  expect(rest.items.map((m) => m.value)).toEqual([base64("three")]);
  const latest = await client.getMessages({ streamId, cursor: await cursor("LATEST", partition) });
  expect(latest.items).toEqual([]);
  const from = await client.getMessages({
    streamId,
    cursor: await cursor("AT_OFFSET", partition, { offset: 2 }),
  });
  expect(from.items.map((m) => m.offset)).toEqual([2]);
});

test("a partition that is none, and a cursor of somebody's own making, are refused by name", async () => {
  expect((await refusal(cursor("LATEST", "7"))).slice(0, 2)).toEqual([400, "InvalidParameter"]);
  expect((await refusal(client.getMessages({ streamId, cursor: "AAAA" })))[0]).toBe(400);
});

test("who may push may not pull", async () => {
  const pusher = sdkClient(oci, StreamClient, "", oci.deployer, endpoint);
  const messages = [{ value: base64("pushed") }];
  expect(
    (await pusher.putMessages({ streamId, putMessagesDetails: { messages } })).putMessagesResult,
  ).toMatchObject({ failures: 0 });
  const details = { partition: "0", type: "LATEST" as never };
  expect((await refusal(pusher.createCursor({ streamId, createCursorDetails: details })))[0]).toBe(404);
});
