/** Names of the proxy's clients: each becomes a socket, a token file and, on an instance, a user. @module */

/** Names of sockets that systemd opens for the proxy itself. */
export const RESERVED_CLIENT_NAMES: readonly string[] = ["http", "admin"];

/** A client's Linux user has its name: lower-case, at most 31 characters. */
const DECLARED = /^[a-z][a-z0-9-]{0,30}$/;
const SOCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const isReserved = (name: string): boolean => RESERVED_CLIENT_NAMES.includes(name);

/** Tells whether a name can be declared under `keyless:access`: a user's, and none of the proxy's own sockets. */
export const isDeclarableClientName = (name: string): boolean => DECLARED.test(name) && !isReserved(name);

/**
 * Tells whether the proxy can open a socket of this name: a name that a file of its own settings may have.
 */
export const isSocketClientName = (name: string): boolean => SOCKET.test(name) && !isReserved(name);
