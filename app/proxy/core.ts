/** State that every request of a proxy shares. @module */

import type { Dispatcher } from "undici";
import type { ClientPolicies } from "../../document/rules/policy.ts";
import type { InstancePrincipal } from "../instance-principal/index.ts";
import type { BufferBudget } from "./forward/body.ts";
import type { Signer } from "./forward/sign.ts";
import type { Connected } from "./listen/caller-connections.ts";
import type { Tokens } from "./listen/tokens.ts";
import type { AuditTrail } from "./observe/audit-trail.ts";
import type { Metrics } from "./observe/metrics.ts";
import type { ProxySettings } from "./settings.ts";
import type { Shares } from "./shares.ts";
import type { Connections } from "./upstream/connections.ts";
import type { OwnHosts } from "./upstream/own-hosts.ts";

/** The parts of a running proxy. */
export interface ProxyCore {
  readonly settings: ProxySettings;
  readonly principal: InstancePrincipal;
  readonly connections: Connections;
  /** For the few calls of the proxy's own. */
  readonly dispatcher: Dispatcher;
  /** Hosts of resources' own. */
  readonly ownHosts: OwnHosts;
  readonly signer: Signer;
  readonly tokens: Tokens;
  readonly budget: BufferBudget;
  readonly audit: AuditTrail;
  readonly metrics: Metrics;
  /** Replaced as a whole when the document changes. */
  policy: ClientPolicies;
  /** Requests under way, those of unknown callers among them. */
  inFlight: number;
  /** Requests under way, by client. */
  readonly requests: Shares;
  /** Callers' connections. */
  readonly connected: Connected;
  /** The base URL of the port for S3; undefined when there is none. Set once the endpoints are there. */
  s3Url(): string | undefined;
  /** The reason why audit lines cannot be shipped to their log; undefined when they can. */
  shipFailure(): string | undefined;
  /** Set when the proxy is ending: every response closes its connection. */
  draining: boolean;
}
