/** Streams, and the messages in their partitions. @module */
import type { models, StreamAdminClient, StreamClient } from "oci-streaming";
import { z } from "zod";
import { invalidParameter } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Service } from "../../service.ts";
import type { StreamMessage } from "../../state/models.ts";
import { checkValue, details, readBody, tagMembers } from "../support/body.ts";
import {
  compartmentTarget,
  find,
  listOf,
  moveTo,
  type Owned,
  requireState,
  responseOf,
  starting,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "../support/tags.ts";

/** Messages kept of one partition: the newest ones, so that memory stays bounded. */
const KEPT_MESSAGES = 10_000;
const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 10_000;

/** Limits: the SDK's documentation of CreateStreamDetails. */
const create = details<models.CreateStreamDetails>()({
  ...tagMembers,
  name: z.string().min(1).max(255),
  partitions: z.number().int().min(1),
  compartmentId: z.string().optional(),
  streamPoolId: z.string().optional(),
  retentionInHours: z.number().int().min(24).max(168).optional(),
});
const put = details<models.PutMessagesDetails>()({
  messages: z.array(z.object({ key: z.string().optional(), value: z.string() })).min(1),
});
const cursorDetails = z.object({
  partition: z.string(),
  type: z.enum(["AFTER_OFFSET", "AT_OFFSET", "AT_TIME", "LATEST", "TRIM_HORIZON"]),
  offset: z.number().int().min(0).optional(),
  time: z.iso.datetime({ offset: true }).optional(),
});

type OfStream = Call<"streamId">;

const one = (call: OfStream): Owned<"stream"> => find(call, "stream", call.params["streamId"]);
const target = (call: OfStream) => targetOf(call, one(call));

const active = (call: OfStream): Owned<"stream"> => {
  const of = one(call);
  requireState(of, "ACTIVE");
  return of;
};

const compartmentOf = (call: Call): string => {
  const { compartmentId } = readBody(call, create);
  if (!compartmentId) throw invalidParameter("compartmentId: is needed here; stream pools are not imitated");
  return compartmentId;
};

/** Host of the messages of a region's streams (form: the SDK's documentation of `messagesEndpoint`). */
const messagesEndpoint = ({ cloud, region }: Call): string =>
  `https://cell-1.streaming.${region.id}.oci.${cloud.realm.domain}`;

const streams = {
  CreateStream: {
    target: (call) => compartmentTarget(call, compartmentOf(call)),
    run: (call) => {
      const { cloud } = call;
      const body = readBody(call, create);
      checkDefinedTags(cloud, body.definedTags);
      const id = cloud.store.newId("stream", call.region);
      const made = cloud.store.add({
        id,
        type: "stream",
        region: call.region,
        model: {
          id,
          retentionInHours: 24,
          ...body,
          ...tagMembersOf(body),
          compartmentId: compartmentOf(call),
          streamPoolId: cloud.store.newId("streampool", call.region),
          messagesEndpoint: messagesEndpoint(call),
          lifecycleState: "CREATING",
          timeCreated: cloud.clock.iso(),
        },
        hidden: { partitions: Array.from({ length: body.partitions }, () => ({ next: 0, messages: [] })) },
        ...starting(cloud, "ACTIVE"),
      });
      return responseOf(made);
    },
  },
  GetStream: { target, run: (call) => responseOf(one(call)) },
  ListStreams: {
    target: (call) => compartmentTarget(call, call.query.get("compartmentId")),
    run: (call) =>
      listReply(
        call,
        listOf(call, "stream").map((s) => s.model),
        { filters: ["compartmentId", "name", "id", "lifecycleState"] },
      ),
  },
  DeleteStream: {
    target,
    run: (call) => {
      const of = one(call);
      moveTo(call.cloud, of, "DELETING", "DELETED", () => call.cloud.store.remove(of.id));
      return { status: 202 };
    },
  },
} satisfies Handlers<StreamAdminClient>;

/** A place in a partition, as the text that clients pass on. */
const cursorText = (partition: number, offset: number): string =>
  Buffer.from(JSON.stringify([partition, offset])).toString("base64url");

const readCursor = (of: Owned<"stream">, text: string | null): { partition: number; offset: number } => {
  try {
    const [partition, offset] = JSON.parse(Buffer.from(text ?? "", "base64url").toString()) as [
      unknown,
      unknown,
    ];
    if (
      Number.isSafeInteger(partition) &&
      Number.isSafeInteger(offset) &&
      of.hidden.partitions[partition as number]
    )
      return { partition: partition as number, offset: offset as number };
  } catch {
    // Refused below.
  }
  throw invalidParameter("cursor is not one that this stream gave out");
};

/** The partition of a key: the same for the same key. */
const partitionOf = (of: Owned<"stream">, key: string | undefined): number => {
  const text = key === undefined ? "" : Buffer.from(key, "base64").toString("latin1");
  return [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) >>> 0, 0) % of.hidden.partitions.length;
};

/** Largest body of PutMessages: 1 MB (Oracle's documentation of Streaming). */
const MAX_BODY_BYTES = 1024 * 1024;

/** The JSON of a body that is not part of the request's signature, and so comes as a stream. */
const jsonOf = async ({ stream }: Call): Promise<unknown> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stream ?? []) {
    bytes += (piece as Buffer).length;
    if (bytes > MAX_BODY_BYTES) throw invalidParameter(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    pieces.push(piece as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString());
  } catch {
    throw invalidParameter("The request's body is not JSON");
  }
};

const messages = {
  PutMessages: {
    target,
    run: async (call) => {
      const of = active(call);
      const body = checkValue(await jsonOf(call), put);
      const now = call.cloud.clock.now();
      const entries = body.messages.map(({ key, value }) => {
        const partition = partitionOf(of, key);
        const into = of.hidden.partitions[partition]!;
        const message: StreamMessage = {
          offset: into.next,
          timestampMs: now,
          value,
          ...(key !== undefined && { key }),
        };
        into.next += 1;
        into.messages = [...into.messages, message].slice(-KEPT_MESSAGES);
        return { partition: String(partition), offset: message.offset, timestamp: call.cloud.clock.iso(now) };
      });
      return { body: { failures: 0, entries } };
    },
  },
  CreateCursor: {
    target,
    run: (call) => {
      const of = active(call);
      const { partition, type, offset, time } = readBody(call, cursorDetails);
      const number = Number(partition);
      const found = /^\d+$/.test(partition) ? of.hidden.partitions[number] : undefined;
      if (!found)
        throw invalidParameter(
          `partition: the stream has partitions 0 to ${of.hidden.partitions.length - 1}`,
        );
      if (/OFFSET/.test(type) && offset === undefined)
        throw invalidParameter("offset: is needed for this type");
      if (type === "AT_TIME" && time === undefined) throw invalidParameter("time: is needed for this type");
      const first = found.messages[0]?.offset ?? found.next;
      const at = {
        AFTER_OFFSET: (offset ?? 0) + 1,
        AT_OFFSET: offset ?? 0,
        AT_TIME: found.messages.find((m) => m.timestampMs >= Date.parse(time ?? ""))?.offset ?? found.next,
        LATEST: found.next,
        TRIM_HORIZON: first,
      }[type];
      return { body: { value: cursorText(number, at) } };
    },
  },
  GetMessages: {
    target,
    run: (call) => {
      const of = active(call);
      const { partition, offset } = readCursor(of, call.query.get("cursor"));
      const text = call.query.get("limit");
      const limit = text === null ? DEFAULT_LIMIT : Number(text);
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
        throw invalidParameter(`limit must be a whole number from 1 to ${MAX_LIMIT}`);
      const found = of.hidden.partitions[partition]!.messages.filter((m) => m.offset >= offset).slice(
        0,
        limit,
      );
      const next = (found.at(-1)?.offset ?? offset - 1) + 1;
      return {
        body: found.map((m) => ({
          stream: of.id,
          partition: String(partition),
          key: m.key ?? "",
          value: m.value,
          offset: m.offset,
          timestamp: call.cloud.clock.iso(m.timestampMs),
        })),
        headers: { "opc-next-cursor": cursorText(partition, next) },
      };
    },
  },
} satisfies Handlers<StreamClient>;

/** The handlers of streams. */
export const streaming: Service = { name: "streaming", handlers: { ...streams, ...messages } };
