/** Request bodies: buffered to a limit, or passed on while their digest is verified. @module */
import { createHash, hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Transform } from "node:stream";
import { ProxyError } from "../errors.ts";
import { Shares } from "../shares.ts";

/** Most bytes that are buffered, for one request and for all of them together. */
export interface BufferLimits {
  bufferedBodyBytes: number;
  bufferedTotalBytes: number;
}

/** Keeps count of what all buffered bodies take. */
export class BufferBudget {
  readonly #bytes: Shares;

  constructor(limits: BufferLimits) {
    this.#bytes = new Shares(limits.bufferedTotalBytes);
  }

  get takenBytes(): number {
    return this.#bytes.taken;
  }

  /** True when there is room for so much more of a client's. */
  allows(client: string, sizeBytes: number): boolean {
    return this.#bytes.allows(client, sizeBytes);
  }

  /** @throws ProxyError `Overloaded` when all buffered bodies together, or the client's, would take too much */
  take(client: string, sizeBytes: number): void {
    if (!this.allows(client, sizeBytes)) {
      throw new ProxyError("Overloaded", "too many bodies are being buffered", { "retry-after": "1" });
    }
    this.#bytes.take(client, sizeBytes);
  }

  give(client: string, sizeBytes: number): void {
    this.#bytes.give(client, sizeBytes);
  }
}

/** The refusal of a body that is too long to be buffered. */
export const tooLarge = (limitBytes: number): ProxyError =>
  new ProxyError(
    "BodyTooLarge",
    `a body that is signed, or has no Content-Length, may have ${limitBytes} bytes; a longer upload needs Content-Length, a longer body that is signed x-content-sha256 too`,
  );

/**
 * Reads a whole body. What it takes of the budget is given back by the caller, by the length of what is returned.
 * @param client whose share of the budget it takes
 * @throws ProxyError `BodyTooLarge`, `RequestTimeout`, `Overloaded`, `BadBody` when the caller breaks off
 */
export const readCallerBody = (
  request: IncomingMessage,
  client: string,
  budget: BufferBudget,
  limitBytes: number,
  timeoutMs: number,
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const timer = setTimeout(
      () => fail(new ProxyError("RequestTimeout", `the body did not come within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const settle = (): void => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("error", onError).off("close", onError);
    };
    const fail = (error: Error): void => {
      settle();
      budget.give(client, sizeBytes);
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      try {
        if (sizeBytes + chunk.length > limitBytes) throw tooLarge(limitBytes);
        budget.take(client, chunk.length);
        sizeBytes += chunk.length;
        chunks.push(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    const onEnd = (): void => {
      settle();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    };
    const onError = (error?: Error): void =>
      fail(error instanceof ProxyError ? error : new ProxyError("BadBody", "the body broke off"));
    request.on("data", onData).on("end", onEnd).on("error", onError).on("close", onError);
  });

/** Base64 of a SHA-256. */
export const sha256 = (body: Buffer): string => hash("sha256", body, "base64");

/** @throws ProxyError `BadBody` */
export const refuseDigest = (): never => {
  throw new ProxyError("BadBody", "the body's SHA-256 is not what x-content-sha256 says");
};

/**
 * Passes a body on, the last piece only when the digest of all of it is the caller's: a service never gets a
 * whole body that differs from the digest.
 * @param expected base64
 */
export const digestGate = (expected: string): Transform => {
  const digest = createHash("sha256");
  let held: Buffer | undefined;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      digest.update(chunk);
      const before = held;
      held = chunk;
      done(null, before);
    },
    flush(done) {
      try {
        if (digest.digest("base64") !== expected) refuseDigest();
        done(null, held);
      } catch (error) {
        done(error as Error);
      }
    },
  });
};
