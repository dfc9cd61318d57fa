/** Ships audit lines to a log of OCI Logging, in batches, signed like everything else. @module */
import type { Dispatcher } from "undici";
import { hostOf } from "../../../oci/hosts.ts";
import { call } from "../../instance-principal/call.ts";
import { type InstancePrincipal, reason, signRequest } from "../../instance-principal/index.ts";
import { printableJson } from "../../printable.ts";
import { sha256 } from "../forward/body.ts";
import type { AuditLine } from "./audit.ts";

const MAX_QUEUED = 10_000;
const MAX_BATCH_LINES = 500;
const BATCH_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const TIMEOUT_MS = 30_000;

/**
 * True for a status that a second try of the same batch will not change. 404 is also a grant that is not in
 * force yet.
 */
const isFinal = (status: number): boolean => status === 400 || status === 413;

/** Sends audit lines to one log. A log that cannot be reached loses the oldest lines beyond the queue. */
export class LogShipper {
  readonly #principal: InstancePrincipal;
  readonly #dispatcher: Dispatcher;
  readonly #onFailure: (message: string) => void;
  #queue: { id: string; line: string; time: string }[] = [];
  #logId: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  dropped = 0;
  shipped = 0;
  /** The reason why lines cannot be shipped now; undefined when they can, or none have been tried. */
  failure: string | undefined;

  constructor(principal: InstancePrincipal, dispatcher: Dispatcher, onFailure: (message: string) => void) {
    this.#principal = principal;
    this.#dispatcher = dispatcher;
    this.#onFailure = onFailure;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Sets the log that gets the lines from now on; undefined: none. */
  use(logId: string | undefined): void {
    if (logId === this.#logId) return;
    this.#logId = logId;
    this.failure = undefined;
    if (!logId) this.#queue = [];
  }

  offer(line: AuditLine): void {
    if (!this.#logId) return;
    if (this.#queue.length >= MAX_QUEUED) {
      this.#queue.shift();
      this.dropped += 1;
    }
    const id = `${line.requestId}-${this.shipped + this.#queue.length}`;
    this.#queue.push({ id, line: printableJson(line), time: line.time });
    if (!this.#timer && !this.#sending) this.#later(BATCH_MS);
  }

  /** Sends what is queued, once. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    clearTimeout(this.#timer);
    if (this.#queue.length > 0) await this.#send();
    clearTimeout(this.#timer);
  }

  #later(inMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined;
      });
    }, inMs);
    this.#timer.unref();
  }

  async #send(): Promise<void> {
    const batch = this.#queue.slice(0, MAX_BATCH_LINES);
    const failed = await this.#push(batch).catch((error) => ({ message: reason(error), final: false }));
    if (failed) {
      this.#failures += 1;
      this.failure = `audit lines cannot be shipped to ${this.#logId}: ${failed.message}`;
      if (this.#failures === 1) this.#onFailure(this.failure);
    } else {
      this.#failures = 0;
      this.failure = undefined;
      this.shipped += batch.length;
    }
    if (!failed || failed.final) {
      const sent = new Set(batch);
      this.#queue = this.#queue.filter((entry) => !sent.has(entry));
      if (failed) this.dropped += batch.length;
    }
    const pauseMs = failed ? Math.min(BATCH_MS * 2 ** this.#failures, LONGEST_PAUSE_MS) : BATCH_MS;
    if (this.#queue.length > 0) this.#later(pauseMs);
  }

  /** One PutLogs call; undefined when it went well. */
  async #push(batch: readonly { id: string; line: string; time: string }[]) {
    const session = await this.#principal.session(AbortSignal.timeout(TIMEOUT_MS));
    const { regionId, realmDomain, instanceId } = this.#principal.identity!;
    const host = hostOf("loggingingestion", regionId, realmDomain);
    const target = `/20200831/logs/${encodeURIComponent(this.#logId!)}/actions/push`;
    const body = Buffer.from(
      JSON.stringify({
        specversion: "1.0",
        logEntryBatches: [
          {
            source: instanceId ?? "keyless-proxy",
            type: "keyless.proxy.audit",
            defaultlogentrytime: batch[0]!.time,
            entries: batch.map(({ id, line, time }) => ({ id, data: line, time })),
          },
        ],
      }),
    );
    const date = new Date().toUTCString();
    const covered = { type: "application/json", length: body.length, sha256: sha256(body) };
    const authorization = await signRequest(session, { method: "POST", host, target, date, body: covered });
    const response = await call({
      url: `https://${host}${target}`,
      method: "POST",
      headers: {
        host,
        "x-date": date,
        authorization,
        "content-type": covered.type,
        "content-length": String(covered.length),
        "x-content-sha256": covered.sha256,
      },
      body: body.toString(),
      dispatcher: this.#dispatcher,
      timeoutMs: TIMEOUT_MS,
    });
    if (response.status === 200) return undefined;
    return { message: `PutLogs answered ${response.status}`, final: isFinal(response.status) };
  }
}
