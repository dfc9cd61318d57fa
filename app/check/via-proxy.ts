/** Calls through the signing proxy in a client's name: at the check's own socket, and at the port for S3. @module */
import { createHash } from "node:crypto";
import { type RequestOptions, request } from "node:http";
import { join } from "node:path";
import { signText } from "../proxy/s3/signature/chunk-chain.ts";
import { canonicalPart, canonicalPath } from "../proxy/s3/signature/encoding.ts";
import { signingKeyOf } from "../proxy/s3/signature/verify.ts";

/** The directory of the proxy's sockets. */
const directory = (): string => process.env["KEYLESS_PROXY_DIRECTORY"] ?? "/run/keyless-proxy";

/** A response: its status and the beginning of its body. */
interface Answer {
  status: number;
  text: string;
}

const MOST_CHARACTERS = 4096;

const send = (options: RequestOptions, body?: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        if (text.length < MOST_CHARACTERS) text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });

const checkSocket = (client: string): string => join(directory(), "check", `${client}.sock`);

/**
 * Sends an unsigned request as a client of the proxy.
 * @param url what would be called directly: its path and query go to the proxy below the service's name
 */
export const callAsClient = (
  client: string,
  service: string,
  call: { method: string; url: string; headers: Record<string, string>; body?: string | undefined },
  signal: AbortSignal,
): Promise<Answer> => {
  const { pathname, search } = new URL(call.url);
  return send(
    {
      socketPath: checkSocket(client),
      method: call.method,
      path: `/${service}${pathname}${search}`,
      headers: { host: "localhost", ...call.headers },
      signal,
    },
    call.body,
  );
};

/** The members of a client's keys that are used here. */
interface Keys {
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken: string;
  /** Base URL of the port for S3; absent where there is none. */
  Endpoint?: string;
}

const EMPTY_SHA256 = createHash("sha256").digest("hex");
/** Any will do. */
const REGION = "us-ashburn-1";

/**
 * Sends a GET in S3's form, signed with the client's own keys, to the port for S3.
 * @param query by name, decoded
 * @throws Error where the proxy gives no keys, or has no such port
 */
export const getByS3 = async (
  client: string,
  {
    bucket,
    key = "",
    query = {},
  }: { bucket: string; key?: string; query?: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<Answer> => {
  const socketPath = checkSocket(client);
  const got = await send({ socketPath, path: "/s3/credentials", headers: { host: "localhost" }, signal });
  if (got.status !== 200) return got;
  const keys = JSON.parse(got.text) as Keys;
  if (keys.Endpoint === undefined) throw new Error("the signing proxy has no port for S3");
  const { hostname, host, port } = new URL(keys.Endpoint);
  const bytes = (text: string): string => Buffer.from(text).toString("latin1");
  const path = canonicalPath(bytes(`/${bucket}${key && `/${key}`}`).replaceAll("%", "%25"));
  const pairs = Object.entries(query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${canonicalPart(encodeURIComponent(value))}`)
    .join("&");
  const timestamp = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const date = timestamp.slice(0, 8);
  const headers: Record<string, string> = {
    host,
    "x-amz-content-sha256": EMPTY_SHA256,
    "x-amz-date": timestamp,
    "x-amz-security-token": keys.SessionToken,
  };
  const signed = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ["GET", path, pairs, lines.join(""), signed, EMPTY_SHA256].join("\n");
  const scope = `${date}/${REGION}/s3/aws4_request`;
  const digest = createHash("sha256").update(canonical).digest("hex");
  const signingKey = signingKeyOf(keys.SecretAccessKey, date, REGION);
  const signature = signText(signingKey, `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${digest}`);
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${keys.AccessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  return send({ hostname, port, path: pairs ? `${path}?${pairs}` : path, headers, signal, agent: false });
};
