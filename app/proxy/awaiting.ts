/** Waiting for the instance's identity, as long as settings say and the caller stays. @module */
import type { ServerResponse } from "node:http";
import type { Identity, Session } from "../instance-principal/index.ts";
import type { ProxyCore } from "./core.ts";
import { ProxyError } from "./errors.ts";
import { CallerGone } from "./upstream/failure.ts";

/**
 * Waits for a session.
 * @throws ProxyError `NoIdentity`, or CallerGone
 */
export const awaitSession = async (core: ProxyCore, response: ServerResponse): Promise<Session> => {
  const gone = new AbortController();
  const leave = (): void => gone.abort(new CallerGone("the caller went away"));
  response.once("close", leave);
  try {
    const late = AbortSignal.timeout(core.settings.timeouts.identityMs);
    return await core.principal.session(AbortSignal.any([gone.signal, late]));
  } catch (error) {
    if ((error as Error).name !== "TimeoutError") throw error;
    const why = core.principal.status().lastError ?? "the auth service has not answered yet";
    throw new ProxyError("NoIdentity", why, { "retry-after": "5" });
  } finally {
    response.off("close", leave);
  }
};

/** Waits for the identity, which comes with the first session. Throws as `awaitSession`. */
export const awaitIdentity = async (core: ProxyCore, response: ServerResponse): Promise<Identity> => {
  if (!core.principal.identity) await awaitSession(core, response);
  return core.principal.identity!;
};
