/** Entries as the body of one PutLogs call: all of them are taken, or none. @module */
import { randomUUID } from "node:crypto";
import { ProxyError } from "../errors.ts";
import { MAX_ENTRIES, type TranslationInput, TURN_ENTRIES } from "./form.ts";

/** Entries in one `logEntryBatches` element. */
const BATCH_ENTRIES = 10_000;
/** Characters of entries that are translated in one turn: what is long takes long. */
const TURN_BYTES = 64 * 1024;
/** Size that an entry must stay under, in bytes (`LogEntry` of Oracle's SDK: 1 MB). */
export const MAX_ENTRY_BYTES = 1_000_000;

/** What the entries of a batch have in common. */
export interface LogBatch {
  source: string;
  type: string;
  subject?: string | undefined;
}

/** RFC 3339 with milliseconds; it has no years before 0 or after 9999, and neither has what is undefined. */
export const rfc3339 = (timeMs: number): string | undefined => {
  const time = new Date(timeMs);
  if (Number.isNaN(time.getTime())) return undefined;
  const text = time.toISOString();
  return /^\d{4}-/.test(text) ? text : undefined;
};

/** A body of PutLogs as it grows. */
export class PutLogsBody {
  readonly #take: TranslationInput["take"];
  readonly #now: string;
  readonly #pieces: Buffer[] = [];
  /** What stands before a batch's entries. */
  #open = "";
  #inBatch = 0;
  #turnEntries = 0;
  #turnBytes = 0;
  #opened = false;
  count = 0;

  constructor({ take, nowMs }: TranslationInput) {
    this.#take = take;
    this.#now = new Date(nowMs).toISOString();
    this.#add('{"specversion":"1.0","logEntryBatches":[');
  }

  /** Begins a batch: that of the entries that are added from here on. */
  batch({ source, type, subject }: LogBatch): void {
    const about = JSON.stringify({ source, type, ...(subject !== undefined && { subject }) }).slice(0, -1);
    this.#open = `${about},"defaultlogentrytime":"${this.#now}","entries":[`;
    this.#inBatch = 0;
  }

  /**
   * Adds an entry.
   * @param data its content
   * @param time RFC 3339; undefined: the time of the request
   * @throws ProxyError `BodyTooLarge`
   */
  add(data: string, time: string | undefined): void {
    if (this.count === MAX_ENTRIES) {
      throw new ProxyError(
        "BodyTooLarge",
        `the body has more than ${MAX_ENTRIES} entries: send fewer at once`,
      );
    }
    let before = ",";
    if (this.#inBatch % BATCH_ENTRIES === 0) {
      before = `${this.#opened ? "]}," : ""}${this.#open}`;
      this.#opened = true;
    }
    const entry = { id: randomUUID(), data, ...(time !== undefined && { time }) };
    this.#add(before + JSON.stringify(entry));
    this.#inBatch += 1;
    this.#turnEntries += 1;
    this.#turnBytes += data.length;
    this.count += 1;
  }

  /** True when as much was added since it was last true as other callers may wait for. */
  turnIsOver(): boolean {
    if (this.#turnEntries < TURN_ENTRIES && this.#turnBytes < TURN_BYTES) return false;
    this.#turnEntries = 0;
    this.#turnBytes = 0;
    return true;
  }

  /** The body; there must be an entry in it. */
  end(): Buffer {
    this.#add("]}]}");
    return Buffer.concat(this.#pieces);
  }

  #add(text: string): void {
    const piece = Buffer.from(text);
    this.#take(piece.length);
    this.#pieces.push(piece);
  }
}
