/** A plain pipe: node:http in, node:https out, nothing between. Started with the small OCI's address. @module */
import { createServer } from "node:http";
import { Agent, request as send } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { DOMAIN, REGION } from "../../test/support/small-oci/index.ts";

const { tlsPort, ca } = JSON.parse(process.argv[2]!) as { tlsPort: number; ca: string };
const host = `objectstorage.${REGION}.${DOMAIN}`;
const agent = new Agent({ keepAlive: true, ca });

const server = createServer((request, response) => {
  const { method = "GET", url, headers } = request;
  const outgoing = send({
    host: "127.0.0.1",
    port: tlsPort,
    servername: host,
    path: url,
    method,
    agent,
    headers: { ...headers, host },
  });
  outgoing.on("response", (upstream) => {
    response.writeHead(upstream.statusCode!, upstream.headers);
    pipeline(upstream, response, () => undefined);
  });
  pipeline(request, outgoing, () => undefined);
});
server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit(0));
