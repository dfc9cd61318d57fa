/** Secret bundles: the only place where responses show the content of a secret. @module */

import type { models, SecretsClient } from "oci-secrets";
import { incorrectState, invalidParameter, missingParameter, notFound } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Reply, Service } from "../../service.ts";
import type { SecretVersion } from "../../state/models.ts";
import { absent, type Wire } from "../../state/wire.ts";
import { isAlive, listOf } from "../support/resources.ts";
import { sortedVersions } from "../vault/secret-versions.ts";
import { secretOf, secretTarget } from "../vault/secrets.ts";
import { type Secret, type Stage, secretVersionsOf, stagesOf } from "../vault/versions.ts";

const STAGES: readonly Stage[] = ["CURRENT", "PENDING", "LATEST", "PREVIOUS", "DEPRECATED"];

const summary = (secret: Secret, version: SecretVersion) => ({
  secretId: secret.id,
  timeCreated: version.timeCreated,
  versionNumber: version.number,
  versionName: version.name,
  timeOfDeletion: version.timeOfDeletion,
  timeOfExpiry: version.timeOfExpiry,
  stages: stagesOf(secret, version),
});

type Asking = Call<"versionNumber" | "secretVersionName" | "stage">;

/** The version that a request asks for: by number, by name, by stage; the current one when it says nothing. */
const wanted = (call: Asking, secret: Secret): SecretVersion => {
  const number = call.query.get("versionNumber");
  const name = call.query.get("secretVersionName");
  const stage = call.query.get("stage");
  if ([number, name, stage].filter((v) => v !== null).length > 1)
    throw invalidParameter("Only one of versionNumber, secretVersionName and stage can be given");
  if (number !== null && !/^\d{1,9}$/.test(number))
    throw invalidParameter("versionNumber must be a whole number");
  const inStage = STAGES.find((s) => s === (stage ?? "CURRENT"));
  if (!inStage) throw invalidParameter(`stage must be one of ${STAGES.join(", ")}`);
  const versions = [...secretVersionsOf(secret)].reverse();
  const version =
    number !== null
      ? versions.find((v) => v.number === Number(number))
      : name !== null
        ? versions.find((v) => v.name === name)
        : versions.find((v) => stagesOf(secret, v).includes(inStage));
  if (!version) throw notFound();
  return version;
};

/**
 * Throws unless the secret's content can be read now. A secret that is not active gives 404 (by name:
 * external-secrets/external-secrets#6771; by OCID unverified); a vault or key that is not, 409 (unverified).
 */
const requireReadable = (call: Call, secret: Secret, version: SecretVersion): void => {
  if (!["ACTIVE", "UPDATING"].includes(secret.model.lifecycleState)) throw notFound();
  const states = [
    [secret.model.vaultId, "ACTIVE"],
    [secret.model.keyId, "ENABLED"],
  ] as const;
  for (const [id, state] of states)
    if (call.cloud.store.get(id)?.model.lifecycleState !== state)
      throw incorrectState(`The secret ${secret.id} cannot be decrypted: ${id} is not ${state}`);
  const blocks = (secret.model.secretRules ?? []).some(
    (rule) =>
      "isSecretContentRetrievalBlockedOnExpiry" in rule && rule.isSecretContentRetrievalBlockedOnExpiry,
  );
  if (blocks && version.timeOfExpiry && Date.parse(version.timeOfExpiry) <= call.cloud.clock.now())
    throw incorrectState(`Version ${version.number} of the secret ${secret.id} has expired`);
};

const bundle = (call: Asking, secret: Secret): Reply<Wire<models.SecretBundle>> => {
  const version = wanted(call, secret);
  requireReadable(call, secret, version);
  return {
    body: {
      ...summary(secret, version),
      metadata: secret.model.metadata ?? absent,
      secretBundleContent: { contentType: "BASE64", content: version.content },
    },
  };
};

/** A secret by its vault and name; its deletion hides it from this operation. */
const namedSecret = (call: Call<"secretName" | "vaultId">): Secret => {
  const name = call.query.get("secretName");
  const vaultId = call.query.get("vaultId");
  if (!name) throw missingParameter("secretName");
  if (!vaultId) throw missingParameter("vaultId");
  const secret = listOf(call, "vaultsecret").find(
    (s) => s.model.secretName === name && s.model.vaultId === vaultId && isAlive(s),
  );
  if (!secret) throw notFound();
  return secret;
};

/** The handlers of secret bundles. */
export const secrets: Service = {
  name: "secrets",
  handlers: {
    GetSecretBundle: {
      target: (call) => secretTarget(call, secretOf(call)),
      run: (call) => bundle(call, secretOf(call)),
    },
    GetSecretBundleByName: {
      target: (call) => secretTarget(call, namedSecret(call)),
      run: (call) => bundle(call, namedSecret(call)),
    },
    ListSecretBundleVersions: {
      target: (call) => secretTarget(call, secretOf(call)),
      run: (call) => {
        const secret = secretOf(call);
        const { items, nextPage } = paginate(call, sortedVersions(call, secret), (v) => `${v.number}`);
        return {
          body: items.map((v) => summary(secret, v)),
          ...(nextPage && { headers: { "opc-next-page": nextPage } }),
        };
      },
    },
  } satisfies Handlers<SecretsClient>,
};
