/**
 * Identifies the caller, by the socket the request came through or by the token it shows, and the services that the
 * request may be for, where something else than its path says so.
 * @module
 */
import type { ClientSettings } from "../../../document/client-settings.ts";
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
  /** The service that whole paths are for; undefined where they begin with it. */
  service?: string | undefined;
  /** Clients whose tokens are taken at a port; undefined: those of all. */
  only?: ReadonlySet<string>;
}

/** The caller of a request. */
export interface ProxyCaller {
  client: string;
  /** The host name in the form of a service's that the request is for; undefined where its path begins with the service. */
  serviceHost: string | undefined;
}

/** True for a Host header that is one of a client's own names for the proxy, with or without its port. */
const isOwnName = (host: string, own: readonly string[]): boolean =>
  own.some((name) => name.toLowerCase() === host || name.toLowerCase() === nameOf(host));

/**
 * Checks the Host header. At a port a page in a browser on this machine can reach it by a name of its own (DNS
 * rebinding). No page can open a socket, and HTTP libraries write there what they like: its path, `[::1]`.
 * @param own further names of the client's that has shown its token
 * @returns the name in the form of a service's host, where it has that
 */
const checkHost = (
  host: string | undefined,
  entrance: Entrance,
  own: readonly string[] | undefined,
): string | undefined => {
  if (host === undefined) throw new ProxyError("BadHeader", "the request has no Host header");
  const lower = host.toLowerCase();
  if (entrance.hosts.has(lower) || (own !== undefined && isOwnName(lower, own))) return undefined;
  const name = nameOf(lower);
  if (isServiceForm(name)) return name;
  if (entrance.client !== undefined) return undefined;
  throw new ProxyError(
    "WrongHost",
    `the Host header is ${JSON.stringify(host.slice(0, 100))}, which names another server; this is ${[...entrance.hosts].join(", ")}`,
  );
};

/** Settings of all clients. */
type ClientSettingsByName = ReadonlyMap<string, Pick<ClientSettings, "hosts">>;

/**
 * The client behind a request.
 * @throws ProxyError `WrongHost`, or `CallerUnknown` without a client's socket or token
 */
export const identify = (
  headers: CallerHeaders,
  entrance: Entrance,
  tokens: Tokens,
  settings: ClientSettingsByName,
): ProxyCaller => {
  if (entrance.client !== undefined) {
    const { client } = entrance;
    return { client, serviceHost: checkHost(headers.host, entrance, settings.get(client)?.hosts) };
  }
  const credential = headers.credential === undefined ? undefined : parseCredential(headers.credential);
  const client = credential && tokens.clientOf(credential);
  const own = client === undefined ? undefined : settings.get(client)?.hosts;
  const serviceHost = checkHost(headers.host, entrance, own);
  if (client !== undefined && entrance.only && !entrance.only.has(client)) {
    throw new ProxyError(
      "CallerUnknown",
      `this port is not one of ${client}'s: it is in the settings of none but ${[...entrance.only].join(", ")}`,
    );
  }
  if (client === undefined) {
    throw new ProxyError("CallerUnknown", credentialProblem(headers.credential), {
      "www-authenticate": 'Bearer, Basic realm="keyless"',
    });
  }
  return { client, serviceHost };
};
