/** Versions of keys: each operation with a key uses one of them. @module */
import { createHash, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { KmsManagementClient, models } from "oci-keymanagement";
import { incorrectState, invalidParameter, notFound } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import type { Clock } from "../../state/clock.ts";
import type { KeyVersion } from "../../state/key-version.ts";
import type { Wire } from "../../state/wire.ts";
import { deletionTime } from "../support/deletion.ts";
import { type Owned, requireState } from "../support/resources.ts";
import { keyOf, keyTarget, newKeyId, vaultOfCall } from "./vault-keys.ts";
import { DELETION_DAYS } from "./vaults.ts";

const generate = promisify(generateKeyPair);

/** The algorithm and length of a key; the length in bytes. */
export type KeyShape = Wire<models.KeyShape>;

/** The curve that an ECDSA key of a length is on (docs: KeyShape). */
export const CURVES: Readonly<
  Record<number, { curveId: NonNullable<KeyShape["curveId"]>; namedCurve: string }>
> = {
  32: { curveId: "NIST_P256", namedCurve: "P-256" },
  48: { curveId: "NIST_P384", namedCurve: "P-384" },
  66: { curveId: "NIST_P521", namedCurve: "P-521" },
};

/** The versions of a key, oldest first. */
export const keyVersionsOf = (key: Owned<"key">): KeyVersion[] => key.hidden.versions;

/** A short digest of a key version, which ciphertexts name it by. */
export const versionTag = (version: KeyVersion): Buffer =>
  createHash("sha256").update(version.id).digest().subarray(0, 8);

/** A new version of a key of a vault. */
export const newVersion = (call: Call, vault: Owned<"vault">): KeyVersion => ({
  id: newKeyId(call, "keyversion", vault),
  timeCreated: call.cloud.clock.iso(),
  material: randomBytes(32),
});

const makePair = async ({ algorithm, length }: KeyShape): Promise<KeyObject> =>
  algorithm === "RSA"
    ? (await generate("rsa", { modulusLength: length * 8 })).privateKey
    : (await generate("ec", { namedCurve: CURVES[length]!.namedCurve })).privateKey;

/** The private key of a version of an RSA or ECDSA key. */
export const privateKeyOf = (key: Owned<"key">, version: KeyVersion): Promise<KeyObject> => {
  version.pair ??= makePair(key.model.keyShape);
  return version.pair;
};

type VersionState = "ENABLED" | "PENDING_DELETION" | "DELETED";

const stateOf = ({ deletedAt }: KeyVersion, clock: Clock): VersionState =>
  deletedAt === undefined ? "ENABLED" : deletedAt > clock.now() ? "PENDING_DELETION" : "DELETED";

/**
 * The version that a request names, or the key's current one when it names none.
 * @throws 400 when the key has no such version, 409 when it is being deleted. Texts unverified.
 */
export const usableVersion = (call: Call, key: Owned<"key">, wanted: string | undefined): KeyVersion => {
  const version = keyVersionsOf(key).find((v) => v.id === (wanted ?? key.model.currentKeyVersion));
  if (!version) throw invalidParameter("keyVersionId: is not a version of the key");
  const state = stateOf(version, call.cloud.clock);
  if (state !== "ENABLED")
    throw incorrectState(`The key version ${version.id} is in state ${state}; it must be ENABLED.`);
  return version;
};

const summaryOf = (call: Call, key: Owned<"key">, version: KeyVersion): Wire<models.KeyVersionSummary> => ({
  id: version.id,
  compartmentId: key.model.compartmentId,
  keyId: key.id,
  vaultId: key.model.vaultId,
  lifecycleState: stateOf(version, call.cloud.clock),
  origin: "INTERNAL",
  timeCreated: version.timeCreated,
  ...(version.deletedAt !== undefined && { timeOfDeletion: call.cloud.clock.iso(version.deletedAt) }),
});

/** A version with its public key in PEM, where it has one. */
const modelOf = async (
  call: Call,
  key: Owned<"key">,
  version: KeyVersion,
): Promise<Wire<models.KeyVersion>> => ({
  ...summaryOf(call, key, version),
  ...(key.model.keyShape.algorithm !== "AES" && {
    publicKey: createPublicKey(await privateKeyOf(key, version))
      .export({ type: "spki", format: "pem" })
      .toString(),
  }),
});

const target = (call: Call<"keyId">) => keyTarget(call, keyOf(call));

const one = (call: Call<"keyId" | "keyVersionId">): KeyVersion => {
  const version = keyVersionsOf(keyOf(call)).find((v) => v.id === call.params["keyVersionId"]);
  if (!version) throw notFound();
  return version;
};

const requireVersionState = (call: Call, version: KeyVersion, wanted: VersionState): void => {
  const state = stateOf(version, call.cloud.clock);
  if (state !== wanted)
    throw incorrectState(`The key version ${version.id} is in state ${state}; it must be ${wanted}.`);
};

/** The handlers of key versions. */
export const keyVersions = {
  CreateKeyVersion: {
    target,
    run: async (call) => {
      const key = keyOf(call);
      requireState(key, "ENABLED");
      const version = newVersion(call, vaultOfCall(call));
      keyVersionsOf(key).push(version);
      key.model.currentKeyVersion = version.id;
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
      const newestFirst = [...keyVersionsOf(keyOf(call))].reverse();
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
      if (version.id === key.model.currentKeyVersion)
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
} satisfies Handlers<KmsManagementClient>;
