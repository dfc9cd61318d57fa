/**
 * Variables that Oracle documents, and the resource types they apply to ("General Variables for All Requests" and
 * the services' policy reference pages). Used to tell a misspelt variable, and one that never applies.
 * @module
 */

const REQUEST = [
  "request.user.id",
  "request.user.name",
  "request.user.mfatotpverified",
  "request.groups.id",
  "request.permission",
  "request.operation",
  "request.networksource.name",
  "request.utc-timestamp",
  "request.utc-timestamp.month-of-year",
  "request.utc-timestamp.day-of-month",
  "request.utc-timestamp.day-of-week",
  "request.utc-timestamp.time-of-day",
  "request.region",
  "request.ad",
  "request.principal.id",
  "request.principal.type",
  "request.principal.compartment.id",
  "request.principal.namespace",
  "request.principal.service_account",
  "request.principal.cluster_id",
  "request.instance.id",
  "request.instance.compartment.id",
  "request.resource.id",
  "request.resource.type",
  "request.resource.compartment.id",
  "request.service.name",
  "request.instanceoptions.arelegacyendpointsdisabled",
  "request.vnc.enabled",
];

const VAULT = [
  "vaults",
  "keys",
  "key-delegate",
  "hsm-cluster",
  "secrets",
  "secret-versions",
  "secret-bundles",
];
const SECRETS = ["secrets", "secret-versions", "secret-bundles"];
const IDENTITY = ["users", "groups", "credentials", "domains", "dynamic-groups", "identity-providers"];
const TAGS = ["tag-namespaces", "tag-defaults"];

/** Target variables of one kind, and the types that they apply to. */
const TARGETS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["target.vault", ["id", "name"], VAULT],
  ["target.key", ["id", "name"], [...VAULT, "buckets", "volumes"]],
  ["target.secret", ["id", "name"], [...SECRETS, "vaults"]],
  ["target.bucket", ["name", "id", "tag"], ["buckets", "objects"]],
  ["target.object", ["name"], ["objects", "buckets"]],
  ["target.user", ["id", "name"], IDENTITY],
  ["target.group", ["id", "name", "member"], IDENTITY],
  ["target.dynamicgroup", ["id", "name"], ["dynamic-groups", "domains"]],
  ["target.credential", ["type"], IDENTITY],
  ["target.policy", ["id", "name", "autoupdate", "type"], ["policies"]],
  ["target.tag-namespace", ["id", "name"], TAGS],
  ["target.tag-default", ["id"], TAGS],
  ["target.loggroup", ["id"], ["log-groups", "log-content", "unified-configuration"]],
  ["target.log-group", ["id"], ["log-groups", "log-content", "unified-configuration"]],
  ["target.log", ["id"], ["log-groups", "log-content", "unified-configuration"]],
  ["target.metrics", ["namespace"], ["metrics", "alarms"]],
  ["target.domain", ["id", "name"], [...IDENTITY, "policies", ...TAGS]],
  ["target.network-source", ["id", "name"], ["network-sources"]],
  ["target.resource.domain", ["id", "name"], IDENTITY],
  ["target.image", ["id"], ["instance-images", "instances"]],
  ["target.boot-volume", ["kms-key-id"], ["volumes", "instances"]],
  [
    "target.instance",
    ["id"],
    ["instances", "instance-agent-commands", "volume-attachments", "vnic-attachments"],
  ],
];

const UNIVERSAL = ["target.compartment.id", "target.compartment.name"];
const TAGGED =
  /^(request\.principal\.(group|compartment)\.tag|target\.resource\.(compartment\.)?tag|target\.bucket\.tag)\../i;

/** Every documented variable that has no tag's name in it. */
export const knownVariables: ReadonlySet<string> = new Set([
  ...REQUEST,
  ...UNIVERSAL,
  ...TARGETS.flatMap(([kind, parts]) => parts.filter((p) => p !== "tag").map((p) => `${kind}.${p}`)),
]);

/** True when a variable is documented. */
export const isKnownVariable = (name: string): boolean =>
  knownVariables.has(name.toLowerCase()) || TAGGED.test(name);

/** The types that a target variable applies to; undefined when that is not known, or it applies to all. */
export const typesOfVariable = (name: string): readonly string[] | undefined => {
  const lower = name.toLowerCase();
  return TARGETS.find(([kind, parts]) =>
    parts.some((p) => lower === `${kind}.${p}` || (p === "tag" && lower.startsWith(`${kind}.tag.`))),
  )?.[2];
};
