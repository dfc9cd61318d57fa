// The network and the clock of a machine of the `process` driver, loaded before anything else in each of
// its processes: the metadata address and OCI's own host names lead to the local OCI, loopback and Unix sockets
// stay what they are, and nothing else is reachable, as in a private subnet with a service gateway.
"use strict";
const net = require("node:net");

/** @type {{ metadata: { host: string, port: number }, tlsPort: number, domains: string[], clockOffsetMs: number }} */
const machine = JSON.parse(process.env["KEYLESS_MACHINE"] ?? "{}");

/**
 * The destination that a connection really goes to; undefined when the machine's network has no way there.
 * @param {string} host @param {number} port
 */
const route = (host, port) => {
  if (host === "169.254.169.254" && port === 80) return machine.metadata;
  if (port === 443 && machine.domains.some((domain) => host.endsWith(`.${domain}`)))
    return { host: "127.0.0.1", port: machine.tlsPort };
  if (host === "localhost" || host === "::1" || /^127\./.test(host)) return { host, port };
  return undefined;
};

/** @type {any} */
const socket = net.Socket.prototype;
const connect = socket.connect;
socket.connect = function (/** @type {any[]} */ ...args) {
  /** @type {any} */
  const normalize = /** @type {any} */ (net)._normalizeArgs;
  const normalized = Array.isArray(args[0]) ? args[0] : normalize(args);
  const options = normalized[0];
  if (options.path === undefined || options.path === null) {
    const host = String(options.host ?? "localhost").toLowerCase();
    const to = route(host, Number(options.port));
    if (!to) {
      const error = Object.assign(new Error(`connect ENETUNREACH ${host}:${options.port}`), {
        code: "ENETUNREACH",
      });
      process.nextTick(() => this.destroy(error));
      return this;
    }
    normalized[0] = { ...options, ...to };
  }
  return connect.call(this, normalized);
};

if (machine.clockOffsetMs) {
  const RealDate = Date;
  const now = () => RealDate.now() + machine.clockOffsetMs;
  globalThis.Date = /** @type {any} */ (
    class extends RealDate {
      /** @param {any[]} args */
      constructor(...args) {
        if (args.length === 0) super(now());
        else super(.../** @type {[any]} */ (args));
      }
      /** @override */
      static now() {
        return now();
      }
    }
  );
}
