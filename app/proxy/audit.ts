/**
 * The audit: one JSON line for each request. OCI's own audit shows only the instance; this shows the client
 * behind it, joined by `opc-request-id`. No bodies, no tokens, no query values but those a grant is about.
 * @module
 */
import { close, openSync, write } from "node:fs";

/** One request, as the audit tells it. */
export interface AuditLine {
  time: string;
  /** Absent when the caller is not known. */
  client?: string;
  service?: string;
  operation?: string;
  /** Path parameters, and query values that grants are about. */
  resource?: Record<string, string>;
  /** `allowed`: signed and sent; `refused`: by the proxy's rules; `failed`: allowed, and not sent or not answered. */
  decision: "allowed" | "refused" | "failed";
  /** The grant that allowed it. */
  grant?: string;
  /** What the caller got; 0 when it went away first. */
  status: number;
  /** The proxy's own code, when the answer is its own. */
  code?: string;
  bytesIn: number;
  bytesOut: number;
  durationMs: number;
  requestId: string;
  upstreamRequestId?: string;
}

/** Where audit lines go and what happens when they cannot. */
export interface AuditSettings {
  /** `stdout` (the journal, under systemd), or a file's path. */
  to: string;
  /** `stop`: requests are refused while lines cannot be written; `continue`: they go on, lines are lost. */
  onFailure: "stop" | "continue";
}

/** Lines that come within this are written together: a write of its own for each would cost more than the line. */
const BATCH_MS = 10;
const RETRY_MS = 1000;
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;

/** Writes lines, many at once, without waiting in the path of requests. */
export class AuditWriter {
  readonly #settings: AuditSettings;
  readonly #onFailure: (message: string) => void;
  #fd: number | undefined;
  #queue: string[] = [];
  #queuedBytes = 0;
  #writing: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];
  /** Lines lost because they could not be written. */
  dropped = 0;
  /** Why lines cannot be written now; undefined when they can. */
  failure: string | undefined;

  /**
   * @param onFailure told once when writing begins to fail
   * @throws Error when the file cannot be opened
   */
  constructor(settings: AuditSettings, onFailure: (message: string) => void) {
    this.#settings = settings;
    this.#onFailure = onFailure;
    this.#fd = settings.to === "stdout" ? 1 : openSync(settings.to, "a", 0o640);
  }

  /** Whether requests must be refused now. */
  get stopped(): string | undefined {
    return this.#settings.onFailure === "stop" ? this.failure : undefined;
  }

  write(line: AuditLine): void {
    const text = `${JSON.stringify(line)}\n`;
    if (this.#queuedBytes + text.length > MAX_QUEUED_BYTES) {
      this.dropped += 1;
      return;
    }
    this.#queue.push(text);
    this.#queuedBytes += text.length;
    if (!this.#writing && !this.#timer) this.#later(BATCH_MS);
  }

  /** Writes what is queued, or gives it up when it cannot be written; then closes the file. */
  async close(): Promise<void> {
    if (!this.failure && (this.#writing || this.#queue.length > 0)) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#fd !== undefined && this.#fd > 2) close(this.#fd, () => undefined);
    this.#fd = undefined;
  }

  #later(inMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, inMs);
  }

  #flush(): void {
    if (this.#fd === undefined) return;
    if (!this.#writing) {
      if (this.#queue.length === 0) {
        this.#settled();
        return;
      }
      this.#writing = Buffer.from(this.#queue.join(""));
      this.#queue = [];
      this.#queuedBytes = 0;
    }
    const writing = this.#writing;
    write(this.#fd, writing, 0, writing.length, null, (error, writtenBytes) => {
      if (error && error.code !== "EAGAIN") {
        this.#failed(error);
        return;
      }
      if (!error) this.failure = undefined;
      const left = error ? writing : writing.subarray(writtenBytes);
      this.#writing = left.length > 0 ? left : undefined;
      if (this.#writing) this.#later(error ? BATCH_MS : 0);
      else if (this.#queue.length > 0) this.#later(this.#idle.length > 0 ? 0 : BATCH_MS);
      else this.#settled();
    });
  }

  #failed(error: NodeJS.ErrnoException): void {
    const message = `audit lines cannot be written to ${this.#settings.to}: ${error.code ?? error.message}`;
    if (!this.failure) this.#onFailure(message);
    this.failure = message;
    this.#settled();
    this.#later(RETRY_MS);
    this.#timer?.unref();
  }

  #settled(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
