/** What every request of a proxy shares. @module */

import type { Policy } from "../../document/rules/policy.ts";
import type { InstancePrincipal } from "../instance-principal/index.ts";
import type { AuditTrail } from "./audit-trail.ts";
import type { BufferBudget } from "./body.ts";
import type { Connected } from "./caller-connections.ts";
import type { Metrics } from "./metrics.ts";
import type { ProxySettings } from "./settings.ts";
import type { Shares } from "./shares.ts";
import type { Signer } from "./sign.ts";
import type { Tokens } from "./tokens.ts";
import type { Connections } from "./upstream/connections.ts";

/** The parts of a running proxy. */
export interface Core {
  readonly settings: ProxySettings;
  readonly principal: InstancePrincipal;
  readonly connections: Connections;
  readonly signer: Signer;
  readonly tokens: Tokens;
  readonly budget: BufferBudget;
  readonly audit: AuditTrail;
  readonly metrics: Metrics;
  /** Replaced as a whole when the document changes. */
  policy: Policy;
  /** Requests under way, those of unknown callers among them. */
  inFlight: number;
  /** Requests under way, by client. */
  readonly requests: Shares;
  /** Callers' connections. */
  readonly connected: Connected;
  /** Why audit lines cannot be shipped to their log; undefined when they can. */
  shipFailure(): string | undefined;
  /** Set when the proxy is ending: every answer closes its connection. */
  draining: boolean;
}
