/** A body of any length whose every piece is another, so that a lost or repeated one changes its digest. @module */
import { createHash } from "node:crypto";

const PIECE_BYTES = 256 * 1024;

/** Pieces of a body, made as they are asked for. */
export function* piecesOf(sizeBytes: number): Generator<Buffer> {
  const filling = Buffer.alloc(PIECE_BYTES, SEED);
  for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
    const piece = Buffer.from(filling.subarray(0, Math.min(PIECE_BYTES, sizeBytes - at)));
    piece.writeUIntBE(at / PIECE_BYTES, 0, 6);
    yield piece;
  }
}

/** The same in every process: the digest is made on both sides. */
const SEED = "keyless bench ".repeat(73);

/** SHA-256 of such a body, base64. */
export const digestOf = (sizeBytes: number): string => {
  const hash = createHash("sha256");
  for (const piece of piecesOf(sizeBytes)) hash.update(piece);
  return hash.digest("base64");
};
