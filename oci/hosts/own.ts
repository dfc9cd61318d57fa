/**
 * Operations that each resource serves at a host of its own: a vault its keys, a stream its messages. The template of
 * such a client is not dialled.
 * @module
 */
import hosts from "./templates.data.json" with { type: "json" };

/** A client whose operations are served by hosts of resources. */
export interface OwnHost {
  /** The resource, for messages: `vault`. */
  of: string;
  /** The member of the resource that says the base of its URLs. */
  member: string;
  /** The operation that reads the resource. */
  read: string;
  /**
   * The path parameter that names the resource in the client's operations and in `read`. Absent where no operation
   * names it: then only whoever grants an operation knows the host.
   */
  param?: string;
  /** The domain that the host is in, where it is not the realm's. */
  domain?: string;
}

/**
 * Sources: the SDK's documentation of these members; clients without `set region(`; of Queue, MediaStream and
 * ModelDeployment, which have it, the documentation says that the resource's host is the one to call.
 */
const OWN_HOSTS: Readonly<Record<string, OwnHost>> = {
  "functions.FunctionsInvoke": {
    of: "function",
    member: "invokeEndpoint",
    read: "functions.GetFunction",
    param: "functionId",
  },
  "identitydomains.IdentityDomains": { of: "identity domain", member: "url", read: "identity.GetDomain" },
  "keymanagement.KmsCrypto": { of: "vault", member: "cryptoEndpoint", read: "keymanagement.GetVault" },
  "keymanagement.KmsManagement": {
    of: "vault",
    member: "managementEndpoint",
    read: "keymanagement.GetVault",
  },
  "mediaservices.MediaStream": {
    of: "distribution channel",
    member: "domainName",
    read: "mediaservices.GetStreamDistributionChannel",
  },
  "modeldeployment.ModelDeployment": {
    of: "model deployment",
    member: "modelDeploymentUrl",
    read: "datascience.GetModelDeployment",
    param: "modelDeploymentId",
    domain: "customer-oci.com",
  },
  "queue.Queue": { of: "queue", member: "messagesEndpoint", read: "queue.GetQueue", param: "queueId" },
  "streaming.Stream": {
    of: "stream",
    member: "messagesEndpoint",
    read: "streaming.GetStream",
    param: "streamId",
  },
};

const withoutRegion: ReadonlySet<string> = new Set(hosts.withoutRegion);

/** Of a client that has no region and is not in the table above: nobody knows its hosts. */
const UNKNOWN: OwnHost = { of: "resource", member: "endpoint", read: "its Get operation" };

/** How an operation's host is found where each resource serves it at a host of its own; undefined where the region does. */
export const ownHostOf = ({ service, client }: { service: string; client: string }): OwnHost | undefined => {
  const key = `${service}.${client}`;
  return OWN_HOSTS[key] ?? (withoutRegion.has(key) ? UNKNOWN : undefined);
};

const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

/**
 * The host of a resource's own base (`https://…`, or a host name alone), where it may be dialled: over TLS at its usual
 * port, in the realm's domain or that of such resources.
 * @returns undefined for any other
 */
export const hostWithin = (base: string, realmDomain: string, own: OwnHost): string | undefined => {
  const text = base.includes("://") ? base : `https://${base}`;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "https:" || url.port !== "" || url.username !== "" || url.password !== "")
    return undefined;
  const domain = own.domain ?? realmDomain;
  return NAME.test(url.hostname) && url.hostname.endsWith(`.${domain}`) ? url.hostname : undefined;
};

/**
 * Forms of such hosts, for whoever serves them: the resource's part first. Sources: the examples of OCI's documentation
 * of each endpoint.
 */
export const OWN_HOST_FORMS: Readonly<Record<string, RegExp>> = {
  functions: /^([a-z0-9]+)\.([a-z0-9-]+)\.functions\.oci\.(.+)$/,
  keymanagement: /^([a-z0-9]+)-(?:management|crypto)\.kms\.([a-z0-9-]+)\.(?:oci\.)?(.+)$/,
  queue: /^(cell-\d+)\.queue\.messaging\.([a-z0-9-]+)\.oci\.(.+)$/,
  streaming: /^(cell-\d+)\.streaming\.([a-z0-9-]+)\.oci\.(.+)$/,
};
