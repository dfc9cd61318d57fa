/**
 * The app's own access: its secret, the audit log, and the probes of what must be refused to it.
 * @module
 */

import { PLACEHOLDERS } from "../document/placeholders.ts";
import type { OwnProbeName } from "../document/probe-names.ts";
import type { ProbeInput } from "../document/schema.ts";
import { SIGNING_ALGORITHM } from "../document/signature.ts";
import type { Declared } from "./declared.ts";
import type { StackIds } from "./ids.ts";
import { type Grant, kindOf } from "./kinds/index.ts";
import type { Access } from "./schema.ts";
import { groupStatement } from "./statement.ts";

/** The statement that lets the group's members read one secret's content by its OCID, and no more. */
export const secretStatement = (groupId: string, secret: { id: string; compartmentId: string }): string =>
  groupStatement(groupId, ["SECRET_BUNDLE_READ"], secret.compartmentId, [
    `target.secret.id = '${secret.id}'`,
  ]);

/** Place of the audit log's grant: a setting of its own, beside the declaration. */
export const AUDIT_LOG = "auditLogId";

/**
 * The app's grants that need no declaration, beside its own secret: the proxy's audit lines may be put into
 * their log. Empty without such a log.
 */
export const ownGrants = ({ auditLog }: StackIds): Declared[] => {
  if (!auditLog) return [];
  const { id, groupId, compartmentId } = auditLog;
  const grant: Grant = { logs: id, group: groupId, compartment: compartmentId };
  return [{ grant, kind: kindOf(grant), where: AUDIT_LOG }];
};

/**
 * Metric namespace and compartment to which the check posts its outcome: those of the app's first grant of
 * metrics. Undefined without one.
 */
export const proofMetrics = (
  { instance }: Access,
  ids: StackIds,
): { namespace: string; compartmentId: string } | undefined => {
  const grant = instance.find((g) => "metrics" in g);
  if (!grant || !("metrics" in grant)) return undefined;
  return { namespace: grant.metrics, compartmentId: grant.compartment ?? ids.workloadCompartmentId };
};

/** A byte, base64: no document's signature is over it (`document/signature.ts`). The document's room is scarce. */
const NO_DOCUMENT = "AA==";

/** The probe that the instance may not sign a document of its own making. */
const signingProbe = (
  signingKey: NonNullable<StackIds["signingKey"]>,
): ProbeInput & { name: OwnProbeName } => ({
  name: "signing-key",
  says: "sign with the document's key",
  operation: "keymanagement.Sign",
  endpoint: signingKey.cryptoEndpoint,
  body: {
    keyId: signingKey.id,
    message: NO_DOCUMENT,
    signingAlgorithm: SIGNING_ALGORITHM,
  },
  target: { id: signingKey.id, seen: signingKey.seen },
  expected: "refused",
});

/**
 * Probes that must be refused when nothing but the own secret is granted. Each call changes nothing even if
 * it is allowed, and each target exists. Reading the own secret is not here: the check does it by itself.
 */
export const ownProbes = (ids: StackIds): (ProbeInput & { name: OwnProbeName })[] => {
  const { secret, decoy, vault, key, signingKey } = ids;
  return [
    {
      name: "decoy-content",
      says: "read the sibling secret's content",
      operation: "secrets.GetSecretBundle",
      params: { secretId: decoy.id },
      target: { id: decoy.id, seen: decoy.seen },
      expected: "refused",
    },
    {
      name: "secret-metadata",
      says: "read the secret's metadata",
      operation: "vault.GetSecret",
      params: { secretId: secret.id },
      target: { id: secret.id, seen: secret.seen },
      expected: "refused",
    },
    {
      name: "secret-update",
      says: "update the secret",
      operation: "vault.UpdateSecret",
      params: { secretId: secret.id },
      // An ETag that no secret has: 412 shows that the update is allowed, and nothing is written.
      headers: { "if-match": "keyless-never-matches" },
      body: { description: "never written" },
      target: { id: secret.id, seen: secret.seen },
      expected: "refused",
    },
    {
      name: "secrets-list",
      says: "list the compartment's secrets",
      operation: "vault.ListSecrets",
      query: { compartmentId: secret.compartmentId },
      target: { id: secret.compartmentId, seen: secret.seen },
      expected: "refused",
    },
    {
      name: "vault",
      says: "read the vault",
      operation: "keymanagement.GetVault",
      params: { vaultId: vault.id },
      target: { id: vault.id, seen: vault.seen },
      expected: "refused",
    },
    {
      name: "key",
      says: "read the key",
      operation: "keymanagement.GetKey",
      endpoint: key.managementEndpoint,
      params: { keyId: key.id },
      target: { id: key.id, seen: key.seen },
      expected: "refused",
    },
    ...(signingKey ? [signingProbe(signingKey)] : []),
    {
      name: "instance",
      says: "read its own instance",
      operation: "core.GetInstance",
      params: { instanceId: PLACEHOLDERS.instance },
      target: { id: PLACEHOLDERS.instance, seen: "self" },
      expected: "refused",
    },
    {
      name: "buckets-list",
      says: "list the compartment's buckets",
      operation: "objectstorage.ListBuckets",
      params: { namespaceName: ids.namespace },
      query: { compartmentId: ids.workloadCompartmentId },
      // The release bucket lies there.
      target: { id: ids.workloadCompartmentId, seen: "stack" },
      expected: "refused",
    },
    {
      name: "compartments-list",
      says: "list compartments",
      operation: "identity.ListCompartments",
      query: { compartmentId: ids.tenancyId },
      target: { id: ids.tenancyId, seen: "deployer" },
      expected: "always",
    },
  ];
};
