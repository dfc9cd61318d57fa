/** The naive build: oci-common's signer and fetch behind node:http. Started with the small OCI's address. @module */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type AuthenticationDetailsProvider, DefaultRequestSigner } from "oci-common";
import { fetch } from "undici";
import { createInstancePrincipal, createTransport } from "../../app/instance-principal/index.ts";
import { DOMAIN, REGION } from "../../test/support/small-oci/index.ts";

const { metadataUrl, tlsPort, ca } = JSON.parse(process.argv[2]!) as {
  metadataUrl: string;
  tlsPort: number;
  ca: string;
};
const dispatcher = createTransport({ ca, connectTo: { address: "127.0.0.1", port: tlsPort } });
const principal = createInstancePrincipal({ metadata: { baseUrl: metadataUrl }, dispatcher });
const session = await principal.session();
const pem = session.privateKey.export({ type: "pkcs1", format: "pem" }) as string;
const signer = new DefaultRequestSigner({
  getKeyId: async () => session.keyId,
  getPrivateKey: () => pem,
  getPassphrase: () => null,
} as unknown as AuthenticationDetailsProvider);

const server = createServer(async (request, response) => {
  const uri = `https://iaas.${REGION}.${DOMAIN}${request.url!.replace(/^\/core/, "")}`;
  const headers = new Headers();
  await signer.signHttpRequest({ method: request.method!, uri, headers } as never);
  const upstream = await fetch(uri, { method: request.method!, headers: [...headers], dispatcher });
  response.writeHead(upstream.status, { "content-type": "application/json" });
  response.end(Buffer.from(await upstream.arrayBuffer()));
});
server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit(0));
