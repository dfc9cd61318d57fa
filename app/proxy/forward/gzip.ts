/**
 * The content of a body in gzip, for a decision about it. The service gets the body as it came, so only what every
 * decoder reads alike is decoded: one member, whole, with nothing behind it (RFC 1952).
 * @module
 */
import { crc32, inflateRaw } from "node:zlib";
import { ProxyError } from "../errors.ts";

const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
/** Header flags: only a file's name, which gzip(1) writes and nobody reads. */
const FLAG_NAME = 0x08;
/** Size that a small body may have whatever its ratio. */
const ALWAYS_BYTES = 64 * 1024;
/** Most bytes of content for one byte of gzip: JSON of equal metrics comes to some 50, a decompression bomb to 1,000. */
const MAX_RATIO = 100;

const bad = (what: string): ProxyError =>
  new ProxyError("BadBody", `the body says Content-Encoding: gzip, and ${what}`);

/** The place at which the deflated data begin. */
const dataStart = (body: Buffer): number => {
  if (body.length < HEADER_BYTES + TRAILER_BYTES) throw bad("is too short for it");
  if (body[0] !== 0x1f || body[1] !== 0x8b || body[2] !== 8) throw bad("does not begin as gzip");
  const flags = body[3]!;
  if ((flags & ~FLAG_NAME) !== 0)
    throw bad("has header fields that no client writes (extra, comment, checksum)");
  if (flags === 0) return HEADER_BYTES;
  const end = body.indexOf(0, HEADER_BYTES);
  if (end === -1 || end + 1 > body.length - TRAILER_BYTES) throw bad("its header does not end");
  return end + 1;
};

/**
 * The size of the content as the body's last bytes state it. It is what decoding takes of the budget, and no more is
 * decoded.
 * @throws ProxyError `BadBody`, or `BodyTooLarge` for more than the limit or than any JSON shrinks by
 */
export const statedSize = (body: Buffer, limitBytes: number): number => {
  dataStart(body);
  const sizeBytes = body.readUInt32LE(body.length - 4);
  const most = Math.min(limitBytes, Math.max(ALWAYS_BYTES, MAX_RATIO * body.length));
  if (sizeBytes <= most) return sizeBytes;
  throw new ProxyError(
    "BodyTooLarge",
    `the body has ${body.length} bytes of gzip for ${sizeBytes}; ${most} may be decoded to compare it with the grant: send less at once, or without Content-Encoding`,
  );
};

/**
 * Decodes a body.
 * @param sizeBytes as `statedSize` gives it
 * @throws ProxyError `BadBody` when it is not one whole member of gzip of this size
 */
export const gunzip = (body: Buffer, sizeBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const data = body.subarray(dataStart(body));
    const done = (error: Error | null, result: unknown): void => {
      if (error) {
        reject(bad("cannot be decoded, or is longer than it states"));
        return;
      }
      const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
      const trailer = data.subarray(engine.bytesWritten);
      if (trailer.length !== TRAILER_BYTES)
        reject(bad("has more behind its end: another member, or other bytes"));
      else if (buffer.length !== sizeBytes || buffer.length === 0)
        reject(bad("has another size than it states"));
      else if (crc32(buffer) !== trailer.readUInt32LE(0)) reject(bad("its checksum is another"));
      else resolve(buffer);
    };
    // An empty one would be the default: no limit.
    const maxOutputLength = Math.max(1, sizeBytes);
    inflateRaw(data, { maxOutputLength, info: true }, done as (error: Error | null, result: Buffer) => void);
  });
