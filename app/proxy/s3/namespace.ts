/** The namespace of the tenancy's buckets, which S3 does not know. @module */
import type { ProxyCore } from "../core.ts";
import { ProxyError } from "../errors.ts";
import { ownGet } from "../upstream/own-call.ts";

/** A namespace never changes; a failure is asked for again. */
const learned = new WeakMap<ProxyCore, Promise<string>>();

/** Asks Object Storage, which tells anybody of the tenancy (GetNamespace needs no permission). */
const ask = async ({ principal, dispatcher }: ProxyCore): Promise<string> => {
  const response = await ownGet(
    principal,
    dispatcher,
    { service: "objectstorage", name: "GetNamespace" },
    "/n/",
  );
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
