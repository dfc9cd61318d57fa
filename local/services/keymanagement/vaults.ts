/** Vaults: each with hosts of its own for its keys. @module */
import { z } from "zod";
import { conflict, limitExceeded, notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Call, Handler } from "../../service.ts";
import type { State } from "../../state/state.ts";
import { displayName, readBody, tagMembers } from "../support/body.ts";
import { listTarget } from "../support/collection.ts";
import { cancelDeletion, deletionTime, scheduleDeletion } from "../support/deletion.ts";
import {
  answer,
  compartmentTarget,
  find,
  listOf,
  type Owned,
  requireState,
  starting,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags, tagsOf } from "../support/tags.ts";

/** Vaults and keys: 7 to 30 days (docs: "Deleting Vaults and Keys"). */
export const DELETION_DAYS = { minDays: 7, maxDays: 30 };

/** Virtual vaults in a region (docs: service limits; those pending deletion count). */
const MAX_VAULTS = 10;

const create = z.object({
  compartmentId: z.string(),
  displayName,
  vaultType: z.enum(["DEFAULT", "VIRTUAL_PRIVATE"], 'must be "DEFAULT" or "VIRTUAL_PRIVATE"'),
  ...tagMembers,
});
const update = z.object({ displayName: displayName.optional(), ...tagMembers });
const move = z.object({ compartmentId: z.string() });

const one = (call: Call): Owned => find(call, "vault", call.params["vaultId"]);

/** The part of a vault's OCID that its hosts begin with. */
const prefixOf = (id: string): string => id.split(".")[4]!;

/**
 * A new vault OCID: its unique part begins with the name of the vault's hosts, as in OCI. Keys of it repeat that part.
 */
const newVaultId = (call: Call): string => {
  const parts = call.cloud.store.newId("vault", call.region).split(".");
  const unique = parts.pop()!;
  return [...parts, unique.slice(8, 21), unique].join(".");
};

/** The vault whose own host a request was sent to: management or crypto. */
const vaultOfHost = (cloud: State, host: string): Owned | undefined => {
  const prefix = /^([a-z0-9]+)-(?:management|crypto)\.kms\./.exec(host)?.[1];
  return prefix === undefined
    ? undefined
    : (cloud.store.list("vault").find((v) => prefixOf(v.id) === prefix) as Owned | undefined);
};

/** A new OCID of a key or key version: with the vault's prefix, as in OCI. */
export const newKeyId = (call: Call, type: string, vault: Owned): string => {
  const parts = call.cloud.store.newId(type, call.region).split(".");
  const unique = parts.pop()!;
  return [...parts, prefixOf(vault.id), unique].join(".");
};

/** The handlers of vaults. */
export const vaults: Record<string, Handler> = {
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
          ...tagsOf(body),
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
      return answer(vault);
    },
  },
  GetVault: { target: (call) => targetOf(call, one(call)), run: (call) => answer(one(call)) },
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
      Object.assign(vault.model, body);
      call.cloud.store.touch(vault);
      return answer(vault);
    },
  },
  ScheduleVaultDeletion: {
    target: (call) => targetOf(call, one(call)),
    run: (call) => {
      const vault = one(call);
      requireState(vault, "ACTIVE");
      const at = deletionTime(call, DELETION_DAYS);
      for (const key of listOf(call, "key").filter((k) => k.model["vaultId"] === vault.id)) {
        const keyAt = key.model["timeOfDeletion"];
        if (key.model.lifecycleState !== "DELETED" && typeof keyAt === "string" && Date.parse(keyAt) > at)
          throw conflict(
            "Conflict",
            `The vault ${vault.id} cannot be deleted before its key ${key.id}, which is scheduled for ${keyAt}`,
          );
      }
      scheduleDeletion(call, vault, at);
      return answer(vault);
    },
  },
  CancelVaultDeletion: {
    target: (call) => targetOf(call, one(call)),
    run: (call) => {
      cancelDeletion(call, one(call), "ACTIVE");
      return answer(one(call));
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
        (k) => k.model["vaultId"] === one(call).id && k.model.lifecycleState !== "DELETED",
      );
      const software = keys.filter((k) => k.model["protectionMode"] === "SOFTWARE").length;
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
};

/**
 * The vault that a request to one of its own hosts is about: keys are managed on one, used on the other.
 * @throws 404 on any other host
 */
export const vaultOfCall = (call: Call, kind: "management" | "crypto" = "management"): Owned => {
  const vault = call.host.includes(`-${kind}.`) ? vaultOfHost(call.cloud, call.host) : undefined;
  if (!vault) throw notFound();
  return find(call, "vault", vault.id);
};
