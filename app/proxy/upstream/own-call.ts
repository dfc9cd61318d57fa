/** A GET that the proxy makes for itself, signed with the instance's own rights. @module */
import type { Dispatcher } from "undici";
import { hostOf } from "../../../oci/hosts.ts";
import type { Operation } from "../../../oci/operations/index.ts";
import { call } from "../../instance-principal/call.ts";
import { type InstancePrincipal, signRequest } from "../../instance-principal/index.ts";

const TIMEOUT_MS = 10_000;

/**
 * Makes one.
 * @param target path and query as they are sent
 * @throws Error without a session, or without a response in time
 */
export const ownGet = async (
  principal: InstancePrincipal,
  dispatcher: Dispatcher,
  { service, name }: Pick<Operation, "service" | "name">,
  target: string,
): ReturnType<typeof call> => {
  const session = await principal.session(AbortSignal.timeout(TIMEOUT_MS));
  const { regionId, realmDomain } = principal.identity!;
  const host = hostOf(service, regionId, realmDomain, name);
  const date = new Date().toUTCString();
  const authorization = await signRequest(session, { method: "GET", host, target, date, body: undefined });
  return call({
    url: `https://${host}${target}`,
    headers: { host, "x-date": date, authorization },
    dispatcher,
    timeoutMs: TIMEOUT_MS,
  });
};
