import { resourceGrant } from "../resource-grant.ts";

/**
 * Publishing to one topic of Notifications. The policy reference, "Details for the Notifications Service", has only the
 * general variables. A message that is published reaches people: publishing is not tried.
 */
export const topicGrant = resourceGrant({
  key: "topic",
  ocidType: "onstopic",
  what: "topic",
  access: {
    publish: {
      permissions: ["ONS_TOPIC_PUBLISH"],
      operations: ["ons.PublishMessage"],
      label: "publish messages to the topic",
    },
  },
  param: "topicId",
  lookup: "ons.GetTopic",
  needs: [{ action: "read ons-topics", why: "topics that are granted exist", optional: true }],
  probes: (short) => ({
    read: { name: `topic-${short}-settings`, says: "read the topic's settings", operation: "ons.GetTopic" },
  }),
});
