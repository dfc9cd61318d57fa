/** The audit of a proxy: what becomes of each request's line, and whether there can be one. @module */
import { type AuditLine, expectedBytes, textOf } from "./audit.ts";
import { AuditFile, type AuditFileSettings, stdoutSink } from "./audit-file.ts";
import { RefusalLines } from "./audit-refusals.ts";
import { AuditWriter } from "./audit-writer.ts";

/** Where audit lines go and what happens when they cannot. */
export interface AuditSettings {
  /** `stdout` (the journal, under systemd), or a file's path. */
  to: string;
  /** A file that is rotated, beside `to`: with it, this is where a line must be written, and `to` has a copy. */
  file?: AuditFileSettings | undefined;
  /** `stop`: requests are refused while lines cannot be written; `continue`: they go on, lines are lost. */
  onFailure: "stop" | "continue";
}

/** Whom the trail tells. */
export interface AuditObserver {
  /** Told once when writing begins to fail, and of lines that are lost in the end. */
  failed(message: string): void;
  /** Gets every line, also one that could not be written. */
  line(line: AuditLine): void;
}

/** Space in the audit for one request's line. */
export interface Reservation {
  client: string;
  /** 0: lines may be lost, nothing is kept. */
  bytes: number;
}

const sinkOf = (to: string) =>
  to === "stdout" ? stdoutSink : new AuditFile({ path: to, maxBytes: Number.POSITIVE_INFINITY, files: 1 });

/** All that is written about requests. */
export class AuditTrail {
  readonly #settings: AuditSettings;
  readonly #observer: AuditObserver;
  /** Has every line, or requests stop. */
  readonly #main: AuditWriter;
  /** Has what there is room for. */
  readonly #copy: AuditWriter | undefined;
  readonly #refusals = new RefusalLines((line) => this.#offer(line, true));
  /** Lines that could not be written anywhere they should be. */
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

  /** Why lines cannot be written now; undefined when they can. */
  get failure(): string | undefined {
    return this.#main.failure ?? this.#copy?.failure;
  }

  /** Why requests must be refused now. */
  get stopped(): string | undefined {
    return this.#settings.onFailure === "stop" ? this.#main.failure : undefined;
  }

  /** Refusals that stand in summaries. */
  get summarised(): number {
    return this.#refusals.counted;
  }

  /**
   * Keeps space for the line of a request that is about to be signed.
   * @returns the space, or why there is none: then nothing may be signed
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

  /** Writes what is left, summaries among it; tells of what could not be written. */
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
