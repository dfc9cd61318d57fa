import { PLACEHOLDERS } from "../../document/placeholders.ts";

/**
 * Placeholders for the OCIDs that are not known before a deployment: well-formed, so that statements can be
 * read and decided, and shown to people as words.
 * @module
 */

const ocid = (type: string, words: string): string => `ocid1.${type}.oc1..${words}`;

/** OCIDs of nothing that exists. */
export const OCIDS = {
  tenancy: ocid("tenancy", "the-tenancy-of-the-environment"),
  instance: ocid("instance", "the-instance-of-this-stack"),
  /** A member of an existing group. */
  member: ocid("instance", "a-member-of-the-existing-group"),
  group: ocid("dynamicgroup", "the-group-of-this-stack"),
  secret: ocid("vaultsecret", "the-secret-of-this-stack"),
  decoy: ocid("vaultsecret", "the-decoy-of-this-stack"),
  vault: ocid("vault", "the-vault-of-this-stack"),
  key: ocid("key", "the-key-of-this-stack"),
  signingKey: ocid("key", "the-signing-key-of-this-stack"),
  secretCompartment: ocid("compartment", "the-compartment-of-the-secret"),
  auditLogGroup: ocid("loggroup", "the-log-group-of-the-audit-log"),
} as const;

/** Placeholders for values that are no OCIDs. */
export const NAMES = {
  region: "us-ashburn-1",
  namespace: "<namespace>",
  bundle: "<bundle>",
  managementEndpoint: "https://the-vault-of-this-stack",
  cryptoEndpoint: "https://the-crypto-endpoint-of-this-stack",
} as const;

const WORDS: readonly (readonly [string, string])[] = [
  [OCIDS.tenancy, "<tenancy>"],
  [OCIDS.instance, "<instance>"],
  [OCIDS.member, "<member of the existing group>"],
  [OCIDS.group, "<group>"],
  [OCIDS.secret, "<secret>"],
  [OCIDS.decoy, "<decoy>"],
  [OCIDS.vault, "<vault>"],
  [OCIDS.key, "<key>"],
  [OCIDS.signingKey, "<signing key>"],
  [OCIDS.secretCompartment, "<compartment of the secret>"],
  [OCIDS.auditLogGroup, "<log group of the audit's log>"],
  [PLACEHOLDERS.instance, "<instance>"],
];

/** A text with words in place of the placeholders. */
export const shown = (text: string): string => WORDS.reduce((t, [from, to]) => t.replaceAll(from, to), text);

/** A compartment for people: the end of its OCID is what tells compartments apart. */
export const compartmentWords = (id: string, tenancyId: string): string => {
  if (id === tenancyId || id.startsWith("ocid1.tenancy.")) return "the tenancy";
  const words = shown(id);
  return words === id ? `compartment …${id.slice(-8)}` : `the ${words.slice(1, -1)}`;
};
