/** Identifies the caller: by the socket the request came through, or by the token it shows. @module */
import { ProxyError } from "../errors.ts";
import type { CallerHeaders } from "./headers.ts";
import type { Tokens } from "./tokens.ts";

/** The entrance that a request came in at. */
export interface Entrance {
  /** The client whose socket it is; undefined at the loopback port. */
  client: string | undefined;
  /** Names that a Host header may have, lower-case, with the port where one must be there. */
  hosts: ReadonlySet<string>;
}

const checkHost = (host: string | undefined, entrance: Entrance): void => {
  if (host === undefined) throw new ProxyError("BadHeader", "the request has no Host header");
  const name = host.toLowerCase();
  const known = entrance.hosts.has(entrance.client === undefined ? name : name.replace(/:\d{1,5}$/, ""));
  if (!known) {
    throw new ProxyError(
      "WrongHost",
      `the Host header names another server; this is ${[...entrance.hosts][0]}`,
    );
  }
};

/**
 * The client behind a request.
 * @throws ProxyError `WrongHost`, or `CallerUnknown` without a client's socket or token
 */
export const identify = (headers: CallerHeaders, entrance: Entrance, tokens: Tokens): string => {
  checkHost(headers.host, entrance);
  if (entrance.client !== undefined) return entrance.client;
  const client = headers.credential === undefined ? undefined : tokens.clientOf(headers.credential);
  if (client === undefined) {
    throw new ProxyError(
      "CallerUnknown",
      headers.credential === undefined
        ? "show the client's token as Authorization: Bearer … or X-Api-Key, or use the client's socket"
        : "the token is not, or no longer, a client's",
      { "www-authenticate": "Bearer" },
    );
  }
  return client;
};
