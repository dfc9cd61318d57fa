/** Keys, on the hosts of their vault. @module */
import type { KmsManagementClient, models } from "oci-keymanagement";
import { z } from "zod";
import { incorrectState, invalidParameter } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Reply } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import { details, displayName, readBody, setMembers, tagMembers } from "../support/body.ts";
import { listTarget } from "../support/collection.ts";
import { cancelDeletion, deletionTime, scheduleDeletion } from "../support/deletion.ts";
import {
  compartmentTarget,
  listOf,
  moveTo,
  type Owned,
  requireState,
  responseOf,
  starting,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "../support/tags.ts";
import { CURVES, type KeyShape, newVersion } from "./key-versions.ts";
import { keyOf, keyTarget, newKeyId, vaultOfCall } from "./vault-keys.ts";
import { DELETION_DAYS } from "./vaults.ts";

/** Lengths in bytes that each algorithm takes (docs: KeyShape). */
const LENGTHS: Readonly<Record<KeyShape["algorithm"], readonly number[]>> = {
  AES: [16, 24, 32],
  RSA: [256, 384, 512],
  ECDSA: [32, 48, 66],
};

const create = details<models.CreateKeyDetails>()({
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
const update = details<models.UpdateKeyDetails>()({
  displayName: displayName.optional(),
  isAutoRotationEnabled: z.boolean().optional(),
  ...tagMembers,
});
const move = details<models.ChangeKeyCompartmentDetails>()({ compartmentId: z.string() });

const ofKey = { target: (call: Call<"keyId">) => keyTarget(call, keyOf(call)) };

/** An operation that changes a key and responds with it. */
const action = (run: (call: Call<"keyId">, key: Owned<"key">) => void) => ({
  ...ofKey,
  run: (call: Call<"keyId">): Reply<ModelOf<"key">> => {
    run(call, keyOf(call));
    return responseOf(keyOf(call));
  },
});

/** The handlers of keys. */
export const keys = {
  CreateKey: {
    target: (call) => [
      compartmentTarget(call, readBody(call, create).compartmentId, { permissions: ["KEY_CREATE"] }),
      targetOf(call, vaultOfCall(call), { permissions: ["VAULT_CREATE_KEY"] }),
    ],
    run: (call) => {
      const { cloud } = call;
      const body = readBody(call, create);
      const { algorithm, length } = body.keyShape;
      if (!LENGTHS[algorithm].includes(length))
        throw invalidParameter(
          `keyShape.length: ${algorithm} takes ${LENGTHS[algorithm].join(", ")} bytes, not ${length}`,
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
          ...tagMembersOf(body),
          lifecycleState: "CREATING",
          timeCreated: cloud.clock.iso(),
        },
        hidden: { versions: [version] },
        ...starting(cloud, "ENABLED"),
      });
      return responseOf(key);
    },
  },
  GetKey: { ...ofKey, run: (call) => responseOf(keyOf(call)) },
  ListKeys: {
    target: listTarget,
    run: (call) => {
      const vault = vaultOfCall(call);
      const found = listOf(call, "key").filter((k) => k.model.vaultId === vault.id);
      return listReply(
        call,
        found.map((k) => k.model),
        {
          filters: {
            compartmentId: (k) => k.compartmentId,
            protectionMode: (k) => k.protectionMode,
            algorithm: (k) => k.keyShape.algorithm,
            length: (k) => k.keyShape.length,
            curveId: (k) => k.keyShape.curveId,
          },
          summary: ({ keyShape, currentKeyVersion: _current, ...rest }) => ({
            ...rest,
            algorithm: keyShape.algorithm,
          }),
        },
      );
    },
  },
  UpdateKey: {
    ...ofKey,
    run: (call) => {
      const key = keyOf(call);
      const body = readBody(call, update);
      requireState(key, "ENABLED", "DISABLED");
      checkDefinedTags(call.cloud, body.definedTags);
      setMembers(key.model, body);
      call.cloud.store.touch(key);
      return responseOf(key);
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
    const stateBefore = key.model.lifecycleState === "DISABLED" ? "DISABLED" : "ENABLED";
    const at = deletionTime(call, DELETION_DAYS);
    const vaultAt = vaultOfCall(call).model.timeOfDeletion;
    if (vaultAt && at > Date.parse(vaultAt))
      throw incorrectState(
        `The key cannot be scheduled later than its vault, which is deleted at ${vaultAt}`,
      );
    key.hidden.stateBefore = stateBefore;
    scheduleDeletion(call, key, at, () => {
      key.hidden.versions = [];
    });
  }),
  CancelKeyDeletion: action((call, key) =>
    // A key whose deletion is cancelled is enabled or disabled as it was before (docs: CancelKeyDeletion).
    cancelDeletion(call, key, key.hidden.stateBefore ?? "ENABLED"),
  ),
  ChangeKeyCompartment: {
    target: (call) => [
      keyTarget(call, keyOf(call)),
      compartmentTarget(call, readBody(call, move).compartmentId),
    ],
    run: (call) => {
      const key = keyOf(call);
      requireState(key, "ENABLED", "DISABLED");
      key.model.compartmentId = readBody(call, move).compartmentId;
      call.cloud.store.touch(key);
      return { status: 204 };
    },
  },
} satisfies Handlers<KmsManagementClient>;
