/** Connections to OCI's hosts. @module */
import { Agent, buildConnector } from "undici";

/** Options for connections. */
export interface TransportOptions {
  /** Certificate authorities in place of Node's, PEM: for a local OCI. */
  ca?: string | undefined;
  /** The address that is dialled for every host, whose name TLS still verifies: for a local OCI. */
  connectTo?: { address: string; port: number } | undefined;
  /** Limit for connecting, TLS included, in ms. @default 5000 */
  connectTimeoutMs?: number | undefined;
  /** Limit from the sent request to the response's headers, in ms. @default 60000 */
  headersTimeoutMs?: number | undefined;
  /** Limit between two pieces of a response, in ms. @default 60000 */
  bodyTimeoutMs?: number | undefined;
  /** Most connections to one host. @default 128 */
  connectionsPerHost?: number | undefined;
}

/** Keep-alive shorter than that of services, so that a connection is seldom closed under a request. */
const KEEP_ALIVE_MS = 20_000;

/** A dispatcher that opens connections only to the hosts it is asked for, through node:net and node:tls. */
export const createTransport = (options: TransportOptions = {}): Agent => {
  const connect = buildConnector({
    ...(options.ca !== undefined && { ca: options.ca }),
    timeout: options.connectTimeoutMs ?? 5000,
    allowH2: false,
  });
  const { connectTo } = options;
  return new Agent({
    connections: options.connectionsPerHost ?? 128,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    headersTimeout: options.headersTimeoutMs ?? 60_000,
    bodyTimeout: options.bodyTimeoutMs ?? 60_000,
    connect: connectTo
      ? (asked, done) =>
          connect(
            {
              ...asked,
              servername: asked.servername || asked.hostname,
              hostname: connectTo.address,
              host: connectTo.address,
              port: String(connectTo.port),
            },
            done,
          )
      : connect,
  });
};
