/** Calls of S3 by hand, signed as a client signs them, sent as they are written. @module */
import { request as httpRequest, type RequestOptions } from "node:http";
import type { AccessKey } from "../../app/proxy/s3/signature/keys.ts";
import {
  EMPTY_SHA256,
  presigned,
  type SignOptions,
  sha256,
  signed,
  type TestRequest,
} from "../app/proxy/s3/signer.ts";
import type { S3World } from "./s3-world.ts";

/** A response of S3. */
export interface S3Response {
  status: number;
  headers: Record<string, string>;
  body: string;
  bytes: Buffer;
  /** The error's code; undefined where there is none. */
  code: string | undefined;
}

/** What a call has beside its method and target. */
export interface S3CallOptions {
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** `x-amz-content-sha256` in place of the body's own. */
  payload?: string;
  key?: AccessKey;
  sign?: SignOptions;
  host?: string;
  /** Changes the signed request before it is sent. */
  change?: (request: TestRequest) => TestRequest;
}

const timestampNow = (): string => new Date().toISOString().replace(/[-:]|\.\d+/g, "");

/** Sends a request as it is. */
export const sendS3 = (url: string, one: TestRequest, body: Buffer | undefined): Promise<S3Response> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = httpRequest(
      {
        host: hostname,
        port,
        method: one.method,
        path: one.url,
        headers: one.headers.flat(),
        setDefaultHeaders: false,
      } as RequestOptions,
      (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", () => {
          const bytes = Buffer.concat(pieces);
          const text = bytes.toString("utf8");
          resolve({
            status: response.statusCode!,
            headers: response.headers as Record<string, string>,
            body: text,
            bytes,
            code: /<Code>([^<]*)<\/Code>/.exec(text)?.[1],
          });
        });
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.end(body);
  });

const keyOf = (world: S3World, client: string): AccessKey => ({
  ...world.keysOf(client),
  sessionToken: "",
  expiresMs: undefined,
});

/** Signs and sends one call of a client's. */
export const s3Call = (
  world: S3World,
  client: string,
  method: string,
  target: string,
  options: S3CallOptions = {},
): Promise<S3Response> => {
  const body = options.body === undefined ? undefined : Buffer.from(options.body);
  const payload = options.payload ?? (body === undefined ? EMPTY_SHA256 : sha256(body));
  const headers: [string, string][] = [
    ["Host", options.host ?? new URL(world.url).host],
    ["x-amz-date", timestampNow()],
    ["x-amz-content-sha256", payload],
    ...Object.entries(options.headers ?? {}),
    ...(body === undefined ? [] : ([["Content-Length", String(body.length)]] as [string, string][])),
  ];
  const request = signed(
    { method, url: target, headers },
    { key: options.key ?? keyOf(world, client), ...options.sign },
  );
  return sendS3(world.url, options.change?.(request) ?? request, body);
};

/** Presigns a target for a client. */
export const presign = (
  world: S3World,
  client: string,
  method: string,
  target: string,
  expires = "60",
): TestRequest =>
  presigned({ method, url: target, headers: [["Host", new URL(world.url).host]] }, expires, timestampNow(), {
    key: keyOf(world, client),
  });
