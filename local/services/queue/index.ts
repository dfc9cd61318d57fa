/** Queues: made, read, deleted; their messages are in `messages.ts`. @module */
import type { models, QueueAdminClient } from "oci-queue";
import { z } from "zod";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Service } from "../../service.ts";
import type { WorkItem } from "../../state/models.ts";
import { details, readBody, tagMembers } from "../support/body.ts";
import {
  compartmentTarget,
  find,
  listOf,
  moveTo,
  type Owned,
  responseOf,
  starting,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "../support/tags.ts";
import { accepted, startWork, workRequestHandlers } from "../support/work-requests.ts";
import { messages } from "./messages.ts";

const seconds = (most: number) => z.number().int().min(0).max(most).optional();

/** Limits: the SDK's documentation of CreateQueueDetails. */
const create = details<models.CreateQueueDetails>()({
  ...tagMembers,
  displayName: z.string().min(1).max(255),
  compartmentId: z.string(),
  retentionInSeconds: z.number().int().min(10).max(604_800).optional(),
  visibilityInSeconds: seconds(43_200),
  timeoutInSeconds: seconds(30),
  channelConsumptionLimit: z.number().int().min(1).max(100).optional(),
  deadLetterQueueDeliveryCount: z.number().int().min(0).max(20).optional(),
  customEncryptionKeyId: z.string().optional(),
});

const one = (call: Call<"queueId">) => find(call, "queue", call.params["queueId"]);

const work = (
  call: Call,
  operationType: "CREATE_QUEUE" | "DELETE_QUEUE",
  of: Owned,
  actionType: WorkItem["actionType"],
) =>
  startWork(call, "queueworkrequest", operationType, of.model.compartmentId, [
    { entityType: "queue", actionType, identifier: of.id },
  ]);

/** Host of the messages of a region's queues (form: the SDK's documentation of `messagesEndpoint`). */
const messagesEndpoint = ({ cloud, region }: Call): string =>
  `https://cell-1.queue.messaging.${region.id}.oci.${cloud.realm.domain}`;

const queues = {
  CreateQueue: {
    target: (call) => compartmentTarget(call, readBody(call, create).compartmentId),
    run: (call) => {
      const { cloud } = call;
      const body = readBody(call, create);
      checkDefinedTags(cloud, body.definedTags);
      const id = cloud.store.newId("queue", call.region);
      const now = cloud.clock.iso();
      const made = cloud.store.add({
        id,
        type: "queue",
        region: call.region,
        model: {
          id,
          retentionInSeconds: 86_400,
          visibilityInSeconds: 30,
          timeoutInSeconds: 30,
          deadLetterQueueDeliveryCount: 0,
          ...body,
          ...tagMembersOf(body),
          messagesEndpoint: messagesEndpoint(call),
          lifecycleState: "CREATING",
          timeCreated: now,
          timeUpdated: now,
        },
        hidden: { messages: [], lastId: 0 },
        ...starting(cloud, "ACTIVE"),
      }) as Owned<"queue">;
      return accepted(work(call, "CREATE_QUEUE", made, "CREATED"));
    },
  },
  GetQueue: { target: (call) => targetOf(call, one(call)), run: (call) => responseOf(one(call)) },
  ListQueues: {
    target: (call) => compartmentTarget(call, call.query.get("compartmentId")),
    run: (call) => {
      const { body, ...rest } = listReply(
        call,
        listOf(call, "queue").map(({ model: { capabilities: _capabilities, ...rest } }) => rest),
        { filters: ["compartmentId", "displayName", "lifecycleState", "id"] },
      );
      return { ...rest, body: { items: body ?? [] } };
    },
  },
  DeleteQueue: {
    target: (call) => targetOf(call, one(call)),
    run: (call) => {
      const of = one(call);
      moveTo(call.cloud, of, "DELETING", "DELETED", () => call.cloud.store.remove(of.id));
      return accepted(work(call, "DELETE_QUEUE", of, "DELETED"));
    },
  },
} satisfies Handlers<QueueAdminClient>;

const { GetWorkRequest } = workRequestHandlers("queueworkrequest", {});

/** The handlers of queues and their messages. */
export const queue: Service = {
  name: "queue",
  handlers: {
    ...queues,
    ...messages,
    ...({ GetWorkRequest } satisfies Handlers<QueueAdminClient>),
  },
};
