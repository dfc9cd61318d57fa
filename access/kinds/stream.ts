import { resourceGrant } from "../resource-grant.ts";

/**
 * Publishing to one stream, or consuming it. Source: policy reference, "Details for the Streaming Service"
 * (`target.stream.id`). Nothing that leaves the stream as it is shows that publishing is allowed: it is not tried.
 */
export const streamGrant = resourceGrant({
  key: "stream",
  ocidType: "stream",
  what: "stream",
  access: {
    publish: {
      permissions: ["STREAM_PRODUCE"],
      operations: ["streaming.PutMessages"],
      label: "publish messages to the stream",
    },
    consume: {
      permissions: ["STREAM_CONSUME"],
      operations: [
        "streaming.CreateCursor",
        "streaming.CreateGroupCursor",
        "streaming.GetMessages",
        "streaming.ConsumerCommit",
        "streaming.ConsumerHeartbeat",
      ],
      label: "consume messages of the stream",
    },
  },
  condition: (id) => `target.stream.id = '${id}'`,
  param: "streamId",
  lookup: "streaming.GetStream",
  endpoint: "messagesEndpoint",
  needs: [{ action: "read streams", why: "streams that are granted exist", optional: true }],
  probes: (short) => ({
    consume: {
      name: `stream-${short}-consume`,
      says: "make a cursor at the stream's end",
      operation: "streaming.CreateCursor",
      body: { partition: "0", type: "LATEST" },
    },
    read: {
      name: `stream-${short}-settings`,
      says: "read the stream's settings",
      operation: "streaming.GetStream",
    },
  }),
});
