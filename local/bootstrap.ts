/**
 * What a local OCI holds when it starts: a tenancy with a compartment tree, an administrator, and the deployer
 * with a policy of its own. Every OCID follows from a name, so that they are the same in every run.
 * @module
 */
import { parseStatement, printStatement, resolveNames } from "../iam/core.ts";
import { addApiKey } from "./gateway/api-keys.ts";
import type { KeyPair, Keys } from "./gateway/keys.ts";
import { tenancyNow } from "./gateway/tenancy.ts";
import { ocid } from "./state/ocids.ts";
import type { State } from "./state/state.ts";
import type { Model } from "./state/store.ts";

/** OCIDs of what every local OCI starts with. */
export const WELL_KNOWN = {
  tenancy: ocid("tenancy", "", "keyless"),
  compartments: {
    app: ocid("compartment", "", "app"),
    network: ocid("compartment", "", "network"),
    security: ocid("compartment", "", "security"),
    /** Inside `app`. */
    reports: ocid("compartment", "", "app/reports"),
  },
  users: { administrator: ocid("user", "", "administrator"), deployer: ocid("user", "", "deployer") },
  groups: { Administrators: ocid("group", "", "Administrators"), Deployers: ocid("group", "", "Deployers") },
} as const;

/** How to sign as a user. */
export interface ApiIdentity {
  tenancyId: string;
  userId: string;
  fingerprint: string;
  privateKeyPem: string;
  /** The home region's id. */
  region: string;
}

/** A statement with OCIDs for its names. Throws when a name does not resolve: then the bootstrap is wrong. */
const resolved = (cloud: State, text: string): string => {
  const parsed = parseStatement(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
  const { statement, errors } = resolveNames(parsed.statement, tenancyNow(cloud), cloud.tenancy.id);
  if (errors.length) throw new Error(`${text}: ${errors.join("; ")}`);
  return printStatement(statement);
};

/**
 * Fills a new cloud. Returns how to sign as its two users.
 * @param statements what the deployer may do, attached to the root; a policy has at least one
 */
export const bootstrap = (
  cloud: State,
  keys: Keys,
  statements: readonly string[] = [],
): { administrator: ApiIdentity; deployer: ApiIdentity } => {
  const { store, clock } = cloud;
  const root = cloud.tenancy.id;
  const add = (type: string, id: string, name: string, model: Model): void => {
    const common = {
      id,
      name,
      lifecycleState: "ACTIVE",
      timeCreated: clock.iso(),
      freeformTags: {},
      definedTags: {},
    };
    store.add({ id, type, model: { ...common, ...model } });
  };
  const compartment = (id: string, name: string, description: string, parent: string = root): void =>
    add("compartment", id, name, { compartmentId: parent, description, isAccessible: true });
  store.add({
    id: root,
    type: "tenancy",
    model: {
      id: root,
      name: cloud.tenancy.name,
      description: "The tenancy of the local OCI",
      homeRegionKey: cloud.regions[0].key.toUpperCase(),
      freeformTags: {},
      definedTags: {},
    },
  });
  compartment(WELL_KNOWN.compartments.app, "app", "Instances and what they work on");
  compartment(WELL_KNOWN.compartments.network, "network", "Shared networks");
  compartment(WELL_KNOWN.compartments.security, "security", "Vaults, keys and secrets");
  compartment(
    WELL_KNOWN.compartments.reports,
    "reports",
    "A compartment in a compartment",
    WELL_KNOWN.compartments.app,
  );

  const identity = (
    pair: KeyPair,
    userId: string,
    name: string,
    groupId: string,
    group: string,
  ): ApiIdentity => {
    add("user", userId, name, {
      compartmentId: root,
      description: `The local OCI's ${name}`,
      isMfaActivated: false,
      capabilities: {
        canUseConsolePassword: true,
        canUseApiKeys: true,
        canUseAuthTokens: true,
        canUseSmtpCredentials: true,
        canUseCustomerSecretKeys: true,
        canUseOAuth2ClientCredentials: true,
      },
    });
    add("group", groupId, group, { compartmentId: root, description: group });
    const membership = ocid("groupmembership", "", `${group}/${name}`);
    store.add({
      id: membership,
      type: "usergroupmembership",
      model: { compartmentId: root, userId, groupId, lifecycleState: "ACTIVE", timeCreated: clock.iso() },
    });
    const pem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
    const { fingerprint } = addApiKey(cloud, userId, pem, pair.publicKey).model;
    return {
      tenancyId: root,
      userId,
      fingerprint,
      privateKeyPem: pair.privatePem,
      region: cloud.regions[0].id,
    };
  };
  const policy = (name: string, description: string, lines: readonly string[]): void => {
    const id = ocid("policy", "", name);
    store.add({
      id,
      type: "policy",
      model: {
        id,
        compartmentId: root,
        name,
        description,
        statements: [...lines],
        lifecycleState: "ACTIVE",
        timeCreated: clock.iso(),
        freeformTags: {},
        definedTags: {},
      },
      hidden: { resolved: lines.map((line) => resolved(cloud, line)) },
    });
  };
  const { users, groups } = WELL_KNOWN;
  const administrator = identity(
    keys.administrator,
    users.administrator,
    "administrator",
    groups.Administrators,
    "Administrators",
  );
  const deployer = identity(keys.deployer, users.deployer, "deployer", groups.Deployers, "Deployers");
  policy("Tenant Admin Policy", "Tenant Admin Policy", [
    "ALLOW GROUP Administrators to manage all-resources IN TENANCY",
  ]);
  if (statements.length) policy("deployers", "What a deployer needs, and nothing else", statements);
  return { administrator, deployer };
};
