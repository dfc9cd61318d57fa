/**
 * Keys for software that speaks S3, as Amazon's SDKs fetch them: `AWS_CONTAINER_CREDENTIALS_FULL_URI` with the client's
 * token in `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`, or `credential_process` over the client's socket.
 * @module
 */
import type { ProxyCore } from "../core.ts";
import { ProxyError } from "../errors.ts";
import type { Inbound } from "../listen/caller-connection.ts";
import type { AuditLine } from "../observe/audit.ts";
import { makeKey } from "./signature/keys.ts";

const PATH = "/s3/credentials";
/** Life of a key, in ms: Amazon's SDK for Python asks for another a quarter of an hour before the end. */
const LIFE_MS = 30 * 60_000;

/** True for the request target of the keys: no service is called `s3`. */
export const isForCredentials = (url: string): boolean => url === PATH;

/**
 * Responds with a client's keys, in the form of containers' credentials with the version of `credential_process`, and
 * with the endpoint that they are for.
 * @throws ProxyError `BadTarget`, `NotGranted`
 */
export const credentialsFor = (
  { tokens, s3Url }: ProxyCore,
  client: string,
  { request, response }: Inbound,
  line: AuditLine,
): void => {
  if (request.method !== "GET") throw new ProxyError("BadTarget", `S3's keys are fetched by GET ${PATH}`);
  const digest = tokens.digestOf(client);
  if (digest === undefined)
    throw new ProxyError(
      "NoIdentity",
      `${client} has no token, from which its keys of S3 follow: the proxy has no port`,
    );
  const key = makeKey(digest, Date.now() + LIFE_MS);
  const body = JSON.stringify({
    Version: 1,
    AccessKeyId: key.accessKeyId,
    SecretAccessKey: key.secretAccessKey,
    Token: key.sessionToken,
    SessionToken: key.sessionToken,
    Endpoint: s3Url(),
    Expiration: new Date(key.expiresMs!).toISOString().replace(/\.\d+Z$/, "Z"),
  });
  line.service = "s3";
  line.operation = "GetCredentials";
  line.decision = "allowed";
  line.status = 200;
  line.bytesOut = Buffer.byteLength(body);
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": line.bytesOut,
    "cache-control": "no-store",
    "opc-request-id": line.requestId,
  });
  response.end(body);
};
