/** Sending with undici. @module */
import "./fetch.ts";
import type { IncomingHttpHeaders } from "node:http";
import { type Dispatcher, request } from "undici";
import type { SignedRequest } from "./request.ts";

/** Sends a request and reads its response to the end. */
export type Send = (
  url: string,
  request: SignedRequest,
) => Promise<{ statusCode: number; headers: IncomingHttpHeaders; text: string }>;

/** Sends through a dispatcher; through undici's own without one. */
export const sender =
  (dispatcher: Dispatcher | undefined): Send =>
  async (url, { method, headers, body, signal }) => {
    const response = await request(url, {
      method: method as Dispatcher.HttpMethod,
      headers,
      ...(body && { body }),
      ...(dispatcher && { dispatcher }),
      ...(signal && { signal }),
    });
    return { statusCode: response.statusCode, headers: response.headers, text: await response.body.text() };
  };
