/** Vaults: each with hosts of its own for its keys. @module */
import type { KmsVaultClient, models } from "oci-keymanagement";
import { z } from "zod";
import { conflict, limitExceeded } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import { details, displayName, readBody, setMembers, tagMembers } from "../support/body.ts";
import { listTarget } from "../support/collection.ts";
import { cancelDeletion, deletionTime, scheduleDeletion } from "../support/deletion.ts";
import {
  compartmentTarget,
  find,
  listOf,
  type Owned,
  requireState,
  responseOf,
  starting,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "../support/tags.ts";
import { prefixOf } from "./vault-keys.ts";

/** Vaults and keys: 7 to 30 days (docs: "Deleting Vaults and Keys"). */
export const DELETION_DAYS = { minDays: 7, maxDays: 30 };

/** Virtual vaults in a region (docs: service limits; those pending deletion count). */
const MAX_VAULTS = 10;

const create = details<models.CreateVaultDetails>()({
  compartmentId: z.string(),
  displayName,
  vaultType: z.enum(["DEFAULT", "VIRTUAL_PRIVATE"], 'must be "DEFAULT" or "VIRTUAL_PRIVATE"'),
  ...tagMembers,
});
const update = details<models.UpdateVaultDetails>()({ displayName: displayName.optional(), ...tagMembers });
const move = details<models.ChangeVaultCompartmentDetails>()({ compartmentId: z.string() });

const one = (call: Call<"vaultId">): Owned<"vault"> => find(call, "vault", call.params["vaultId"]);

/**
 * A new vault OCID: its unique part begins with the name of the vault's hosts, as in OCI. Keys of it repeat that part.
 */
const newVaultId = (call: Call): string => {
  const parts = call.cloud.store.newId("vault", call.region).split(".");
  const unique = parts.pop()!;
  return [...parts, unique.slice(8, 21), unique].join(".");
};

/** The handlers of vaults. */
export const vaults = {
  CreateVault: {
    target: (call) => compartmentTarget(call, readBody(call, create).compartmentId),
    run: (call) => {
      const { cloud } = call;
      const body = readBody(call, create);
      checkDefinedTags(cloud, body.definedTags);
      const used = listOf(call, "vault").filter((v) => v.model.lifecycleState !== "DELETED");
      if (used.length >= MAX_VAULTS)
        throw limitExceeded(`The vault limit of ${MAX_VAULTS} in this region is reached`);
      const id = newVaultId(call);
      const host = (kind: string) =>
        `https://${prefixOf(id)}-${kind}.kms.${call.region.id}.${cloud.realm.domain}`;
      const vault = cloud.store.add({
        id,
        type: "vault",
        region: call.region,
        model: {
          id,
          compartmentId: body.compartmentId,
          displayName: body.displayName,
          vaultType: body.vaultType,
          ...tagMembersOf(body),
          managementEndpoint: host("management"),
          cryptoEndpoint: host("crypto"),
          isPrimary: true,
          isVaultReplicable: body.vaultType === "VIRTUAL_PRIVATE",
          wrappingkeyId: cloud.store.newId("key", call.region),
          lifecycleState: "CREATING",
          timeCreated: cloud.clock.iso(),
        },
        ...starting(cloud, "ACTIVE"),
      });
      return responseOf(vault);
    },
  },
  GetVault: { target: (call) => targetOf(call, one(call)), run: (call) => responseOf(one(call)) },
  ListVaults: {
    target: listTarget,
    run: (call) =>
      listReply(
        call,
        listOf(call, "vault").map((v) => v.model),
        {
          filters: ["compartmentId"],
          summary: ({ wrappingkeyId: _key, isPrimary: _primary, isVaultReplicable: _replicable, ...rest }) =>
            rest,
        },
      ),
  },
  UpdateVault: {
    target: (call) => targetOf(call, one(call)),
    run: (call) => {
      const vault = one(call);
      const body = readBody(call, update);
      requireState(vault, "ACTIVE");
      checkDefinedTags(call.cloud, body.definedTags);
      setMembers(vault.model, body);
      call.cloud.store.touch(vault);
      return responseOf(vault);
    },
  },
  ScheduleVaultDeletion: {
    target: (call) => targetOf(call, one(call)),
    run: (call) => {
      const vault = one(call);
      requireState(vault, "ACTIVE");
      const at = deletionTime(call, DELETION_DAYS);
      for (const key of listOf(call, "key").filter((k) => k.model.vaultId === vault.id)) {
        const keyAt = key.model.timeOfDeletion;
        if (key.model.lifecycleState !== "DELETED" && keyAt && Date.parse(keyAt) > at)
          throw conflict(
            "Conflict",
            `The vault ${vault.id} cannot be deleted before its key ${key.id}, which is scheduled for ${keyAt}`,
          );
      }
      scheduleDeletion(call, vault, at);
      return responseOf(vault);
    },
  },
  CancelVaultDeletion: {
    target: (call) => targetOf(call, one(call)),
    run: (call) => {
      cancelDeletion(call, one(call), "ACTIVE");
      return responseOf(one(call));
    },
  },
  ChangeVaultCompartment: {
    target: (call) => [
      targetOf(call, one(call)),
      compartmentTarget(call, readBody(call, move).compartmentId),
    ],
    run: (call) => {
      const vault = one(call);
      requireState(vault, "ACTIVE");
      vault.model.compartmentId = readBody(call, move).compartmentId;
      call.cloud.store.touch(vault);
      return { status: 204 };
    },
  },
  GetVaultUsage: {
    target: (call) => targetOf(call, one(call)),
    run: (call) => {
      const keys = listOf(call, "key").filter(
        (k) => k.model.vaultId === one(call).id && k.model.lifecycleState !== "DELETED",
      );
      const software = keys.filter((k) => k.model.protectionMode === "SOFTWARE").length;
      const hsm = keys.length - software;
      return {
        body: {
          keyCount: hsm,
          keyVersionCount: hsm,
          softwareKeyCount: software,
          softwareKeyVersionCount: software,
        },
      };
    },
  },
} satisfies Handlers<KmsVaultClient>;
