/** Users' API signing keys. @module */
import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { notAuthenticated } from "../errors.ts";
import type { State } from "../state/state.ts";
import type { Resource } from "../state/store.ts";

/** `aa:bb:…`, lower case. */
export const withColons = (hex: string): string => hex.toLowerCase().match(/../g)!.join(":");

/** The fingerprint of a public key as OCI shows it: MD5 of its SPKI, in hex pairs. */
export const fingerprintOf = (key: KeyObject): string =>
  withColons(
    createHash("md5")
      .update(key.export({ type: "spki", format: "der" }))
      .digest("hex"),
  );

/**
 * Reads a PEM public key that may sign requests.
 * @returns undefined unless it is an RSA public key of at least 2048 bits, which is what OCI takes
 */
export const readPublicKey = (pem: string): KeyObject | undefined => {
  if (!/^\s*-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem)) return undefined;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
      ? key
      : undefined;
  } catch {
    return undefined;
  }
};

/** Puts an API key of a user into the store. */
export const addApiKey = (cloud: State, userId: string, pem: string, key: KeyObject): Resource<"apikey"> => {
  const fingerprint = fingerprintOf(key);
  const keyId = `${cloud.tenancy.id}/${userId}/${fingerprint}`;
  return cloud.store.add({
    id: keyId,
    type: "apikey",
    model: {
      keyId,
      keyValue: pem,
      fingerprint,
      userId,
      timeCreated: cloud.clock.iso(),
      lifecycleState: "ACTIVE",
    },
    hidden: { key },
  });
};

/**
 * The key that a keyId `<tenancy>/<user>/<fingerprint>` names.
 * @throws ServiceError 401 when there is none, or its user may not sign in
 */
export const findApiKey = (cloud: State, keyId: string): { userId: string; publicKey: KeyObject } => {
  const [tenancy, userId, fingerprint, ...rest] = keyId.split("/");
  if (tenancy !== cloud.tenancy.id || !userId || !fingerprint || rest.length) throw notAuthenticated();
  const found = cloud.store.get(`${tenancy}/${userId}/${fingerprint.toLowerCase()}`, "apikey");
  const user = cloud.store.get(userId, "user");
  if (found?.model.lifecycleState !== "ACTIVE" || user?.model.lifecycleState !== "ACTIVE")
    throw notAuthenticated();
  if (user.model.capabilities?.canUseApiKeys === false) throw notAuthenticated();
  return { userId, publicKey: found.hidden.key };
};
