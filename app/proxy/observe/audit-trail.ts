/** The audit of a proxy: takes each request's line, and knows whether there can be one. @module */
import { type AuditLine, expectedBytes, textOf } from "./audit.ts";
import { AuditFile, type AuditFileSettings, stdoutSink } from "./audit-file.ts";
import { RefusalLines } from "./audit-refusals.ts";
import { AuditWriter } from "./audit-writer.ts";

/** The targets of audit lines, and the behaviour when they cannot be written. */
export interface AuditSettings {
  /** `stdout` (the journal, under systemd), or a file's path. */
  to: string;
  /** A file that is rotated, beside `to`: with it, this is where a line must be written, and `to` has a copy. */
  file?: AuditFileSettings | undefined;
  /** `stop`: requests are refused while lines cannot be written; `continue`: they go on, lines are lost. */
  onFailure: "stop" | "continue";
}

/** The observer that the trail notifies. */
export interface AuditObserver {
  /** Notified once when writing begins to fail, and of lines that are lost in the end. */
  failed(message: string): void;
  /** Called with every line, also one that could not be written. */
  line(line: AuditLine): void;
}

/** Space in the audit for one request's line. */
export interface Reservation {
  client: string;
  /** Reserved bytes; 0: lines may be lost, nothing is kept. */
  bytes: number;
}

const sinkOf = (to: string) =>
  to === "stdout" ? stdoutSink : new AuditFile({ path: to, maxBytes: Number.POSITIVE_INFINITY, files: 1 });

/** The trail of all audit lines about requests. */
export class AuditTrail {
  readonly #settings: AuditSettings;
  readonly #observer: AuditObserver;
  /** The writer that must have every line, or requests stop. */
  readonly #main: AuditWriter;
  /** The writer that has what there is room for. */
  readonly #copy: AuditWriter | undefined;
  readonly #refusals = new RefusalLines((line) => this.#offer(line, true));
  /** Number of lines that could not be written anywhere they should be. */
  dropped = 0;

  /** @throws Error when a file cannot be opened */
  constructor(settings: AuditSettings, observer: AuditObserver) {
    this.#settings = settings;
    this.#observer = observer;
    const writer = (sink: ConstructorParameters<typeof AuditWriter>[0]) =>
      new AuditWriter(sink, (message) => observer.failed(message));
    this.#main = writer(settings.file ? new AuditFile(settings.file) : sinkOf(settings.to));
    this.#copy = settings.file && writer(sinkOf(settings.to));
  }

  /** The reason why lines cannot be written now; undefined when they can. */
  get failure(): string | undefined {
    return this.#main.failure ?? this.#copy?.failure;
  }

  /** The reason why requests must be refused now; undefined when they are served. */
  get stopped(): string | undefined {
    return this.#settings.onFailure === "stop" ? this.#main.failure : undefined;
  }

  /** Number of refusals that stand in summaries. */
  get summarised(): number {
    return this.#refusals.counted;
  }

  /**
   * Keeps space for the line of a request that is about to be signed.
   * @returns the space, or the reason why there is none: then nothing may be signed
   */
  reserve(line: AuditLine, client: string): Reservation | string {
    const bytes = expectedBytes(line);
    const why = this.#main.reserve(bytes, client);
    if (why === undefined) return { client, bytes };
    return this.#settings.onFailure === "stop" ? why : { client, bytes: 0 };
  }

  /** Writes the line of a request that is over. @param space what was reserved, if it came so far */
  record(line: AuditLine, space: Reservation | undefined): void {
    if (space && line.decision !== "refused") {
      if (space.bytes === 0) {
        if (this.#offer(line, false)) return;
        this.dropped += 1;
        this.#observer.line(line);
        return;
      }
      const text = textOf(line);
      this.#main.write(text, space.client, space.bytes);
      this.#written(line, text);
      return;
    }
    if (space) this.#main.release(space.bytes, space.client);
    this.#refusals.add(line);
  }

  /** Writes what is left, summaries among it; reports what could not be written. */
  async close(): Promise<void> {
    const untold = this.#refusals.close();
    const [lost, lostCopies] = await Promise.all([this.#main.close(), this.#copy?.close() ?? 0]);
    this.dropped += untold + lost + lostCopies;
    if (this.dropped > 0) this.#observer.failed(`up to ${this.dropped} audit lines were lost`);
  }

  #offer(line: AuditLine, isRefusal: boolean): boolean {
    const text = textOf(line);
    if (!this.#main.offer(text, isRefusal)) return false;
    this.#written(line, text);
    return true;
  }

  #written(line: AuditLine, text: string): void {
    if (this.#copy && !this.#copy.offer(text, line.decision === "refused")) this.dropped += 1;
    this.#observer.line(line);
  }
}
