/** Messages of queues: put, received for a while, put back or deleted. @module */
import { randomUUID } from "node:crypto";
import type { models, QueueClient } from "oci-queue";
import { z } from "zod";
import { invalidParameter, notFound } from "../../errors.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import type { QueueMessage } from "../../state/models.ts";
import { details, readBody } from "../support/body.ts";
import { find, type Owned, requireState, targetOf } from "../support/resources.ts";

/** Limits: Oracle's documentation of Queue (messages of 256 KB, 20 in a batch, 20 received). */
const MAX_MESSAGE_BYTES = 262_144;
const MAX_BATCH = 20;
const KEPT_MESSAGES = 10_000;

const visibility = z.number().int().min(0).max(43_200);
const put = details<models.PutMessagesDetails>()({
  messages: z
    .array(
      z.object({
        content: z.string().refine((text) => Buffer.byteLength(text) <= MAX_MESSAGE_BYTES, {
          error: `takes ${MAX_MESSAGE_BYTES} bytes at most`,
        }),
        metadata: z
          .object({
            channelId: z.string().min(1).max(256).optional(),
            customProperties: z.record(z.string(), z.string()).optional(),
          })
          .optional(),
      }),
    )
    .min(1)
    .max(MAX_BATCH),
});
const update = z.object({ visibilityInSeconds: visibility });
const receipt = z.string().min(1);
const updateMany = z.object({ entries: z.array(update.extend({ receipt })).min(1).max(MAX_BATCH) });
const deleteMany = z.object({ entries: z.array(z.object({ receipt })).min(1).max(MAX_BATCH) });

type OfQueue = Call<"queueId">;

const queueOf = (call: OfQueue): Owned<"queue"> => find(call, "queue", call.params["queueId"]);

const usable = (call: OfQueue): Owned<"queue"> => {
  const of = queueOf(call);
  requireState(of, "ACTIVE");
  return of;
};

const target = (call: OfQueue) => targetOf(call, queueOf(call));

const iso = (call: Call, ms: number): string => call.cloud.clock.iso(ms);

/** Messages that have not expired. */
const alive = (call: Call, of: Owned<"queue">): QueueMessage[] => {
  const oldest = call.cloud.clock.now() - of.model.retentionInSeconds * 1000;
  of.hidden.messages = of.hidden.messages.filter((m) => m.createdMs > oldest);
  return of.hidden.messages;
};

const wholeNumber = (
  call: Call<"limit" | "visibilityInSeconds" | "timeoutInSeconds">,
  name: "limit" | "visibilityInSeconds" | "timeoutInSeconds",
  otherwise: number,
  most: number,
): number => {
  const text = call.query.get(name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most)
    throw invalidParameter(`${name} must be a whole number up to ${most}, not '${text.slice(0, 40)}'`);
  return value;
};

/** The message that a receipt is for: of its newest reception only. */
const received = (call: OfQueue, text: string | undefined): QueueMessage | undefined =>
  alive(call, usable(call)).find((m) => m.receipt === text);

const remove = (of: Owned<"queue">, message: QueueMessage): void => {
  of.hidden.messages = of.hidden.messages.filter((m) => m !== message);
};

const hide = (call: Call, message: QueueMessage, forSeconds: number) => {
  message.visibleMs = call.cloud.clock.now() + forSeconds * 1000;
  return { id: message.id, visibleAfter: iso(call, message.visibleMs) };
};

const GONE = { errorCode: 404, errorMessage: "The receipt is of no message that is held" };

/** Runs a batch: each entry by itself. */
const batch = <E extends { receipt: string }, R extends object>(
  call: OfQueue,
  entries: readonly E[],
  work: (message: QueueMessage, entry: E) => R,
) => {
  const results = entries.map((entry) => {
    const message = received(call, entry.receipt);
    return message ? work(message, entry) : GONE;
  });
  return {
    body: {
      serverFailures: 0,
      clientFailures: results.filter((r) => r === GONE).length,
      entries: results,
    },
  };
};

/** The handlers of messages. */
export const messages = {
  PutMessages: {
    target,
    run: (call) => {
      const of = usable(call);
      const body = readBody(call, put);
      const now = call.cloud.clock.now();
      const added = body.messages.map(({ content, metadata }): QueueMessage => {
        of.hidden.lastId += 1;
        return {
          id: of.hidden.lastId,
          content,
          channelId: metadata?.channelId ?? "default",
          ...(metadata?.customProperties && { customProperties: metadata.customProperties }),
          createdMs: now,
          visibleMs: now,
          deliveries: 0,
        };
      });
      of.hidden.messages = [...alive(call, of), ...added].slice(-KEPT_MESSAGES);
      const expireAfter = iso(call, now + of.model.retentionInSeconds * 1000);
      return { body: { messages: added.map(({ id }) => ({ id, expireAfter })) } };
    },
  },
  GetMessages: {
    target,
    run: (call) => {
      const of = usable(call);
      const now = call.cloud.clock.now();
      const limit = wholeNumber(call, "limit", 1, MAX_BATCH);
      const forSeconds = wholeNumber(call, "visibilityInSeconds", of.model.visibilityInSeconds, 43_200);
      wholeNumber(call, "timeoutInSeconds", 0, 30);
      const channel = call.query.get("channelFilter");
      const found = alive(call, of)
        .filter((m) => m.visibleMs <= now && (channel === null || m.channelId === channel))
        .slice(0, limit);
      for (const message of found) {
        message.deliveries += 1;
        message.receipt = randomUUID();
        hide(call, message, forSeconds);
      }
      return {
        body: {
          messages: found.map((m) => ({
            id: m.id,
            content: m.content,
            receipt: m.receipt!,
            deliveryCount: m.deliveries,
            visibleAfter: iso(call, m.visibleMs),
            expireAfter: iso(call, m.createdMs + of.model.retentionInSeconds * 1000),
            createdAt: iso(call, m.createdMs),
            metadata: {
              channelId: m.channelId,
              ...(m.customProperties && { customProperties: m.customProperties }),
            },
          })),
        },
      };
    },
  },
  UpdateMessage: {
    target,
    run: (call) => {
      const message = received(call, call.params["messageReceipt"]);
      if (!message) throw notFound();
      return { body: hide(call, message, readBody(call, update).visibilityInSeconds) };
    },
  },
  UpdateMessages: {
    target,
    run: (call) =>
      batch(call, readBody(call, updateMany).entries, (message, { visibilityInSeconds }) =>
        hide(call, message, visibilityInSeconds),
      ),
  },
  DeleteMessage: {
    target,
    run: (call) => {
      const message = received(call, call.params["messageReceipt"]);
      if (!message) throw notFound();
      remove(usable(call), message);
      return { status: 204 };
    },
  },
  DeleteMessages: {
    target,
    run: (call) =>
      batch(call, readBody(call, deleteMany).entries, (message) => {
        remove(usable(call), message);
        return {};
      }),
  },
} satisfies Handlers<QueueClient>;
