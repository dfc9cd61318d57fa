import { resourceGrant } from "../resource-grant.ts";

/** A channel that nobody but the check asks for: nothing is taken from those who use the queue. */
const CHANNEL = { channelFilter: "keyless", timeoutInSeconds: "0" };

/**
 * Sending messages to one queue, or receiving them. Source of permissions and of `target.queue.id`: policy reference,
 * "Queue Policies". Nothing that leaves the queue as it is shows that sending is allowed: it is not tried.
 */
export const queueGrant = resourceGrant({
  key: "queue",
  ocidType: "queue",
  what: "queue",
  access: {
    send: {
      permissions: ["QUEUE_PRODUCE"],
      operations: ["queue.PutMessages"],
      label: "send messages to the queue",
    },
    receive: {
      permissions: ["QUEUE_CONSUME"],
      operations: [
        "queue.GetMessages",
        "queue.UpdateMessage",
        "queue.UpdateMessages",
        "queue.DeleteMessage",
        "queue.DeleteMessages",
      ],
      label: "receive messages of the queue",
    },
  },
  condition: (id) => `target.queue.id = '${id}'`,
  param: "queueId",
  lookup: "queue.GetQueue",
  endpoint: "messagesEndpoint",
  needs: [{ action: "read queues", why: "queues that are granted exist", optional: true }],
  probes: (short) => ({
    receive: {
      name: `queue-${short}-receive`,
      says: "receive messages of the queue",
      operation: "queue.GetMessages",
      query: CHANNEL,
    },
    read: { name: `queue-${short}-read`, says: "read the queue", operation: "queue.GetQueue" },
  }),
});
