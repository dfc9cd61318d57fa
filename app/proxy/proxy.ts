/** A running proxy: its parts put together, changed while it runs, and ended without cutting a request. @module */
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { compilePolicy } from "../../document/rules/policy.ts";
import { S3 } from "../../document/s3.ts";
import type { ProxyDocument } from "../../document/schema.ts";
import {
  createInstancePrincipal,
  createTransport,
  type TransportOptions,
} from "../instance-principal/index.ts";
import { unusableText } from "./authorise/refusal.ts";
import type { ProxyCore } from "./core.ts";
import { BufferBudget } from "./forward/body.ts";
import { Signer } from "./forward/sign.ts";
import { handle, recordUnreadable } from "./handle.ts";
import { activatedSockets, S3_PORT } from "./listen/activation.ts";
import { Connected } from "./listen/caller-connections.ts";
import { type ClientEndpoints, Endpoints } from "./listen/endpoints.ts";
import { createListener, stopAccepting } from "./listen/listener.ts";
import { listenAtDescriptor, listenAtPort, listenAtSocket } from "./listen/sockets.ts";
import { Tokens } from "./listen/tokens.ts";
import { createAdmin, notReady } from "./observe/admin.ts";
import { AuditTrail } from "./observe/audit-trail.ts";
import { Metrics } from "./observe/metrics.ts";
import { LogShipper } from "./observe/ship.ts";
import { withS3Entrances } from "./s3/entrances.ts";
import type { ProxySettings } from "./settings.ts";
import { Shares } from "./shares.ts";
import { Connections } from "./upstream/connections.ts";
import { OwnHosts } from "./upstream/own-hosts.ts";

/** Messages for operators; never tokens or bodies. */
export interface Log {
  info(message: string): void;
  error(message: string): void;
}

/** The source of the proxy's part of the document. */
export interface DocumentSource {
  /** The present part; undefined when there is none yet: the proxy starts without clients. */
  current: ProxyDocument | undefined;
  /** Calls the listener with each later document; returns what ends that. */
  subscribe?(listener: (document: ProxyDocument) => void): () => void;
}

/** A running proxy. */
export interface RunningProxy {
  /** Base URL of the loopback port. */
  readonly url: string | undefined;
  /** Base URL of the S3 port; undefined when no client has grants of buckets. */
  readonly s3Url: string | undefined;
  readonly adminUrl: string | undefined;
  /** Socket and token file of each client. */
  readonly clients: Record<string, ClientEndpoints>;
  /** The problems that keep it from being ready, by name. */
  problems(): Record<string, string>;
  /** Resolves when the instance's identity is there. */
  ready(signal?: AbortSignal): Promise<void>;
  /**
   * Puts another document in force, without a restart or a dropped connection. A client of it that cannot be used is
   * refused with the reason; the others are served.
   */
  update(document: ProxyDocument): Promise<void>;
  /** Takes no new connections, lets requests end, then closes everything. */
  close(): Promise<void>;
}

/** How a proxy starts. */
export interface StartOptions {
  /**
   * Where another proxy serves the callers until this one is ready: it takes them over only when it has the instance's
   * identity, as that one has, and gives up after this time, in ms. @default requests wait for the identity
   */
  takeOverWithinMs?: number;
}

/** Time that connections without a request are given to send one before they are closed, in ms. */
const IDLE_GRACE_MS = 500;
/** Pause between two tries to get the identity before callers are taken over, in ms. */
const TAKE_OVER_PAUSE_MS = 1000;
/** Time for which requests that are cut off in the end are waited for, in ms. */
const CUT_GRACE_MS = 1000;

const listenAdmin = async (server: Server, at: ProxySettings["admin"], fd: number | undefined) => {
  if (fd !== undefined) await listenAtDescriptor(server, fd);
  else if (at && "socket" in at) return listenAtSocket(server, at.socket, undefined);
  else if (at) await listenAtPort(server, at, 30_000);
  return undefined;
};

/** Makes everything but the listeners. */
const createCore = (settings: ProxySettings, log: Log) => {
  const { upstream } = settings;
  const [address, port] = upstream.connectTo?.split(/:(?=\d+$)/) ?? [];
  const transport: TransportOptions = {
    ca: upstream.caFile === undefined ? undefined : readFileSync(upstream.caFile, "utf8"),
    connectTo: address === undefined ? undefined : { address, port: Number(port) },
    connectTimeoutMs: upstream.connectMs,
    headersTimeoutMs: upstream.headersMs,
    bodyTimeoutMs: upstream.bodyMs,
    connectionsPerHost: upstream.connectionsPerHost,
  };
  const dispatcher = createTransport(transport);
  const inS = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
  const metrics = new Metrics({
    inFlight: () => core.inFlight,
    connections: () => core.connected.open,
    unauthenticatedConnections: () => core.connected.unauthenticated,
    signingPending: () => core.signer.pending,
    bufferedBytes: () => core.budget.takenBytes,
    tokenAgeS: () => inS(principal.status().tokenAgeMs),
    tokenExpiresInS: () => inS(principal.status().expiresInMs),
    clockOffsetS: () => inS(principal.status().clockOffsetMs),
    auditDropped: () => core.audit.dropped + shipper.dropped,
    auditSummarised: () => core.audit.summarised,
    auditShipQueue: () => shipper.queued,
  });
  const principal = createInstancePrincipal({
    metadata: { baseUrl: settings.metadata.baseUrl },
    place: {
      ...(settings.region && { regionId: settings.region }),
      ...(settings.realmDomain && { realmDomain: settings.realmDomain }),
    },
    dispatcher,
    observer: {
      refreshed: () => metrics.refreshed(),
      failed: (error) => {
        metrics.refreshFailed();
        log.error(error.message);
      },
    },
  });
  const shipper = new LogShipper(principal, dispatcher, (message) => log.error(message));
  const core: ProxyCore = {
    settings,
    principal,
    connections: new Connections(transport),
    dispatcher,
    ownHosts: new OwnHosts(principal, dispatcher),
    metrics,
    signer: new Signer(metrics),
    tokens: new Tokens(settings.tokens.dir),
    budget: new BufferBudget(settings.limits),
    audit: new AuditTrail(settings.audit, {
      failed: (message) => log.error(message),
      line: (line) => shipper.offer(line),
    }),
    policy: { clients: new Map(), unusable: new Map(), settings: new Map(), namespace: undefined },
    inFlight: 0,
    requests: new Shares(settings.limits.requests),
    connected: new Connected(),
    draining: false,
    s3Url: () => undefined,
    shipFailure: () => shipper.failure,
  };
  return { core, shipper, dispatcher };
};

/** Waits for requests to end, closing connections that have none. */
const drain = async (core: ProxyCore, servers: readonly Server[], closed: Promise<void>, drainMs: number) => {
  const untilMs = performance.now() + drainMs;
  let quietSinceMs = performance.now();
  let done = false;
  void closed.then(() => {
    done = true;
  });
  while (!done && performance.now() < untilMs) {
    await Promise.race([closed, delay(20)]);
    if (core.inFlight > 0) quietSinceMs = performance.now();
    const quietMs = performance.now() - quietSinceMs;
    if (quietMs >= IDLE_GRACE_MS) for (const server of servers) server.closeIdleConnections();
    if (quietMs >= 3 * IDLE_GRACE_MS) break;
  }
  for (const server of servers) server.closeAllConnections();
  // Requests that were cut off hear of it a moment later; each has an audit line to write.
  const cutAtMs = performance.now();
  while (core.inFlight > 0 && performance.now() - cutAtMs < CUT_GRACE_MS) await delay(10);
};

/** Gets the instance's identity, which may fail a few times. @throws Error after `withinMs` */
const haveIdentity = async (core: ProxyCore, withinMs: number): Promise<void> => {
  const late = AbortSignal.timeout(withinMs);
  for (const untilMs = performance.now() + withinMs; ; await delay(TAKE_OVER_PAUSE_MS))
    try {
      return void (await core.principal.session(late));
    } catch (error) {
      if (performance.now() + TAKE_OVER_PAUSE_MS > untilMs) throw error;
    }
};

/**
 * Starts a proxy. Resolves when its listeners are open; requests wait for the identity, which is being obtained.
 * @throws Error when a listener cannot be opened, or one that takes over gets no identity
 */
export const startProxy = async (
  settings: ProxySettings,
  source: DocumentSource,
  log: Log,
  options: StartOptions = {},
): Promise<RunningProxy> => {
  const { core, shipper, dispatcher } = createCore(settings, log);
  if (options.takeOverWithinMs !== undefined)
    await haveIdentity(core, options.takeOverWithinMs).catch(async (error: unknown) => {
      core.principal.close();
      core.connections.destroy();
      await Promise.all([core.audit.close(), shipper.close(), dispatcher.destroy()]);
      throw error;
    });
  const state = { started: false, hasPolicy: source.current !== undefined };
  const activated = activatedSockets();
  const defect = (message: string, error: unknown): void =>
    log.error(`${message}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const endpoints = new Endpoints({
    settings,
    tokens: core.tokens,
    activated,
    failed: (message) => log.error(message),
    newListener: (entrance) =>
      createListener(settings, {
        client: entrance.client,
        connected: core.connected,
        connectionsOf: (client) => core.policy.settings.get(client)?.limits?.connections,
        failed: (message) => log.error(message),
        events: {
          request: (one) => {
            core.inFlight += 1;
            handle(core, entrance, one, defect).catch((error) => {
              defect("a request's end failed", error);
              one.response.destroy();
            });
          },
          ended: ({ client }) => {
            core.inFlight -= 1;
            if (client !== undefined) core.requests.give(client);
          },
          unreadable: (code, detail) => recordUnreadable(core, entrance, code, detail),
        },
      }),
  });
  core.s3Url = () => endpoints.urlOf(S3);
  const admin = createAdmin(core, state, (message) => log.error(message));
  let changing: Promise<void> = Promise.resolve();
  const apply = (document: ProxyDocument): Promise<void> => {
    const policy = compilePolicy(document);
    for (const [name, why] of policy.unusable) log.error(unusableText(name, why));
    core.policy = policy;
    state.hasPolicy = true;
    shipper.use(document.auditLog ?? settings.audit.log);
    changing = changing.then(() =>
      endpoints.setClients(withS3Entrances(policy, settings, activated.has(S3_PORT))),
    );
    return changing;
  };
  // A port of systemd's has callers already: their tokens must be known first. A port of one's own comes first, so
  // that a second proxy, which cannot have it, takes no socket from the one that is there.
  const portIsShared = activated.has("http");
  if (portIsShared && source.current) await apply(source.current);
  await endpoints.open();
  const removeAdminSocket = await listenAdmin(admin, settings.admin, activated.get("admin"));
  if (!portIsShared && source.current) await apply(source.current);
  core.principal.session().catch(() => undefined);
  state.started = true;
  const unsubscribe = source.subscribe?.((document) => {
    apply(document).then(
      () => log.info("the changed document is in force"),
      (error) => log.error((error as Error).message),
    );
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    unsubscribe?.();
    core.draining = true;
    await changing;
    await drain(core, endpoints.servers, endpoints.stopAccepting(), settings.timeouts.drainMs);
    admin.closeAllConnections();
    await stopAccepting(admin).catch(() => undefined);
    removeAdminSocket?.();
    // The last summaries are shipped, too.
    await core.audit.close();
    await shipper.close();
    core.principal.close();
    core.connections.destroy();
    await dispatcher.destroy();
  };
  return {
    get url() {
      return endpoints.url;
    },
    get s3Url() {
      return endpoints.urlOf(S3);
    },
    get adminUrl() {
      const at = admin.address() as AddressInfo | string | null;
      return at && typeof at === "object" ? `http://127.0.0.1:${at.port}` : undefined;
    },
    get clients() {
      return endpoints.clients;
    },
    problems: () => notReady(core, state.hasPolicy),
    ready: async (signal) => {
      await core.principal.session(signal);
    },
    update: async (document) => apply(document),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
};
