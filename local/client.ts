/** A signed client for a local OCI's own users, over TLS as any other client. @module */
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { type ClientOptions, type OciClient, ociClient } from "../oci/client.ts";
import type { Send } from "../oci/send.ts";
import type { ApiIdentity } from "./bootstrap.ts";
import type { Addresses } from "./cloud.ts";

/** A client that must be closed. */
export type LocalClient = OciClient & { close(): Promise<void> };

/** Sends to the port that speaks TLS for every host name; checks the certificate of the one that is meant. */
const sender =
  (agent: Agent, { tlsPort: port }: Addresses, ca: string): Send =>
  (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      // As it was signed: URL would write some paths in another way.
      const [, servername, path] = /^https:\/\/([^/:]+)[^/]*(\/.*)$/.exec(url)!;
      const to = { host: "127.0.0.1", port, servername, path, ca, agent };
      const sent = request({ ...to, method, headers, ...(signal && { signal }) }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            statusCode: response.statusCode!,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      sent.on("error", reject);
      sent.end(body);
    });

/** Options in which a client differs from the usual one. */
export interface LocalClientOptions extends Pick<ClientOptions, "retry" | "onPause"> {
  /** Wraps the sender, for tests. */
  through?: (send: Send) => Send;
}

/** Signs as one of the local OCI's users. */
export const clientAs = (
  user: ApiIdentity,
  addresses: Addresses,
  realmDomain: string,
  { through = (send) => send, ...options }: LocalClientOptions = {},
): LocalClient => {
  const agent = new Agent({ keepAlive: true });
  const client = ociClient({
    apiKey: {
      keyId: `${user.tenancyId}/${user.userId}/${user.fingerprint}`,
      privateKey: createPrivateKey(user.privateKeyPem),
    },
    regionId: user.region,
    realmDomain,
    send: through(sender(agent, addresses, readFileSync(addresses.caFile, "utf8"))),
    ...options,
  });
  return { ...client, close: async () => agent.destroy() };
};
