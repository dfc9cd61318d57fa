/** The namespace of the tenancy's buckets, which S3 does not know. @module */
import { hostOf } from "../../../oci/hosts.ts";
import { call } from "../../instance-principal/call.ts";
import { signRequest } from "../../instance-principal/index.ts";
import type { ProxyCore } from "../core.ts";
import { ProxyError } from "../errors.ts";

const TIMEOUT_MS = 10_000;
/** A namespace never changes; a failure is asked for again. */
const learned = new WeakMap<ProxyCore, Promise<string>>();

/** Asks Object Storage, which tells anybody of the tenancy (GetNamespace needs no permission). */
const ask = async ({ principal, dispatcher }: ProxyCore): Promise<string> => {
  const session = await principal.session(AbortSignal.timeout(TIMEOUT_MS));
  const { regionId, realmDomain } = principal.identity!;
  const host = hostOf("objectstorage", regionId, realmDomain, "GetNamespace");
  const date = new Date().toUTCString();
  const target = "/n/";
  const authorization = await signRequest(session, { method: "GET", host, target, date, body: undefined });
  const response = await call({
    url: `https://${host}${target}`,
    headers: { host, "x-date": date, authorization },
    dispatcher,
    timeoutMs: TIMEOUT_MS,
  });
  if (response.status !== 200) throw new Error(`GetNamespace answered ${response.status}`);
  return JSON.parse(response.text) as string;
};

/**
 * The namespace that grants of buckets name, else the tenancy's own.
 * @throws ProxyError `UpstreamFailed`
 */
export const namespaceOf = async (core: ProxyCore): Promise<string> => {
  if (core.policy.namespace !== undefined) return core.policy.namespace;
  let asked = learned.get(core);
  if (!asked) {
    asked = ask(core);
    learned.set(core, asked);
    asked.catch(() => learned.delete(core));
  }
  return asked.catch((error: Error) => {
    throw new ProxyError("UpstreamFailed", `the namespace could not be read: ${error.message}`);
  });
};
