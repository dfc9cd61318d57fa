/**
 * Plain-HTTP listeners for clients that cannot use a proxy: one for each service and region, one for each host
 * of a vault. Each stands for one OCI host name, so that everything behind it is as through the proxy.
 * @module
 */
import { hostOf } from "../../oci/hosts.ts";
import type { Reply } from "../service.ts";
import type { Region } from "../state/region.ts";
import type { State } from "../state/state.ts";
import type { JsonObject } from "../state/wire.ts";
import { type Listener, type Listening, listenHttp } from "./listeners.ts";

/** The provider's client names for `CLIENT_HOST_OVERRIDES`, and the service behind each. */
const OVERRIDE_CLIENTS: Readonly<Record<string, string>> = {
  "oci_identity.IdentityClient": "identity",
  "oci_core.ComputeClient": "core",
  "oci_core.VirtualNetworkClient": "core",
  "oci_core.BlockstorageClient": "core",
  "oci_kms.KmsVaultClient": "keymanagement",
  "oci_vault.VaultsClient": "vault",
  "oci_secrets.SecretsClient": "secrets",
  "oci_object_storage.ObjectStorageClient": "objectstorage",
  "oci_audit.AuditClient": "audit",
  "oci_logging.LoggingManagementClient": "logging",
  "oci_loggingingestion.LoggingClient": "loggingingestion",
  "oci_monitoring.MonitoringClient": "monitoring",
  "oci_work_requests.WorkRequestClient": "workrequests",
};

/** The plain listeners of one local OCI. */
export interface Overrides {
  /** URL of a service in a region; `auth` is one of them. */
  urlOf(service: string, region: Region): string;
  /** URL that stands for any served host name; its listener is started when there is none. */
  urlOfHost(host: string): Promise<string>;
  /** Client name → URL, for a region. */
  byClient(region: Region): Record<string, string>;
  /** Rewrites a response to a client of a plain listener: endpoints of vaults, queues, streams and functions lead to plain listeners too. */
  localised(reply: Reply): Promise<Reply>;
  close(): Promise<void>;
}

const ENDPOINTS = ["managementEndpoint", "cryptoEndpoint", "messagesEndpoint", "invokeEndpoint"];

/**
 * Starts the listeners of the services.
 * @param listenerFor serves requests to a host name
 */
export const startOverrides = async (
  cloud: State,
  services: readonly string[],
  listenerFor: (host: string) => Listener,
): Promise<Overrides> => {
  const byHost = new Map<string, Promise<Listening>>();
  const url = ({ port }: Listening): string => `http://127.0.0.1:${port}`;
  const urlOfHost = async (host: string): Promise<string> => {
    let listening = byHost.get(host);
    if (!listening) {
      listening = listenHttp(listenerFor(host));
      byHost.set(host, listening);
    }
    return url(await listening);
  };
  const hostIn = (service: string, region: Region): string => hostOf(service, region.id, cloud.realm.domain);
  const urls = new Map<string, string>();
  await Promise.all(
    cloud.regions.flatMap((region) =>
      services.map(async (service) => {
        const host = hostIn(service, region);
        urls.set(host, await urlOfHost(host));
      }),
    ),
  );
  const localisedModel = async (model: unknown): Promise<unknown> => {
    if (Array.isArray(model)) return Promise.all(model.map(localisedModel));
    if (typeof model !== "object" || model === null) return model;
    const changed: JsonObject = { ...model };
    for (const member of ENDPOINTS) {
      const endpoint = changed[member];
      if (typeof endpoint === "string") changed[member] = await urlOfHost(new URL(endpoint).hostname);
    }
    return changed;
  };
  const urlOf = (service: string, region: Region): string => {
    const found = urls.get(hostIn(service, region));
    if (!found) throw new RangeError(`the local OCI has no listener for ${service} in ${region.id}`);
    return found;
  };
  return {
    urlOf,
    urlOfHost,
    byClient: (region) =>
      Object.fromEntries(
        Object.entries(OVERRIDE_CLIENTS).map(([name, service]) => [name, urlOf(service, region)]),
      ),
    localised: async (reply) =>
      reply.body === undefined || Buffer.isBuffer(reply.body) || !mentionsEndpoint(reply.body)
        ? reply
        : { ...reply, body: await localisedModel(reply.body) },
    close: async () => {
      await Promise.all([...byHost.values()].map(async (listening) => (await listening).close()));
    },
  };
};

const mentionsEndpoint = (body: unknown): boolean => {
  const first = Array.isArray(body) ? body[0] : body;
  return typeof first === "object" && first !== null && ENDPOINTS.some((member) => member in first);
};
