/** The vault and the key that a request names, on the vault's own hosts. @module */
import { notFound } from "../../errors.ts";
import type { Call, Target } from "../../service.ts";
import type { State } from "../../state/state.ts";
import { find, type Owned, targetOf } from "../support/resources.ts";

/** The part of a vault's OCID that its hosts begin with. */
export const prefixOf = (id: string): string => id.split(".")[4]!;

/** The OCID of the vault whose own host a request was sent to: management or crypto. */
const vaultIdOfHost = (cloud: State, host: string): string | undefined => {
  const prefix = /^([a-z0-9]+)-(?:management|crypto)\.kms\./.exec(host)?.[1];
  return prefix === undefined
    ? undefined
    : cloud.store.list("vault").find((v) => prefixOf(v.id) === prefix)?.id;
};

/**
 * The vault that a request to one of its own hosts is about: keys are managed on one, used on the other.
 * @throws 404 on any other host
 */
export const vaultOfCall = (call: Call, host: "management" | "crypto" = "management"): Owned<"vault"> => {
  const id = call.host.includes(`-${host}.`) ? vaultIdOfHost(call.cloud, call.host) : undefined;
  return find(call, "vault", id);
};

/** A new OCID of a key or key version: with the vault's prefix, as in OCI. */
export const newKeyId = (call: Call, type: string, vault: Owned<"vault">): string => {
  const parts = call.cloud.store.newId(type, call.region).split(".");
  const unique = parts.pop()!;
  return [...parts, prefixOf(vault.id), unique].join(".");
};

const keyOn = (call: Call, host: "management" | "crypto", keyId: string | undefined): Owned<"key"> => {
  const key = find(call, "key", keyId);
  if (key.model.vaultId !== vaultOfCall(call, host).id) throw notFound();
  return key;
};

/** The key that a request to the management host of its vault names in its path. Throws 404. */
export const keyOf = (call: Call<"keyId">): Owned<"key"> => keyOn(call, "management", call.params["keyId"]);

/** The key that a request to the crypto host of its vault names. Throws 404. */
export const keyNamed = (call: Call, keyId: string): Owned<"key"> => keyOn(call, "crypto", keyId);

/** A key as target: variables of its vault beside its own. */
export const keyTarget = (
  call: Call,
  key: Owned<"key">,
  variables: Readonly<Record<string, string>> = {},
): Target => targetOf(call, key, { variables: { "target.vault.id": key.model.vaultId, ...variables } });
