/**
 * Identifies the caller, by the socket the request came through or by the token it shows, and the services that the
 * request may be for, where something else than its path says so.
 * @module
 */
import { ProxyError } from "../errors.ts";
import { credentialProblem, parseCredential } from "./credential.ts";
import type { CallerHeaders } from "./headers.ts";
import { isServiceForm, nameOf } from "./service-hosts.ts";
import type { Tokens } from "./tokens.ts";

/** The entrance that a request came in at. */
export interface Entrance {
  /** The client whose socket it is; undefined at a port. */
  client: string | undefined;
  /** Names that a Host header may have at a port, lower-case, with the port where one must be there. */
  hosts: ReadonlySet<string>;
}

/** The caller of a request. */
export interface Caller {
  client: string;
  /** The host name in the form of a service's that the request is for; undefined where its path begins with the service. */
  serviceHost: string | undefined;
}

/**
 * Checks the Host header. At a port a page in a browser on this machine can reach it by a name of its own (DNS
 * rebinding). No page can open a socket, and HTTP libraries write there what they like: its path, `[::1]`.
 * @returns the name in the form of a service's host, where it has that
 */
const checkHost = (host: string | undefined, entrance: Entrance): string | undefined => {
  if (host === undefined) throw new ProxyError("BadHeader", "the request has no Host header");
  if (entrance.hosts.has(host.toLowerCase())) return undefined;
  const name = nameOf(host);
  if (isServiceForm(name)) return name;
  if (entrance.client !== undefined) return undefined;
  throw new ProxyError(
    "WrongHost",
    `the Host header is ${JSON.stringify(host.slice(0, 100))}, which names another server; this is ${[...entrance.hosts].join(", ")}`,
  );
};

/**
 * The client behind a request.
 * @throws ProxyError `WrongHost`, or `CallerUnknown` without a client's socket or token
 */
export const identify = (headers: CallerHeaders, entrance: Entrance, tokens: Tokens): Caller => {
  const serviceHost = checkHost(headers.host, entrance);
  if (entrance.client !== undefined) return { client: entrance.client, serviceHost };
  const credential = headers.credential === undefined ? undefined : parseCredential(headers.credential);
  const client = credential && tokens.clientOf(credential);
  if (client === undefined) {
    throw new ProxyError("CallerUnknown", credentialProblem(headers.credential), {
      "www-authenticate": 'Bearer, Basic realm="keyless"',
    });
  }
  return { client, serviceHost };
};
