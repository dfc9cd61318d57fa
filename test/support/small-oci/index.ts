/**
 * A metadata service, an auth service and one upstream that verifies every signature: what the instance
 * principal and the proxy are driven against where a test breaks one of them on purpose.
 * @module
 */
import { createPublicKey, type KeyObject, randomUUID, X509Certificate } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { exportJWK, SignJWT } from "jose";
import { testKey } from "../test-keys.ts";
import { type Issued, newAuthority, type TestAuthority } from "./authority.ts";
import { type ArrivedRequest, wrongWith, wrongWithToken } from "./verify.ts";

/** Region and realm of the small OCI: no realm that anybody knows. */
export const REGION = "xx-test-1";
export const DOMAIN = "cloud.example";
export const TENANCY = "ocid1.tenancy.oc99..aaaaaaaatenancy";
export const INSTANCE = "ocid1.instance.oc99.xxt.aaaaaaaainstance";
const COMPARTMENT = "ocid1.compartment.oc99..aaaaaaaacompartment";

/** One request that reached the upstream, its signature verified or not. */
export interface SeenRequest extends Omit<ArrivedRequest, "body"> {
  host: string;
  bodyBytes: number;
  body: Buffer;
  wrong: string | undefined;
}

/** What may be broken, by assignment. A handler that returns true has dealt with the request. */
export interface SmallOci {
  metadataUrl: string;
  /** Port on 127.0.0.1 that speaks TLS for every service. */
  tlsPort: number;
  /** PEM of the authority. */
  ca: string;
  seen: SeenRequest[];
  counts: { metadata: number; federation: number; upstream: number };
  lifetimeS: number;
  onMetadata: ((path: string, res: ServerResponse) => boolean) | undefined;
  onFederation: ((res: ServerResponse) => boolean) | undefined;
  /** Called as headers arrive; the default answers 200 with `{"ok":true}`. */
  onRequest: ((req: IncomingMessage, res: ServerResponse) => boolean) | undefined;
  /** Called when the body is there and verified. */
  respond: ((seen: SeenRequest, res: ServerResponse) => void) | undefined;
  /** Remember bodies and requests; off in benchmarks. */
  remember: boolean;
  rotateLeaf(): Promise<void>;
  close(): Promise<void>;
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
  );

const read = async (req: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const json = (res: ServerResponse, status: number, value: unknown): void => {
  const text = JSON.stringify(value);
  res.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  res.end(text);
};

/** Bodies of these are not signed. */
const isUnsignedUpload = (req: IncomingMessage): boolean =>
  (req.method === "PUT" && /^\/n\/[^/]+\/b\/[^/]+\/[ou]\//.test(req.url!)) ||
  (req.method === "POST" && /^\/20180418\/streams\/[^/]+\/messages$/.test(req.url!));

const startMetadata = (oci: SmallOci, leaf: () => Issued, authority: TestAuthority): Server =>
  createServer((req, res) => {
    oci.counts.metadata += 1;
    const path = req.url!.replace("/opc/v2/", "");
    if (oci.onMetadata?.(path, res)) return;
    if (req.headers.authorization !== "Bearer Oracle") return void res.writeHead(401).end();
    const values: Record<string, string> = {
      "identity/cert.pem": leaf().certificate,
      "identity/key.pem": leaf().key,
      "identity/intermediate.pem": authority.certificate,
      "instance/": JSON.stringify({
        id: INSTANCE,
        region: REGION,
        canonicalRegionName: REGION,
        regionInfo: {
          realmKey: "oc99",
          realmDomainComponent: DOMAIN,
          regionKey: "XXT",
          regionIdentifier: REGION,
        },
      }),
    };
    const value = values[path];
    if (value === undefined) return void res.writeHead(404).end();
    res.end(value);
  });

const exchange = async (oci: SmallOci, tokenKey: KeyObject, req: IncomingMessage, res: ServerResponse) => {
  oci.counts.federation += 1;
  if (oci.onFederation?.(res)) return;
  const body = await read(req);
  const asked = JSON.parse(body.toString()) as { certificate: string; publicKey: string };
  const leaf = new X509Certificate(Buffer.from(asked.certificate, "base64"));
  const keyId = `${TENANCY}/fed-x509/${leaf.fingerprint.toLowerCase()}`;
  const arrived = { method: req.method!, target: req.url!, headers: req.headers, body };
  const wrong = wrongWith(arrived, (id) => (id === keyId ? leaf.publicKey : `unknown key id ${id}`));
  if (wrong) return json(res, 401, { code: "NotAuthenticated", message: wrong });
  const publicKey: KeyObject = createPublicKey({
    key: Buffer.from(asked.publicKey, "base64"),
    format: "der",
    type: "spki",
  });
  const nowS = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({
    jwk: JSON.stringify(await exportJWK(publicKey)),
    sub: INSTANCE,
    jti: randomUUID(),
  })
    .setProtectedHeader({ alg: "RS256", kid: "asw_test" })
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + oci.lifetimeS)
    .sign(tokenKey);
  json(res, 200, { token });
};

const serve = async (oci: SmallOci, req: IncomingMessage, res: ServerResponse) => {
  oci.counts.upstream += 1;
  if (oci.onRequest?.(req, res)) return;
  const body = await read(req);
  const target = req.url!;
  const headers = req.headers;
  const signed = isUnsignedUpload(req) ? undefined : body;
  const wrong = wrongWithToken({ method: req.method!, target, headers, body: signed });
  const seen = {
    method: req.method!,
    target,
    headers,
    host: headers.host!,
    bodyBytes: body.length,
    body,
    wrong,
  };
  if (oci.remember) oci.seen.push(seen);
  res.setHeader("opc-request-id", `${headers["opc-request-id"] ?? ""}/UPSTREAM`);
  if (wrong) return json(res, 401, { code: "NotAuthenticated", message: wrong });
  if (oci.respond) return oci.respond(seen, res);
  json(res, 200, { ok: true });
};

/** Starts one. Everything listens on loopback. */
export const startSmallOci = async (): Promise<SmallOci> => {
  const authority = await newAuthority();
  const newLeaf = () =>
    authority.issueLeaf({ tenancyId: TENANCY, instanceId: INSTANCE, compartmentId: COMPARTMENT });
  let leaf = await newLeaf();
  const levels = ["", "vaults.", "logging.", "kms.", "streaming.", "generativeai."];
  const names = levels.flatMap((l) => [`*.${l}${REGION}.${DOMAIN}`, `*.${l}${REGION}.oci.${DOMAIN}`]);
  const server = await authority.issueServer(names);
  const tokenKey = testKey("tokens");
  const oci: SmallOci = {
    metadataUrl: "",
    tlsPort: 0,
    ca: authority.certificate,
    seen: [],
    counts: { metadata: 0, federation: 0, upstream: 0 },
    lifetimeS: 1200,
    onMetadata: undefined,
    onFederation: undefined,
    onRequest: undefined,
    respond: undefined,
    remember: true,
    rotateLeaf: async () => {
      leaf = await newLeaf();
    },
    close: async () => undefined,
  };
  const metadata = startMetadata(oci, () => leaf, authority);
  const services = createTlsServer({ cert: server.certificate, key: server.key }, (req, res) => {
    const done = req.headers.host?.startsWith("auth.")
      ? exchange(oci, tokenKey, req, res)
      : serve(oci, req, res);
    done.catch((error) => (res.headersSent ? res.destroy() : json(res, 500, { message: String(error) })));
  });
  const sockets = new Set<Socket>();
  for (const s of [metadata, services]) s.on("connection", (socket) => sockets.add(socket));
  oci.metadataUrl = `http://127.0.0.1:${await listen(metadata)}/opc/v2`;
  oci.tlsPort = await listen(services);
  oci.close = async () => {
    metadata.close();
    services.close();
    for (const socket of sockets) socket.destroy();
  };
  return oci;
};
