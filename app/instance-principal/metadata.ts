/**
 * The instance metadata service, version 2 (docs.oracle.com "Getting Instance Metadata": every call carries
 * `Authorization: Bearer Oracle`; the service limits the rate of calls with 429).
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { Agent } from "undici";
import { retryAfterMs } from "../../oci/retry.ts";
import { type CallResponse, call } from "./call.ts";
import { PrincipalError, reason } from "./errors.ts";

/** Base URL of the metadata service, the same on every instance. */
export const METADATA_BASE_URL = "http://169.254.169.254/opc/v2";

/** Options for reaching the metadata service. */
export interface MetadataOptions {
  /** @default METADATA_BASE_URL */
  baseUrl?: string;
  /** Limit for one try, in ms. @default 5000 */
  timeoutMs?: number;
  /** Tries for one value: 429, 5xx, time-outs and refused connections are tried again. @default 4 */
  tries?: number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/** Reads values of the metadata service. */
export class MetadataClient {
  readonly #baseUrl: string;
  readonly #timeoutMs: number;
  readonly #tries: number;
  readonly #agent = new Agent({ connections: 2, keepAliveTimeout: 1000 });

  constructor(options: MetadataOptions = {}) {
    this.#baseUrl = (options.baseUrl ?? METADATA_BASE_URL).replace(/\/+$/, "");
    this.#timeoutMs = options.timeoutMs ?? 5000;
    this.#tries = options.tries ?? 4;
  }

  /**
   * One value, by its path below the base: `identity/cert.pem`, `instance/`.
   * @throws PrincipalError `metadata` naming the URL and what came back
   */
  async get(path: string, signal?: AbortSignal): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#once(path, signal);
      if (typeof outcome === "string") return outcome;
      const again = outcome.again && attempt < this.#tries && !signal?.aborted;
      if (!again) throw outcome.error;
      const backoffMs = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
      await delay(
        Math.min(Math.max(backoffMs, outcome.error.retryAfterMs ?? 0), LONGEST_PAUSE_MS),
        undefined,
        {
          ...(signal && { signal }),
        },
      ).catch(() => {
        throw outcome.error;
      });
    }
  }

  /** Closes its connections. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #once(
    path: string,
    signal?: AbortSignal,
  ): Promise<string | { error: PrincipalError; again: boolean }> {
    const url = `${this.#baseUrl}/${path}`;
    let response: CallResponse;
    try {
      response = await call({
        url,
        headers: { authorization: "Bearer Oracle" },
        dispatcher: this.#agent,
        timeoutMs: this.#timeoutMs,
        signal,
      });
    } catch (error) {
      const message = `The metadata service did not answer GET ${url}: ${reason(error)}`;
      return { error: new PrincipalError("metadata", message, { cause: error }), again: true };
    }
    if (response.status === 200) return response.text;
    const again = response.status === 429 || response.status >= 500;
    const wait = retryAfterMs(response.headers["retry-after"]);
    return {
      error: new PrincipalError(
        "metadata",
        `The metadata service answered GET ${url} with ${response.status}`,
        {
          ...(wait !== undefined && { retryAfterMs: wait }),
        },
      ),
      again,
    };
  }
}
