/** The proxy's own responses. @module */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { printableJson } from "../../printable.ts";
import type { AgentFailure, AgentForm } from "../agents/form.ts";
import type { ReportedError } from "../errors.ts";

/** Time for which a refused caller may go on sending before its connection is cut, in ms. */
const LINGER_MS = 1000;

/** Size up to which a body is read to its end, so that the connection can be used again. */
const SMALL_BYTES = 64 * 1024;

/** True when the caller has more to send than is worth reading, or waits to be asked for it. */
const isUnread = ({ complete, headers }: IncomingMessage): boolean =>
  !complete &&
  (headers["transfer-encoding"] !== undefined ||
    headers.expect !== undefined ||
    Number(headers["content-length"] ?? 0) > SMALL_BYTES);

/** A response of the proxy's own, in the form of one protocol. */
export interface OwnResponse {
  status: number;
  /** The words behind the status. */
  reason: string;
  headers: Readonly<Record<string, string>>;
  body: string | Buffer;
}

/**
 * Responds with an error. Where the caller is still sending, the response goes out first and the rest of the
 * body is thrown away for a moment, so that the caller can read why; then the connection is cut.
 */
export const respondWith = (request: IncomingMessage, response: ServerResponse, own: OwnResponse): void => {
  const { status, reason, body } = own;
  const headers: Record<string, string | number> = {
    ...own.headers,
    "content-length": Buffer.byteLength(body),
  };
  const { socket } = response;
  if (!socket || !isUnread(request)) {
    response.writeHead(status, headers);
    response.end(body);
    throwAway(request);
    return;
  }
  const lines = Object.entries({ ...headers, connection: "close" }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  socket.write(`HTTP/1.1 ${status} ${reason}\r\n${lines.join("\r\n")}\r\n\r\n`);
  socket.end(request.method === "HEAD" ? "" : body);
  cutLater(request, socket);
};

const inJson = ({ url }: IncomingMessage, { code, message }: ReportedError): AgentFailure => {
  // OpenAI's clients in Node show nothing but a member of this name.
  const openai = /\/(?:openai|actions)\/v1\//.test(url ?? "") && { error: { code, message } };
  return { type: "application/json", body: printableJson({ code, message, ...openai }) };
};

/**
 * Responds with an error in OCI's form.
 * @param form an agent's, which may have another one for errors
 */
export const respondWithError = (
  request: IncomingMessage,
  response: ServerResponse,
  error: ReportedError,
  requestId: string,
  form?: AgentForm,
): void => {
  const { code, message, status } = error;
  const { type, body } =
    form?.failure?.(`${code}: ${message}`, request.headers["content-type"]) ?? inJson(request, error);
  respondWith(request, response, {
    status,
    reason: code,
    headers: { ...error.headers, "content-type": type, "opc-request-id": requestId },
    body,
  });
};

/** Throws the rest of a body away: what is not read would stop the connection. */
const throwAway = (request: IncomingMessage): void => {
  // Where it was piped to is closed by now, or soon: that would pause it once more.
  request.unpipe().resume();
};

/** Throws the rest of a request away for a moment; a connection where it goes on for longer, or that has ended, is cut. */
export const cutLater = (request: IncomingMessage, socket: Socket): void => {
  if (socket.destroyed) return;
  throwAway(request);
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  const stop = (): void => {
    clearTimeout(cut);
    socket.off("close", stop);
  };
  socket.once("close", stop);
  if (!socket.writableEnded) request.once("end", stop);
};
