/** Sending with undici. @module */
import "./fetch.ts";
import { type Dispatcher, request } from "undici";
import type { Send } from "./client.ts";

/** Sends through a dispatcher; through undici's own without one. */
export const sender =
  (dispatcher: Dispatcher | undefined): Send =>
  async (url, { method, headers, body, signal }) => {
    const answer = await request(url, {
      method: method as Dispatcher.HttpMethod,
      headers,
      ...(body && { body }),
      ...(dispatcher && { dispatcher }),
      ...(signal && { signal }),
    });
    return { statusCode: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
