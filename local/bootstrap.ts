/**
 * The resources of a local OCI when it starts: a tenancy with a compartment tree, an administrator, and the
 * deployer with a policy of its own. Every OCID follows from a name, so that they are the same in every run.
 * @module
 */
import { parseStatement, printStatement, resolveNames } from "../iam/core.ts";
import { LIMITS } from "../iam/limits.ts";
import { addApiKey } from "./gateway/api-keys.ts";
import type { KeyPair, Keys } from "./gateway/keys.ts";
import { tenancyNow } from "./gateway/tenancy.ts";
import { ocid } from "./state/ocids.ts";
import type { State } from "./state/state.ts";
import { CAPABILITIES } from "./state/user-capabilities.ts";

/** OCIDs of the resources that every local OCI starts with. */
export const WELL_KNOWN = {
  tenancy: ocid("tenancy", "", "keyless"),
  compartments: {
    app: ocid("compartment", "", "app"),
    network: ocid("compartment", "", "network"),
    security: ocid("compartment", "", "security"),
    /** The compartment inside `app`. */
    reports: ocid("compartment", "", "app/reports"),
  },
  users: { administrator: ocid("user", "", "administrator"), deployer: ocid("user", "", "deployer") },
  groups: { Administrators: ocid("group", "", "Administrators"), Deployers: ocid("group", "", "Deployers") },
} as const;

/** The identity and API key with which a user signs. */
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

type BootstrapStep = (cloud: State) => void;

const timesAndTags = (cloud: State) =>
  ({
    lifecycleState: "ACTIVE",
    timeCreated: cloud.clock.iso(),
    freeformTags: {},
    definedTags: {},
  }) as const;

const addTenancy: BootstrapStep = (cloud) => {
  const { id, name } = cloud.tenancy;
  cloud.store.add({
    id,
    type: "tenancy",
    model: {
      id,
      name,
      description: "The tenancy of the local OCI",
      homeRegionKey: cloud.regions[0].key.toUpperCase(),
      freeformTags: {},
      definedTags: {},
    },
    hidden: { timeCreated: cloud.clock.iso() },
  });
};

const addCompartments: BootstrapStep = (cloud) => {
  const { app, network, security, reports } = WELL_KNOWN.compartments;
  const root = cloud.tenancy.id;
  for (const [id, name, description, compartmentId] of [
    [app, "app", "Instances and what they work on", root],
    [network, "network", "Shared networks", root],
    [security, "security", "Vaults, keys and secrets", root],
    [reports, "reports", "A compartment in a compartment", app],
  ] as const)
    cloud.store.add({
      id,
      type: "compartment",
      model: { id, compartmentId, name, description, isAccessible: true, ...timesAndTags(cloud) },
    });
};

/** Adds a user with a group of its own and an API key. */
const addUser = (
  cloud: State,
  name: keyof typeof WELL_KNOWN.users,
  group: keyof typeof WELL_KNOWN.groups,
  pair: KeyPair,
): ApiIdentity => {
  const { store, clock } = cloud;
  const root = cloud.tenancy.id;
  const userId = WELL_KNOWN.users[name];
  const groupId = WELL_KNOWN.groups[group];
  const common = { compartmentId: root, ...timesAndTags(cloud) };
  store.add({
    id: userId,
    type: "user",
    model: {
      id: userId,
      name,
      description: `The local OCI's ${name}`,
      isMfaActivated: false,
      capabilities: { ...CAPABILITIES },
      ...common,
    },
  });
  store.add({
    id: groupId,
    type: "group",
    model: { id: groupId, name: group, description: group, ...common },
  });
  const id = ocid("groupmembership", "", `${group}/${name}`);
  store.add({
    id,
    type: "usergroupmembership",
    model: { id, compartmentId: root, userId, groupId, lifecycleState: "ACTIVE", timeCreated: clock.iso() },
  });
  const pem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
  const { fingerprint } = addApiKey(cloud, userId, pem, pair.publicKey).model;
  const region = cloud.regions[0].id;
  return { tenancyId: root, userId, fingerprint, privateKeyPem: pair.privatePem, region };
};

/** Attaches a policy to the root. Its names must be those of groups and compartments that are there. */
const addPolicy = (cloud: State, name: string, description: string, statements: readonly string[]): void => {
  const id = ocid("policy", "", name);
  cloud.store.add({
    id,
    type: "policy",
    model: {
      id,
      compartmentId: cloud.tenancy.id,
      name,
      description,
      statements: [...statements],
      ...timesAndTags(cloud),
    },
    hidden: { resolved: statements.map((line) => resolved(cloud, line)) },
  });
};

/**
 * Fills a new cloud, in the order in which things need each other. Returns the identities of its two users.
 * @param statements the deployer's, in policies attached to the root; without any there is no such policy
 */
export const bootstrap = (
  cloud: State,
  keys: Keys,
  statements: readonly string[] = [],
): { administrator: ApiIdentity; deployer: ApiIdentity } => {
  addTenancy(cloud);
  addCompartments(cloud);
  const administrator = addUser(cloud, "administrator", "Administrators", keys.administrator);
  const deployer = addUser(cloud, "deployer", "Deployers", keys.deployer);
  addPolicy(cloud, "Tenant Admin Policy", "Tenant Admin Policy", [
    "ALLOW GROUP Administrators to manage all-resources IN TENANCY",
  ]);
  // As many policies as OCI would take them in.
  for (let at = 0; at < statements.length; at += LIMITS.statementsInPolicy) {
    const part = statements.slice(at, at + LIMITS.statementsInPolicy);
    const name = at === 0 ? "deployers" : `deployers-${at / LIMITS.statementsInPolicy + 1}`;
    addPolicy(cloud, name, "What a deployer needs, and nothing else", part);
  }
  return { administrator, deployer };
};
