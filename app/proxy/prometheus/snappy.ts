/** Bodies in snappy's block format, as remote_write has them. @module */
import { uncompress } from "snappyjs";
import { ProxyError } from "../errors.ts";

/** Most bytes of content for one byte of snappy: a copy of 64 bytes takes 3. */
const MAX_RATIO = 22;
/** Bytes in which the content's length is stated. */
const MAX_PREAMBLE = 5;

/**
 * The size of the content as the body's first bytes state it.
 * @throws ProxyError `BadBody`, or `BodyTooLarge` for more than the limit
 */
export const statedSnappySize = (body: Buffer, limitBytes: number): number => {
  let size = 0;
  for (let i = 0; i < Math.min(body.length, MAX_PREAMBLE); i += 1) {
    size += (body[i]! & 0x7f) * 2 ** (7 * i);
    if (body[i]! >= 0x80) continue;
    if (size > limitBytes)
      throw new ProxyError(
        "BodyTooLarge",
        `the body states ${size} bytes in snappy; ${limitBytes} may be decoded: send less at once`,
      );
    if (size > MAX_RATIO * body.length) break;
    return size;
  }
  throw new ProxyError("BadBody", "the body does not begin as snappy, or states more than it can hold");
};

/**
 * The size that a body decodes to, by its literals' and copies' lengths: the decoder would go on past the stated size,
 * for as long as there are copies.
 */
const sizeOf = (body: Buffer): number => {
  let at = body.findIndex((byte) => byte < 0x80) + 1;
  let size = 0;
  while (at < body.length) {
    const tag = body[at]!;
    const kind = tag & 3;
    at += 1;
    let length = (tag >> 2) + 1;
    if (kind === 0) {
      const more = Math.max(0, length - 60);
      if (at + more > body.length) return -1;
      if (more > 0) length = body.readUIntLE(at, more) + 1;
      at += more + length;
    } else {
      if (kind === 1) length = ((tag >> 2) & 7) + 4;
      at += kind === 3 ? 4 : kind;
    }
    size += length;
  }
  return at === body.length ? size : -1;
};

/** Decodes a body. @throws ProxyError `BadBody` */
export const decodeSnappy = (body: Buffer, sizeBytes: number): Buffer => {
  try {
    if (sizeOf(body) !== sizeBytes) throw new RangeError("it has another size than it states");
    return uncompress(body, sizeBytes);
  } catch {
    throw new ProxyError("BadBody", "the body says Content-Encoding: snappy, and cannot be decoded");
  }
};
