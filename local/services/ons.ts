/** Topics of Notifications, and messages published to them. Nobody is subscribed: a message goes nowhere. @module */
import { randomUUID } from "node:crypto";
import type { models, NotificationControlPlaneClient, NotificationDataPlaneClient } from "oci-ons";
import { z } from "zod";
import { hostOf } from "../../oci/hosts.ts";
import { conflict, invalidParameter } from "../errors.ts";
import { etagOf } from "../etag.ts";
import type { Handlers } from "../sdk.ts";
import type { Call, Service } from "../service.ts";
import { details, readBody, tagMembers } from "./support/body.ts";
import {
  compartmentTarget,
  find,
  isAlive,
  type Owned,
  requireState,
  starting,
  targetOf,
} from "./support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "./support/tags.ts";

/** Largest message, in bytes (the SDK's documentation of PublishMessage). */
const MAX_MESSAGE_BYTES = 64 * 1024;

const create = details<models.CreateTopicDetails>()({
  ...tagMembers,
  name: z.string().min(1),
  compartmentId: z.string(),
  description: z.string().optional(),
});
const message = details<models.MessageDetails>()({ title: z.string().optional(), body: z.string().min(1) });

const one = (call: Call<"topicId">): Owned<"onstopic"> => find(call, "onstopic", call.params["topicId"]);
const target = (call: Call<"topicId">) => targetOf(call, one(call));

/** The response that shows a topic: its OCID is `topicId`, and it has no `id`. */
const shown = (topic: Owned<"onstopic">) => {
  const { id: _id, ...body } = topic.model;
  return { body, headers: { etag: etagOf(topic) } };
};

/** The handlers of topics. */
export const ons: Service = {
  name: "ons",
  handlers: {
    CreateTopic: {
      target: (call) => compartmentTarget(call, readBody(call, create).compartmentId),
      run: (call) => {
        const { cloud, region } = call;
        const body = readBody(call, create);
        checkDefinedTags(cloud, body.definedTags);
        // Unique in the tenancy, by the SDK's documentation. Text unverified.
        if (cloud.store.list("onstopic", region).some((t) => isAlive(t) && t.model.name === body.name))
          throw conflict("Conflict", `name: ${body.name} is already in use`);
        const id = cloud.store.newId("onstopic", region);
        const made = cloud.store.add({
          id,
          type: "onstopic",
          region,
          model: {
            topicId: id,
            ...body,
            ...tagMembersOf(body),
            apiEndpoint: `https://${hostOf("ons", region.id, cloud.realm.domain)}`,
            lifecycleState: "CREATING",
            timeCreated: cloud.clock.iso(),
          },
          ...starting(cloud, "ACTIVE"),
        });
        return shown(made as Owned<"onstopic">);
      },
    },
    GetTopic: { target, run: (call) => shown(one(call)) },
    PublishMessage: {
      target,
      run: (call) => {
        requireState(one(call), "ACTIVE");
        const { body } = readBody(call, message);
        if (Buffer.byteLength(body) > MAX_MESSAGE_BYTES)
          throw invalidParameter(`body: takes ${MAX_MESSAGE_BYTES} bytes at most`);
        return { status: 202, body: { messageId: randomUUID(), timeStamp: call.cloud.clock.iso() } };
      },
    },
  } satisfies Handlers<NotificationControlPlaneClient & NotificationDataPlaneClient>,
};
