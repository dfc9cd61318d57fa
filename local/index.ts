/**
 * A local OCI: one process, one certificate authority, state in memory. Every request is authenticated and
 * authorised as OCI does.
 * @example
 * const oci = await startLocal({ settings: { transitionMs: 0 } });
 * // clients: HTTPS_PROXY=oci.addresses.proxyUrl, authority oci.addresses.caFile, user oci.deployer
 * await oci.close();
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HostMatch, hostLookup } from "../oci/hosts.ts";
import { type ApiIdentity, bootstrap, WELL_KNOWN } from "./bootstrap.ts";
import { clientAs } from "./client.ts";
import type { Addresses, Cloud } from "./cloud.ts";
import { leafIdentities } from "./federation/leaf.ts";
import { tokenVerifier } from "./federation/tokens.ts";
import { federation } from "./federation/x509.ts";
import { authenticate } from "./gateway/authenticate.ts";
import { authoriser } from "./gateway/authorise.ts";
import { connectProxy } from "./gateway/connect.ts";
import { type Arrived, type Gateway, serveExchange } from "./gateway/exchange.ts";
import type { Interceptor } from "./gateway/interceptors.ts";
import { type Keys, loadKeys } from "./gateway/keys.ts";
import { type Listener, listenTls, listenTo } from "./gateway/listeners.ts";
import { type Overrides, startOverrides } from "./gateway/overrides.ts";
import { retryTokens } from "./gateway/retry-tokens.ts";
import { secureContexts } from "./gateway/tls.ts";
import { unservedLog } from "./gateway/unserved-log.ts";
import type { MachineDriver } from "./machines/driver.ts";
import { noMachines } from "./machines/none.ts";
import { metadataServices } from "./metadata/instances.ts";
import type { Service } from "./service.ts";
import { services as allServices } from "./services/index.ts";
import { AuditLog } from "./state/audit-log.ts";
import { Clock } from "./state/clock.ts";
import type { Region } from "./state/region.ts";
import type { LocalSettings } from "./state/settings.ts";
import { Store } from "./state/store.ts";
import { makeWorkload } from "./workload.ts";

/** Options of a local OCI; all may be left out. */
export interface LocalOptions {
  /** Port of the CONNECT proxy. @default any free one */
  port?: number;
  /** Folder for `ca.pem`. @default a temporary one, removed at the end */
  dir?: string;
  /** Folder that keeps authorities and users' keys over runs. @default new ones each time */
  stateDir?: string;
  /** Keys of another local OCI, say, in place of new ones. */
  keys?: Keys;
  settings?: Partial<LocalSettings>;
  /** Home region first. @default us-ashburn-1 (iad), us-phoenix-1 (phx) */
  regions?: readonly [Region, ...Region[]];
  /** @default one behind which nothing runs */
  machineDriver?: MachineDriver;
  clock?: Clock;
  /** Interceptors that are called before everything else, in order. */
  interceptors?: readonly Interceptor[];
  /** Statements of the deployer's policy, attached to the root. @default nothing */
  deployerStatements?: readonly string[];
  /**
   * True when applications already have a log, buckets and a secret in the compartment `app`. @default false
   */
  workload?: boolean;
  /** Services beside or in place of the local OCI's own. */
  services?: readonly Service[];
  /** Takes reports of defects of the local OCI, and of what it does not imitate. @default standard error */
  log?: (line: string) => void;
}

/** A running local OCI. */
export interface LocalOci {
  cloud: Cloud;
  addresses: Addresses;
  /** URLs for clients that cannot use a proxy. */
  overrides: Overrides;
  /** The user that provisions; it may do what its policy says. */
  deployer: ApiIdentity;
  /** A user that may do everything: for setting up what a test needs. */
  administrator: ApiIdentity;
  /** The gateway that serves requests: for measuring parts of it. */
  gateway: Gateway;
  /** Interceptors in use; may be added to and taken from while it runs. */
  interceptors: Interceptor[];
  /** Listens to changes of the set of metadata services. */
  onMetadata(listener: () => void): void;
  close(): Promise<void>;
}

const DEFAULT_SETTINGS: LocalSettings = {
  transitionMs: 20,
  propagationMs: 0,
  membershipBoundAt: "use",
  denyEnabled: false,
  tokenLifetimeS: 1200,
  metadataDelayMs: 0,
  minPartBytes: 0,
  maxMetadataBytes: 0,
  multipartMd5Counted: true,
  listedMultipartMd5: "multipart",
};

const DEFAULT_REGIONS: readonly [Region, ...Region[]] = [
  { key: "iad", id: "us-ashburn-1" },
  { key: "phx", id: "us-phoenix-1" },
];

/** Starts a local OCI. @throws when the port is in use, naming it */
export const startLocal = async (options: LocalOptions = {}): Promise<LocalOci> => {
  const regions = options.regions ?? DEFAULT_REGIONS;
  const realm = { key: "oc1", domain: "oraclecloud.com" };
  const clock = options.clock ?? new Clock();
  const interceptors = [...(options.interceptors ?? [])];
  const keys = options.keys ?? (await loadKeys(options.stateDir));
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), "keyless-local-"));
  const caFile = join(dir, "ca.pem");

  const addresses: Addresses = { tlsPort: 0, proxyUrl: "", caFile };
  const cloud: Cloud = {
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
    clock,
    store: new Store(clock),
    regions,
    realm,
    tenancy: { id: WELL_KNOWN.tenancy, name: "keyless", namespace: "keylesslocal" },
    addresses,
    machines: options.machineDriver ?? noMachines(),
    audit: new AuditLog(),
    metadata: new Map(),
    startMetadata: (id) => metadata.start(id),
    stopMetadata: (id) => metadata.stop(id),
  };
  const metadata = metadataServices(cloud, leafIdentities(cloud, keys.instances), interceptors);
  const { administrator, deployer } = bootstrap(cloud, keys, options.deployerStatements ?? []);
  const authorises = authoriser(cloud);
  const tokens = tokenVerifier(cloud, keys.tokens);
  const log = options.log ?? ((line: string) => console.error(`local OCI: ${line}`));
  const gateway: Gateway = {
    cloud,
    services: new Map(
      [...allServices, ...(options.services ?? [])].map((service) => [service.name, service]),
    ),
    authenticate: (request, bodySigned) => authenticate(cloud, tokens, request, bodySigned),
    federation: federation(cloud, keys.instances, keys.tokens, authorises.groupsOf),
    authoriser: authorises,
    retryTokens: retryTokens(cloud),
    interceptors,
    observe: () => {
      authorises.observe();
      metadata.observe();
    },
    unserved: unservedLog(log),
    log,
  };
  const lookup = hostLookup(
    regions.map((region) => region.id),
    realm.domain,
  );
  const serves = (host: string): boolean => lookup(host) !== undefined;
  const arrivedAt = (host: string, match: HostMatch | undefined = lookup(host)): Arrived | undefined =>
    match && { host, services: match.services, region: regions.find((r) => r.id === match.regionId)! };

  const secured: Listener = (request, response, continues) => {
    const host = (request.headers.host ?? "").replace(/:443$/, "").toLowerCase();
    void serveExchange(gateway, arrivedAt(host), request, response, continues);
  };
  const tls = await listenTls(secured, secureContexts(keys, serves));
  const served = `the services of ${regions.map((r) => r.id).join(" and ")} below ${realm.domain}`;
  const proxy = await listenTo(connectProxy(serves, served, tls.server), options.port ?? 0).catch(
    async (error) => {
      await tls.close();
      throw error;
    },
  );
  const overrides: Overrides = await startOverrides(cloud, [...gateway.services.keys(), "auth"], (host) => {
    const match = arrivedAt(host);
    const arrived = match && { ...match, plain: true };
    const plainFront: Gateway = { ...gateway, transform: (reply) => overrides.localised(reply) };
    return (request, response, continues) =>
      void serveExchange(plainFront, arrived, request, response, continues);
  });
  // Only now: a start that fails leaves the files of another run alone.
  mkdirSync(dir, { recursive: true });
  writeFileSync(caFile, keys.tls.pem);
  Object.assign(addresses, { tlsPort: tls.port, proxyUrl: `http://127.0.0.1:${proxy.port}` });
  if (options.workload) {
    const client = clientAs(administrator, addresses, realm.domain);
    await makeWorkload(client, WELL_KNOWN.compartments.app, cloud.tenancy.namespace);
    await client.close();
  }

  return {
    cloud,
    addresses,
    overrides,
    deployer,
    administrator,
    gateway,
    interceptors,
    onMetadata: metadata.onChange,
    close: async () => {
      await cloud.machines.close();
      await Promise.all([proxy.close(), tls.close(), overrides.close(), metadata.close()]);
      if (!options.dir) rmSync(dir, { recursive: true, force: true });
    },
  };
};
