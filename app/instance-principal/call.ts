/** One bounded HTTP call, used for the metadata and auth services. @module */
import { type Dispatcher, request } from "undici";

/** A call to make. */
export interface CallRequest {
  url: string;
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
  dispatcher?: Dispatcher | undefined;
  /** Limit for connection, headers and body together, in ms. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** The response to a call. */
export interface CallResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** Times at which the call began and its response was there, in ms on this machine's clock. */
  startedMs: number;
  respondedMs: number;
}

/** Certificates, tokens and instance descriptions are far smaller; anything longer is not what was asked for. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

/**
 * Makes a call and reads its whole response. Redirects are not followed.
 * @throws Error when there is no response within the time-out, it is too long, or the signal is aborted
 */
export const call = async (asked: CallRequest): Promise<CallResponse> => {
  const timeout = AbortSignal.timeout(asked.timeoutMs);
  const signal = asked.signal ? AbortSignal.any([asked.signal, timeout]) : timeout;
  const startedMs = Date.now();
  try {
    const response = await request(asked.url, {
      method: asked.method ?? "GET",
      headers: asked.headers ?? {},
      ...(asked.body !== undefined && { body: asked.body }),
      ...(asked.dispatcher && { dispatcher: asked.dispatcher }),
      signal,
    });
    const respondedMs = Date.now();
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of response.body) {
      sizeBytes += (chunk as Buffer).length;
      if (sizeBytes > MAX_RESPONSE_BYTES)
        throw new Error(`the response is longer than ${MAX_RESPONSE_BYTES} bytes`);
      chunks.push(chunk as Buffer);
    }
    const text = Buffer.concat(chunks).toString("utf8");
    return { status: response.statusCode, headers: response.headers, text, startedMs, respondedMs };
  } catch (error) {
    if (timeout.aborted && !asked.signal?.aborted) {
      throw new Error(`no response within ${asked.timeoutMs} ms`, { cause: error });
    }
    throw error;
  }
};
