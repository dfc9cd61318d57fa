/** Versions of keys: each operation with a key uses one of them. @module */
import { createHash, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { incorrectState, invalidParameter, notFound } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Call, Handler, Target } from "../../service.ts";
import type { Clock } from "../../state/clock.ts";
import { deletionTime } from "../support/deletion.ts";
import { find, type Owned, requireState, targetOf } from "../support/resources.ts";
import { DELETION_DAYS, newKeyId, vaultOfCall } from "./vaults.ts";

const generate = promisify(generateKeyPair);

/** The algorithm and length of a key (docs: KeyShape). */
export interface KeyShape {
  algorithm: "AES" | "RSA" | "ECDSA";
  /** Length in bytes. */
  length: number;
  curveId?: string | undefined;
}

/** The curve that an ECDSA key of a length is on (docs: KeyShape). */
export const CURVES: Readonly<Record<number, { curveId: string; namedCurve: string }>> = {
  32: { curveId: "NIST_P256", namedCurve: "P-256" },
  48: { curveId: "NIST_P384", namedCurve: "P-384" },
  66: { curveId: "NIST_P521", namedCurve: "P-521" },
};

/** A version of a key. */
export interface KeyVersion {
  id: string;
  timeCreated: string;
  /** The key itself, of a symmetric key. */
  material: Buffer;
  /** The key pair of an RSA or ECDSA key; made when it is first needed, because a long RSA pair takes a second. */
  pair?: Promise<KeyObject>;
  /** Time of its deletion, in ms; absent unless that is scheduled. */
  deletedAt?: number;
}

/** The versions of a key, oldest first. */
export const versionsOf = (key: Owned): KeyVersion[] => key.hidden["versions"] as KeyVersion[];

/** A short digest of a key version, which ciphertexts name it by. */
export const versionTag = (version: KeyVersion): Buffer =>
  createHash("sha256").update(version.id).digest().subarray(0, 8);

/** A new version of a key of a vault. */
export const newVersion = (call: Call, vault: Owned): KeyVersion => ({
  id: newKeyId(call, "keyversion", vault),
  timeCreated: call.cloud.clock.iso(),
  material: randomBytes(32),
});

const makePair = async ({ algorithm, length }: KeyShape): Promise<KeyObject> =>
  algorithm === "RSA"
    ? (await generate("rsa", { modulusLength: length * 8 })).privateKey
    : (await generate("ec", { namedCurve: CURVES[length]!.namedCurve })).privateKey;

/** The private key of a version of an RSA or ECDSA key. */
export const privateKeyOf = (key: Owned, version: KeyVersion): Promise<KeyObject> => {
  version.pair ??= makePair(key.model["keyShape"] as KeyShape);
  return version.pair;
};

const stateOf = ({ deletedAt }: KeyVersion, clock: Clock): string =>
  deletedAt === undefined ? "ENABLED" : deletedAt > clock.now() ? "PENDING_DELETION" : "DELETED";

/**
 * The version that a request names, or the key's current one when it names none.
 * @throws 400 when the key has no such version, 409 when it is being deleted. Texts unverified.
 */
export const usableVersion = (call: Call, key: Owned, wanted: string | undefined): KeyVersion => {
  const version = versionsOf(key).find((v) => v.id === (wanted ?? key.model["currentKeyVersion"]));
  if (!version) throw invalidParameter("keyVersionId: is not a version of the key");
  const state = stateOf(version, call.cloud.clock);
  if (state !== "ENABLED")
    throw incorrectState(`The key version ${version.id} is in state ${state}; it must be ENABLED.`);
  return version;
};

const summaryOf = (call: Call, key: Owned, version: KeyVersion) => ({
  id: version.id,
  compartmentId: key.model.compartmentId,
  keyId: key.id,
  vaultId: key.model["vaultId"],
  lifecycleState: stateOf(version, call.cloud.clock),
  origin: "INTERNAL",
  timeCreated: version.timeCreated,
  ...(version.deletedAt !== undefined && { timeOfDeletion: call.cloud.clock.iso(version.deletedAt) }),
});

/** A version with its public key in PEM, where it has one. */
const modelOf = async (call: Call, key: Owned, version: KeyVersion) => ({
  ...summaryOf(call, key, version),
  ...((key.model["keyShape"] as KeyShape).algorithm !== "AES" && {
    publicKey: createPublicKey(await privateKeyOf(key, version))
      .export({ type: "spki", format: "pem" })
      .toString(),
  }),
});

const keyOf = (call: Call): Owned => {
  const key = find(call, "key", call.params["keyId"]);
  if (key.model["vaultId"] !== vaultOfCall(call).id) throw notFound();
  return key;
};

const target = (call: Call): Target => {
  const key = keyOf(call);
  return targetOf(call, key, { variables: { "target.vault.id": String(key.model["vaultId"]) } });
};

const one = (call: Call): KeyVersion => {
  const version = versionsOf(keyOf(call)).find((v) => v.id === call.params["keyVersionId"]);
  if (!version) throw notFound();
  return version;
};

const requireVersionState = (call: Call, version: KeyVersion, wanted: string): void => {
  const state = stateOf(version, call.cloud.clock);
  if (state !== wanted)
    throw incorrectState(`The key version ${version.id} is in state ${state}; it must be ${wanted}.`);
};

/** The handlers of key versions. */
export const keyVersions: Record<string, Handler> = {
  CreateKeyVersion: {
    target,
    run: async (call) => {
      const key = keyOf(call);
      requireState(key, "ENABLED");
      const version = newVersion(call, vaultOfCall(call));
      versionsOf(key).push(version);
      key.model["currentKeyVersion"] = version.id;
      call.cloud.store.touch(key);
      return { body: await modelOf(call, key, version) };
    },
  },
  GetKeyVersion: {
    target,
    run: async (call) => ({ body: await modelOf(call, keyOf(call), one(call)) }),
  },
  ListKeyVersions: {
    target,
    run: (call) => {
      const newestFirst = [...versionsOf(keyOf(call))].reverse();
      const { items, nextPage } = paginate(call, newestFirst, (v) => v.id);
      return {
        body: items.map((v) => summaryOf(call, keyOf(call), v)),
        ...(nextPage && { headers: { "opc-next-page": nextPage } }),
      };
    },
  },
  ScheduleKeyVersionDeletion: {
    target,
    run: async (call) => {
      const key = keyOf(call);
      const version = one(call);
      requireVersionState(call, version, "ENABLED");
      // docs.oracle.com "Deleting a Key Version": the current version cannot be deleted. Text unverified.
      if (version.id === key.model["currentKeyVersion"])
        throw incorrectState(`The key version ${version.id} is the current one of its key.`);
      version.deletedAt = deletionTime(call, DELETION_DAYS);
      return { body: await modelOf(call, key, version) };
    },
  },
  CancelKeyVersionDeletion: {
    target,
    run: async (call) => {
      const version = one(call);
      requireVersionState(call, version, "PENDING_DELETION");
      delete version.deletedAt;
      return { body: await modelOf(call, keyOf(call), version) };
    },
  },
};
