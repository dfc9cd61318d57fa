/** Responses of Object Storage, and what takes them: memory, the caller, another call. @module */
import type { ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { Collected } from "../upstream/collected.ts";
import type { ResponseSink } from "../upstream/exchange.ts";

/** The head of a response. */
export interface NativeHead {
  status: number;
  /** By name, lower-case. */
  headers: ReadonlyMap<string, string>;
}

/** A response that was read to its end. */
export interface NativeResponse extends NativeHead {
  body: Buffer;
}

const toMap = (headers: readonly string[]): Map<string, string> => {
  const map = new Map<string, string>();
  for (let i = 0; i < headers.length; i += 2) map.set(headers[i]!, headers[i + 1]!);
  return map;
};

/** A response that was taken into memory. */
export const responseOf = (sink: Collected): NativeResponse => {
  const { status, headers, body } = sink.response;
  return { status, headers: toMap(headers), body };
};

/** Size of the longest response that is read to its end: a list of a thousand names, an error. */
export const MAX_READ_BYTES = 8 * 1024 * 1024;

/** Hands an object's bytes to the caller under a head of S3's; anything else is taken into memory. */
export class Relayed extends Collected {
  readonly #to: ServerResponse;
  readonly #headFor: (head: NativeHead) => { status: number; headers: string[] } | undefined;
  #passing = false;

  constructor(
    caller: ServerResponse,
    headFor: (head: NativeHead) => { status: number; headers: string[] } | undefined,
  ) {
    super(caller, MAX_READ_BYTES);
    this.#to = caller;
    this.#headFor = headFor;
  }

  /** True when the caller has the head. */
  get passing(): boolean {
    return this.#passing;
  }

  override writeHead(status: number, headers: string[]): void {
    super.writeHead(status, headers);
    const head = this.#headFor({ status, headers: toMap(headers) });
    if (!head) return;
    this.#passing = true;
    this.#to.writeHead(head.status, head.headers);
  }

  override write(piece: Buffer): boolean {
    return this.#passing ? this.#to.write(piece) : super.write(piece);
  }

  override end(piece?: Buffer | string, encoding?: "latin1"): void {
    if (!this.#passing) super.end(piece, encoding);
    else {
      this.writableEnded = true;
      if (typeof piece === "string") this.#to.end(piece, encoding ?? "latin1");
      else if (piece === undefined) this.#to.end();
      else this.#to.end(piece);
      this.writableFinished = true;
    }
  }
}

/** A response whose body another call takes as it comes. */
export class Piped extends PassThrough implements ResponseSink {
  readonly head: Promise<NativeHead>;
  #resolve!: (head: NativeHead) => void;

  constructor() {
    super();
    this.head = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  writeHead(status: number, headers: string[]): void {
    this.#resolve({ status, headers: toMap(headers) });
  }
}
