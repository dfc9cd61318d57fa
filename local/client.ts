/** A signed client for a local OCI's own users, through its proxy as any other client. @module */
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import "../oci/fetch.ts";
import { ProxyAgent } from "undici";
import { type OciClient, ociClient } from "../oci/client.ts";
import type { ApiIdentity } from "./bootstrap.ts";
import type { Addresses } from "./cloud.ts";

/** A client that must be closed. */
export type LocalClient = OciClient & { close(): Promise<void> };

/** Signs as one of the local OCI's users. */
export const clientAs = (user: ApiIdentity, addresses: Addresses, realmDomain: string): LocalClient => {
  const dispatcher = new ProxyAgent({
    uri: addresses.proxyUrl,
    requestTls: { ca: readFileSync(addresses.caFile, "utf8") },
  });
  const client = ociClient({
    apiKey: {
      keyId: `${user.tenancyId}/${user.userId}/${user.fingerprint}`,
      privateKey: createPrivateKey(user.privateKeyPem),
    },
    regionId: user.region,
    realmDomain,
    dispatcher,
  });
  return { ...client, close: () => dispatcher.close() };
};
