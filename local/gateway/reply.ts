/** Responses on the wire. @module */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ServiceError } from "../errors.ts";
import type { Reply } from "../service.ts";
import type { Clock } from "../state/clock.ts";

const hex32 = (): string => randomBytes(16).toString("hex").toUpperCase();

/** A request id of a request that brought none. */
export const newRequestId = (): string => `${hex32()}/${hex32()}/${hex32()}`;

/**
 * The request id: what the client sent (or a new one), then two parts that the service adds, as OCI's are.
 * A client's id that is no such thing is dropped, not echoed.
 */
export const requestIdOf = (request: IncomingMessage): string => {
  const sent = request.headers["opc-request-id"];
  const own = typeof sent === "string" && /^[\w.-]{1,64}(?:\/[\w.-]{0,64}){0,2}$/.test(sent) ? sent : hex32();
  return `${own.split("/")[0]}/${hex32()}/${hex32()}`;
};

/** The OCID that a response's body shows; undefined where it shows none. */
export const idIn = (body: unknown): string | undefined => {
  if (typeof body !== "object" || body === null) return undefined;
  // Topics have no `id`.
  const id = "id" in body ? body.id : "topicId" in body ? body.topicId : undefined;
  return typeof id === "string" ? id : undefined;
};

/** The response for an error. */
export const errorReply = (error: ServiceError): Reply => ({
  status: error.status,
  body: { code: error.code, message: error.message },
  headers: error.headers,
});

/** The headers of a response, by name. */
export const headersOf = ({ headers = {} }: Reply): [string, string][] =>
  Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));

/** Sends a response; a body that the client has not finished sending is not waited for. */
export const send = async (
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  requestId: string,
  clock: Clock,
): Promise<void> => {
  if (response.headersSent || response.destroyed) return;
  const { status = 200, body } = reply;
  const headers = headersOf(reply);
  response.statusCode = status;
  response.setHeader("date", new Date(clock.now()).toUTCString());
  response.setHeader("opc-request-id", requestId);
  if (!request.complete) response.setHeader("connection", "close");
  if (body instanceof Readable) {
    for (const [name, value] of headers) response.setHeader(name, value);
    await pipeline(body, response).catch(() => response.destroy());
    return;
  }
  const bytes =
    body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body), "utf8");
  if (bytes && !Buffer.isBuffer(body)) response.setHeader("content-type", "application/json");
  if (bytes) response.setHeader("content-length", bytes.length);
  else if (status !== 204 && status !== 304) response.setHeader("content-length", 0);
  for (const [name, value] of headers) response.setHeader(name, value);
  response.end(request.method === "HEAD" ? undefined : bytes);
};
