/** Keys, on the hosts of their vault. @module */
import { z } from "zod";
import { incorrectState, invalidParameter, notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Call, Handler, Target } from "../../service.ts";
import { displayName, readBody, tagMembers } from "../support/body.ts";
import { listTarget } from "../support/collection.ts";
import { cancelDeletion, deletionTime, scheduleDeletion } from "../support/deletion.ts";
import {
  answer,
  compartmentTarget,
  find,
  listOf,
  moveTo,
  type Owned,
  requireState,
  starting,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags, tagsOf } from "../support/tags.ts";
import { CURVES, newVersion } from "./key-versions.ts";
import { DELETION_DAYS, newKeyId, vaultOfCall } from "./vaults.ts";

/** Lengths in bytes that each algorithm takes (docs: KeyShape). */
const LENGTHS: Readonly<Record<string, readonly number[]>> = {
  AES: [16, 24, 32],
  RSA: [256, 384, 512],
  ECDSA: [32, 48, 66],
};

const create = z.object({
  compartmentId: z.string(),
  displayName,
  keyShape: z.object({
    algorithm: z.enum(["AES", "RSA", "ECDSA"]),
    length: z.number().int(),
    curveId: z.enum(["NIST_P256", "NIST_P384", "NIST_P521"]).optional(),
  }),
  protectionMode: z.enum(["HSM", "SOFTWARE"]).optional(),
  isAutoRotationEnabled: z.boolean().optional(),
  ...tagMembers,
});
const update = z.object({
  displayName: displayName.optional(),
  isAutoRotationEnabled: z.boolean().optional(),
  ...tagMembers,
});
const move = z.object({ compartmentId: z.string() });

const one = (call: Call): Owned => {
  const key = find(call, "key", call.params["keyId"]);
  if (key.model["vaultId"] !== vaultOfCall(call).id) throw notFound();
  return key;
};

/** The target of a key: variables of its vault beside its own. */
const keyTarget = (call: Call, key: Owned): Target =>
  targetOf(call, key, { variables: { "target.vault.id": String(key.model["vaultId"]) } });

const action = (run: (call: Call, key: Owned) => void): Handler => ({
  target: (call) => keyTarget(call, one(call)),
  run: (call) => {
    run(call, one(call));
    return answer(one(call));
  },
});

/** The handlers of keys. */
export const keys: Record<string, Handler> = {
  CreateKey: {
    target: (call) => [
      compartmentTarget(call, readBody(call, create).compartmentId, { permissions: ["KEY_CREATE"] }),
      targetOf(call, vaultOfCall(call), { permissions: ["VAULT_CREATE_KEY"] }),
    ],
    run: (call) => {
      const { cloud } = call;
      const body = readBody(call, create);
      const { algorithm, length } = body.keyShape;
      if (!LENGTHS[algorithm]!.includes(length))
        throw invalidParameter(
          `keyShape.length: ${algorithm} takes ${LENGTHS[algorithm]!.join(", ")} bytes, not ${length}`,
        );
      const { curveId = body.keyShape.curveId } = (algorithm === "ECDSA" && CURVES[length]) || {};
      if (body.keyShape.curveId && body.keyShape.curveId !== curveId)
        throw invalidParameter(`keyShape.curveId: ECDSA of ${length} bytes is ${curveId}`);
      checkDefinedTags(cloud, body.definedTags);
      const vault = vaultOfCall(call);
      requireState(vault, "ACTIVE");
      const id = newKeyId(call, "key", vault);
      const version = newVersion(call, vault);
      const key = cloud.store.add({
        id,
        type: "key",
        region: call.region,
        model: {
          id,
          compartmentId: body.compartmentId,
          displayName: body.displayName,
          vaultId: vault.id,
          keyShape: { ...body.keyShape, ...(curveId && { curveId }) },
          protectionMode: body.protectionMode ?? "HSM",
          currentKeyVersion: version.id,
          isPrimary: true,
          isAutoRotationEnabled: body.isAutoRotationEnabled ?? false,
          ...tagsOf(body),
          lifecycleState: "CREATING",
          timeCreated: cloud.clock.iso(),
        },
        hidden: { versions: [version] },
        ...starting(cloud, "ENABLED"),
      });
      return answer(key);
    },
  },
  GetKey: { target: (call) => keyTarget(call, one(call)), run: (call) => answer(one(call)) },
  ListKeys: {
    target: listTarget,
    run: (call) => {
      const vault = vaultOfCall(call);
      const found = listOf(call, "key").filter((k) => k.model["vaultId"] === vault.id);
      return listReply(
        call,
        found.map((k) => k.model),
        {
          filters: {
            compartmentId: (k) => k.compartmentId,
            protectionMode: (k) => k["protectionMode"],
            algorithm: (k) => (k["keyShape"] as { algorithm: string }).algorithm,
            length: (k) => (k["keyShape"] as { length: number }).length,
          },
          summary: ({ keyShape, currentKeyVersion: _current, ...rest }) => ({
            ...rest,
            algorithm: (keyShape as { algorithm: string }).algorithm,
          }),
        },
      );
    },
  },
  UpdateKey: {
    target: (call) => keyTarget(call, one(call)),
    run: (call) => {
      const key = one(call);
      const body = readBody(call, update);
      requireState(key, "ENABLED", "DISABLED");
      checkDefinedTags(call.cloud, body.definedTags);
      Object.assign(key.model, body);
      call.cloud.store.touch(key);
      return answer(key);
    },
  },
  EnableKey: action((call, key) => {
    requireState(key, "DISABLED");
    moveTo(call.cloud, key, "ENABLING", "ENABLED");
  }),
  DisableKey: action((call, key) => {
    requireState(key, "ENABLED");
    moveTo(call.cloud, key, "DISABLING", "DISABLED");
  }),
  ScheduleKeyDeletion: action((call, key) => {
    requireState(key, "ENABLED", "DISABLED");
    const at = deletionTime(call, DELETION_DAYS);
    const vaultAt = vaultOfCall(call).model["timeOfDeletion"];
    if (typeof vaultAt === "string" && at > Date.parse(vaultAt))
      throw incorrectState(
        `The key cannot be scheduled later than its vault, which is deleted at ${vaultAt}`,
      );
    key.hidden["stateBefore"] = key.model.lifecycleState;
    scheduleDeletion(call, key, at, () => {
      key.hidden["versions"] = [];
    });
  }),
  CancelKeyDeletion: action((call, key) =>
    // A key whose deletion is cancelled is enabled or disabled as it was before (docs: CancelKeyDeletion).
    cancelDeletion(call, key, String(key.hidden["stateBefore"] ?? "ENABLED")),
  ),
  ChangeKeyCompartment: {
    target: (call) => [
      keyTarget(call, one(call)),
      compartmentTarget(call, readBody(call, move).compartmentId),
    ],
    run: (call) => {
      const key = one(call);
      requireState(key, "ENABLED", "DISABLED");
      key.model.compartmentId = readBody(call, move).compartmentId;
      call.cloud.store.touch(key);
      return { status: 204 };
    },
  },
};
