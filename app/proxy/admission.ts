/** What every request must pass, in whichever protocol it comes. @module */
import type { ProxyCore } from "./core.ts";
import { ProxyError } from "./errors.ts";
import type { Inbound } from "./listen/caller-connection.ts";
import { CallerGone } from "./upstream/failure.ts";

/** Takes a client's share of the requests under way; the listener gives it back when the request has ended. */
export const admit = (core: ProxyCore, one: Inbound, client: string): void => {
  const { requests } = core;
  one.connection.identified(client);
  const most = core.policy.settings.get(client)?.limits?.requests;
  if (most !== undefined && requests.of(client) >= most) {
    throw new ProxyError(
      "Overloaded",
      `${client} has ${requests.of(client)} requests under way, as many as limits.requests of its settings`,
      { "retry-after": "1" },
    );
  }
  if (!requests.allows(client)) {
    throw new ProxyError(
      "Overloaded",
      `${client} has ${requests.of(client)} requests under way; of ${requests.limit} at once ${requests.taken} are taken`,
      { "retry-after": "1" },
    );
  }
  if (one.response.destroyed) throw new CallerGone("the caller went away");
  requests.take(client);
  one.client = client;
};

/** @throws ProxyError `AuditFailed` while lines cannot be written */
export const checkAudit = (core: ProxyCore): void => {
  if (core.audit.stopped) throw new ProxyError("AuditFailed", core.audit.stopped, { "retry-after": "5" });
};

/** @throws ProxyError `BadRequest` for another HTTP than this proxy speaks */
export const checkVersion = (version: string, chunked: boolean): void => {
  if (version === "1.1" || (version === "1.0" && !chunked)) return;
  throw new ProxyError(
    "BadRequest",
    `the request says HTTP/${version}${chunked ? " and has chunks" : ""}; the proxy speaks HTTP/1.1`,
  );
};
