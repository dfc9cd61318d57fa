/** Console histories: the text of an instance's serial console when it was captured. @module */
import type { ComputeClient, models } from "oci-core";
import { z } from "zod";
import { incorrectState, invalidParameter } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import { details, displayName, readBody, tagMembers } from "../support/body.ts";
import { listTarget } from "../support/collection.ts";
import { find, findUsable, listOf, responseOf, targetOf, transitionTo } from "../support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "../support/tags.ts";
import { consoleOf } from "./machine.ts";

const capture = details<models.CaptureConsoleHistoryDetails>()({
  instanceId: z.string(),
  displayName: displayName.optional(),
  ...tagMembers,
});
const update = details<models.UpdateConsoleHistoryDetails>()({
  displayName: displayName.optional(),
  ...tagMembers,
});

/** Bytes that a read of the content gives when it does not say how many. */
const DEFAULT_LENGTH = 10_240;
const MAX_LENGTH = 1_048_576;

const one = (call: Call<"instanceConsoleHistoryId">) =>
  find(call, "consolehistory", call.params["instanceConsoleHistoryId"]);

const whole = (call: Call, name: string, fallback: number, most: number): number => {
  const text = call.query.get(name);
  if (text === null || text === "") return fallback;
  if (!/^\d+$/.test(text) || Number(text) > most)
    throw invalidParameter(`${name} must be a whole number from 0 to ${most}`);
  return Number(text);
};

/** The handlers of console histories. */
export const consoleHistories = {
  CaptureConsoleHistory: {
    target: (call) => targetOf(call, findUsable(call, "instance", readBody(call, capture).instanceId)),
    run: (call) => {
      const { cloud } = call;
      const body = readBody(call, capture);
      checkDefinedTags(cloud, body.definedTags);
      const instance = findUsable(call, "instance", body.instanceId);
      const id = cloud.store.newId("consolehistory", call.region);
      const half = cloud.settings.transitionMs / 2;
      const resource = cloud.store.add({
        id,
        type: "consolehistory",
        region: call.region,
        model: {
          id,
          compartmentId: instance.model.compartmentId,
          availabilityDomain: instance.model.availabilityDomain,
          instanceId: instance.id,
          displayName: body.displayName ?? `consolehistory-${instance.model.displayName}`,
          ...tagMembersOf(body),
          lifecycleState: "REQUESTED",
          timeCreated: cloud.clock.iso(),
        },
        transitions: [
          transitionTo("GETTING-HISTORY", cloud.clock.now() + half),
          transitionTo("SUCCEEDED", cloud.clock.now() + 2 * half, () => {
            resource.hidden.content = Buffer.from(consoleOf(instance));
          }),
        ],
      });
      return responseOf(resource);
    },
  },
  GetConsoleHistory: { target: (call) => targetOf(call, one(call)), run: (call) => responseOf(one(call)) },
  ListConsoleHistories: {
    target: listTarget,
    run: (call) =>
      listReply(
        call,
        listOf(call, "consolehistory").map((h) => h.model),
        { filters: ["compartmentId", "instanceId", "availabilityDomain", "lifecycleState"] },
      ),
  },
  GetConsoleHistoryContent: {
    target: (call) => targetOf(call, one(call)),
    run: (call) => {
      const content = one(call).hidden.content;
      if (!Buffer.isBuffer(content))
        throw incorrectState(`The console history ${one(call).id} is not captured yet`);
      const offset = whole(call, "offset", 0, Number.MAX_SAFE_INTEGER);
      const length = whole(call, "length", DEFAULT_LENGTH, MAX_LENGTH);
      const cut = content.subarray(offset, offset + length);
      return {
        body: cut,
        headers: {
          "content-type": "text/plain",
          "opc-bytes-remaining": `${Math.max(0, content.length - offset - cut.length)}`,
        },
      };
    },
  },
  UpdateConsoleHistory: {
    target: (call) => targetOf(call, one(call)),
    run: (call) => {
      const body = readBody(call, update);
      checkDefinedTags(call.cloud, body.definedTags);
      Object.assign(one(call).model, body);
      call.cloud.store.touch(one(call));
      return responseOf(one(call));
    },
  },
  DeleteConsoleHistory: {
    target: (call) => targetOf(call, one(call)),
    run: (call) => {
      call.cloud.store.remove(one(call).id);
      return { status: 204 };
    },
  },
} satisfies Handlers<ComputeClient>;
