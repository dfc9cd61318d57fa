/**
 * Parses responses as HTTP/1.1 frames them (RFC 9112), strictly: what two readers might frame differently is
 * refused (request smuggling), because the next response on the connection is another caller's.
 * @module
 */
import { Memo } from "../../../document/rules/memo.ts";

/** A response's head. */
export interface ResponseHead {
  status: number;
  /** Names (lower-case) and values as received, alternating. */
  headers: string[];
  /** Length of the body that follows in bytes; undefined when only its end tells. */
  lengthBytes: number | undefined;
  /**
   * Time for which the service keeps the connection open, in s; 0 when it closes it, undefined when it does
   * not say.
   */
  keepAliveS: number | undefined;
}

/** Events of a response, in this order. */
export interface ResponseEvents {
  head(head: ResponseHead): void;
  /** A piece of the body; its bytes are good only until this returns. */
  data(piece: Buffer): void;
  /** @param clean whether the connection is where another response may begin */
  end(clean: boolean): void;
}

/** Thrown for a response that is not HTTP/1.1, or is in more than one way. */
export class MalformedResponse extends Error {
  override name = "MalformedResponse";
}

const MAX_HEAD_BYTES = 16 * 1024;
const MAX_LINE_BYTES = 1024;

const START = "HTTP/1.";
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/**
 * One header field. A run of blanks fits in one place only: with two, a line that fits nowhere is tried with
 * each division of it (ReDoS).
 */
const FIELD =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(?:([\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*)?$/;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,8})(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

/** Matches in the Connection header's lines joined, a comma behind each. */
const CLOSES = /(?:^|,)\s*close\s*,/;
const KEEPS = /(?:^|,)\s*keep-alive\s*,/;

/** The part of a response that comes next. */
type ParserState =
  | "head"
  | "length"
  | "to the end"
  | "chunk size"
  | "chunk"
  | "chunk's end"
  | "trailer"
  | "done";

/** Lower-case names by the name as received: a service sends the same few again and again. */
const names = new Memo((sent) => sent.toLowerCase());

/** The framing of the bytes behind a head. */
interface Framing {
  chunked: boolean;
  lengthBytes: number | undefined;
  keepAliveS: number | undefined;
}

const framingOf = (headers: readonly string[], version: string): Framing => {
  let chunked = false;
  let lengthBytes: number | undefined;
  let keepAliveS: number | undefined;
  let connection = "";
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1]!;
    switch (headers[i]) {
      case "content-length":
        if (lengthBytes !== undefined || !/^\d{1,15}$/.test(value)) {
          throw new MalformedResponse("Content-Length is there twice, or is no number");
        }
        lengthBytes = Number(value);
        break;
      case "transfer-encoding":
        if (chunked || value.toLowerCase() !== "chunked") {
          throw new MalformedResponse("the transfer coding is not chunked");
        }
        chunked = true;
        break;
      case "connection":
        connection += `${value.toLowerCase()},`;
        break;
      case "keep-alive": {
        const seconds = /(?:^|[,\s])timeout=(\d{1,6})/.exec(value)?.[1];
        if (seconds !== undefined)
          keepAliveS = Math.min(Number(seconds), keepAliveS ?? Number.POSITIVE_INFINITY);
        break;
      }
      default:
    }
  }
  if (chunked && (lengthBytes !== undefined || version === "0")) {
    throw new MalformedResponse("chunks and a Content-Length, or chunks in HTTP/1.0");
  }
  if (CLOSES.test(connection) || (version === "0" && !KEEPS.test(connection))) keepAliveS = 0;
  return { chunked, lengthBytes, keepAliveS };
};

/** Parses the responses of one connection, one `expect` for each. */
export class ResponseParser {
  #events!: ResponseEvents;
  #isHead = false;
  #state: ParserState = "done";
  /** The part of a head that is not whole yet. */
  #pending: Buffer | undefined;
  /** The part of a line of the chunked framing that is not whole yet. */
  #line = "";
  #trailerBytes = 0;
  #leftBytes = 0;

  /** True when a response is being read, or none has begun yet. */
  get busy(): boolean {
    return this.#state !== "done";
  }

  /**
   * Prepares for another response.
   * @param method of the request: responses to HEAD have no body
   */
  expect(method: string, events: ResponseEvents): void {
    this.#events = events;
    this.#isHead = method === "HEAD";
    this.#state = "head";
  }

  /**
   * Takes bytes as they arrive.
   * @throws MalformedResponse
   */
  feed(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case "head":
          at = this.#readHead(bytes, at);
          break;
        case "length":
        case "chunk":
          at = this.#readBody(bytes, at);
          break;
        case "to the end":
          this.#events.data(at === 0 ? bytes : bytes.subarray(at));
          return;
        case "done":
          throw new MalformedResponse("bytes that belong to no response");
        default:
          at = this.#readLine(bytes, at);
      }
    }
  }

  /**
   * Ends the input: the other side sends no more.
   * @returns true when the response was whole
   */
  finish(): boolean {
    if (this.#state !== "to the end") return this.#state === "done";
    this.#done(false);
    return true;
  }

  #done(clean: boolean): void {
    this.#state = "done";
    this.#events.end(clean);
  }

  #readHead(bytes: Buffer, from: number): number {
    const before = this.#pending?.length ?? 0;
    const piece = from === 0 ? bytes : bytes.subarray(from);
    const all = this.#pending ? Buffer.concat([this.#pending, piece]) : piece;
    const end = all.indexOf("\r\n\r\n");
    if (all.toString("latin1", 0, START.length) !== START.slice(0, all.length)) {
      throw new MalformedResponse("it does not begin with HTTP/1.");
    }
    if (end > MAX_HEAD_BYTES || (end === -1 && all.length > MAX_HEAD_BYTES)) {
      throw new MalformedResponse(`its head has more than ${MAX_HEAD_BYTES} bytes`);
    }
    if (end === -1) {
      this.#pending = Buffer.from(all);
      return bytes.length;
    }
    this.#pending = undefined;
    const next = from + end + 4 - before;
    this.#takeHead(all.toString("latin1", 0, end), next === bytes.length);
    return next;
  }

  #takeHead(text: string, isAll: boolean): void {
    const lines = text.split("\r\n");
    const [, version, code] = STATUS_LINE.exec(lines[0]!) ?? [];
    if (version === undefined) throw new MalformedResponse("its first line is no status line");
    const status = Number(code);
    const headers: string[] = [];
    for (let i = 1; i < lines.length; i += 1) {
      const field = FIELD.exec(lines[i]!);
      if (!field) throw new MalformedResponse(`line ${i + 1} of its head is no header`);
      headers.push(names.get(field[1]!), field[2] ?? "");
    }
    if (status === 101) throw new MalformedResponse("it changes the protocol");
    // Informational: the response is still to come.
    if (status < 200) return;
    const { chunked, lengthBytes, keepAliveS } = framingOf(headers, version);
    const hasNoBody = this.#isHead || status === 204 || status === 304 || lengthBytes === 0;
    const toTheEnd = !hasNoBody && !chunked && lengthBytes === undefined;
    this.#leftBytes = lengthBytes ?? 0;
    if (!hasNoBody) this.#state = chunked ? "chunk size" : toTheEnd ? "to the end" : "length";
    const bodyBytes = hasNoBody ? 0 : lengthBytes;
    this.#events.head({ status, headers, lengthBytes: bodyBytes, keepAliveS: toTheEnd ? 0 : keepAliveS });
    if (hasNoBody) this.#done(isAll);
  }

  #readBody(bytes: Buffer, from: number): number {
    const to = Math.min(bytes.length, from + this.#leftBytes);
    this.#leftBytes -= to - from;
    this.#events.data(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
    if (this.#leftBytes > 0) return to;
    if (this.#state === "chunk") this.#state = "chunk's end";
    else this.#done(to === bytes.length);
    return to;
  }

  /** Reads a line around chunks; it may come in pieces. */
  #readLine(bytes: Buffer, from: number): number {
    const feed = bytes.indexOf(10, from);
    const to = feed === -1 ? bytes.length : feed;
    this.#line += bytes.toString("latin1", from, to);
    if (this.#line.length > MAX_LINE_BYTES) throw new MalformedResponse("a line of its chunks is too long");
    if (feed === -1) return to;
    if (!this.#line.endsWith("\r"))
      throw new MalformedResponse("a line of its chunks does not end with CR LF");
    const line = this.#line.slice(0, -1);
    this.#line = "";
    this.#takeLine(line, to + 1 === bytes.length);
    return to + 1;
  }

  #takeLine(line: string, isAll: boolean): void {
    if (this.#state === "chunk size") {
      const size = CHUNK_SIZE.exec(line)?.[1];
      if (size === undefined) throw new MalformedResponse("a chunk's size is no number");
      this.#leftBytes = Number.parseInt(size, 16);
      this.#trailerBytes = 0;
      this.#state = this.#leftBytes === 0 ? "trailer" : "chunk";
    } else if (this.#state === "chunk's end") {
      if (line !== "") throw new MalformedResponse("a chunk is longer than its size");
      this.#state = "chunk size";
    } else if (line === "") {
      this.#done(isAll);
    } else {
      // Trailers are read and not passed on.
      this.#trailerBytes += line.length;
      if (!FIELD.test(line) || this.#trailerBytes > MAX_HEAD_BYTES) {
        throw new MalformedResponse("a trailer is no header, or there are too many");
      }
    }
  }
}
