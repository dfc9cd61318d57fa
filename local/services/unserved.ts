/**
 * Operations of the table that the local OCI does not serve, and why. The response is 404 NotFound, as for an
 * operation that does not exist. docs/local.md lists the same for people.
 * @module
 */
import type { Operation } from "../../oci/operations/index.ts";

interface UnservedRule {
  service: string;
  /** The SDK client; all of the service when absent. */
  client?: string;
  /** Operation names; all when absent. */
  names?: RegExp;
  reason: string;
}

const rules: readonly UnservedRule[] = [
  {
    service: "artifacts",
    reason:
      "container repositories are made, read and listed; images, signatures, generic artifacts, changes and removals are not imitated",
  },
  { service: "audit", names: /Configuration$/, reason: "how long events are kept is not a setting here" },
  { service: "core", client: "Blockstorage", reason: "only the boot volumes of instances are imitated" },
  {
    service: "core",
    client: "ComputeManagement",
    reason: "instance pools and configurations are not imitated",
  },
  {
    service: "core",
    client: "Compute",
    reason:
      "instances, images, shapes and console histories are imitated; hosts, clusters, capacity, catalogues, console connections and further attachments are not",
  },
  {
    service: "core",
    client: "VirtualNetwork",
    reason:
      "what an instance in a subnet needs is imitated; DRGs, VPN, peering, FastConnect, public and private addresses of their own, VLANs and taps are not",
  },
  {
    service: "dns",
    reason:
      "zones are made and read, and their records kept; transfers, DNSSEC, steering policies, views, resolvers, lists, moves and removals of zones are not imitated",
  },
  {
    service: "generativeaiinference",
    names: /^Create(ChatCompletion|Response)$/,
    reason: "no page names the permission of what is asked in OpenAI's form",
  },
  {
    service: "generativeaiinference",
    reason: "chats, embeddings and rankings are imitated; guardrails, and what chats replace, are not",
  },
  {
    service: "identity",
    names: /Domain|IdentityProvider|Idp|Replication/,
    reason:
      "everything is in the Default domain; moves and replicas of domains and federation with other providers are not imitated",
  },
  {
    service: "identity",
    names: /OAuth|DbCredential|SwiftPassword|Totp|AuthenticationPolicy/,
    reason:
      "API signing keys are the only credentials that anything here takes; the newer of two names of a credential is served",
  },
  {
    service: "identity",
    names: /EffectiveTagSet|Lock$|Bulk|RegionSubscription$/,
    reason: "locks, bulk operations and new region subscriptions are not imitated",
  },
  {
    service: "identity",
    names: /^(Move|Recover)Compartment$/,
    reason:
      "compartments stay where they were made; what a move does to policies is not documented completely",
  },
  {
    service: "functions",
    reason:
      "functions are made, read and invoked, and none runs; changes, removals, lists and triggers are not imitated",
  },
  {
    service: "ons",
    reason:
      "topics are made, read and published to; subscriptions, lists, changes and moves are not imitated",
  },
  {
    service: "queue",
    reason:
      "queues and their messages are imitated; moves, changes, purges, statistics, channels and consumer groups are not",
  },
  {
    service: "streaming",
    reason:
      "streams are made, read and removed; pools, Connect harnesses, moves, changes and consumer groups are not imitated",
  },
  { service: "keymanagement", client: "Ekm", reason: "external key stores are not imitated" },
  { service: "keymanagement", client: "KmsHsmCluster", reason: "dedicated HSM clusters are not imitated" },
  {
    service: "keymanagement",
    client: "KmsCrypto",
    reason: "export of vault keys is not imitated",
  },
  {
    service: "keymanagement",
    client: "KmsManagement",
    reason: "import, backup, restore and replicas of keys are not imitated",
  },
  {
    service: "keymanagement",
    client: "KmsVault",
    reason: "backup, restore and replicas of vaults are not imitated",
  },
  {
    service: "logging",
    reason:
      "log groups and logs are imitated; saved searches, agent configurations and the catalogue are not",
  },
  { service: "monitoring", reason: "metrics are taken and listed; alarms are not imitated" },
  {
    service: "objectstorage",
    reason:
      "private endpoints, replication, lifecycle rules, changes of tiers and re-encryption are not imitated",
  },
  {
    service: "vault",
    names: /Rotation$/,
    reason: "rotation is immediate, so that there is nothing to cancel",
  },
];

/** The reason why an operation is not served; undefined when none is listed. */
export const reasonUnserved = ({ service, client, name }: Operation): string | undefined =>
  rules.find(
    (rule) =>
      rule.service === service &&
      (!rule.client || rule.client === client) &&
      (!rule.names || rule.names.test(name)),
  )?.reason;
