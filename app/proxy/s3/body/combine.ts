/** CRCs of a whole from those of its parts, without the bytes. @module */
import type { ChecksumAlgorithm } from "./checksums.ts";

/** A CRC: its width in bits and its polynomial, reversed. */
interface Crc {
  bits: number;
  polynomial: bigint;
}

const CRCS: Partial<Record<ChecksumAlgorithm, Crc>> = {
  crc32: { bits: 32, polynomial: 0xedb88320n },
  crc32c: { bits: 32, polynomial: 0x82f63b78n },
  crc64nvme: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
};

/** The product of two polynomials modulo the CRC's, all reversed. */
const multiply = ({ bits, polynomial }: Crc, a: bigint, b: bigint): bigint => {
  let product = 0n;
  let factor = b;
  for (let bit = 1n << BigInt(bits - 1); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ polynomial : factor >> 1n;
  }
  return product;
};

/** x to the power of the bits in so many bytes, by which a CRC moves when these come behind it. */
const shiftBy = (crc: Crc, lengthBytes: number): bigint => {
  let shift = 1n << BigInt(crc.bits - 1);
  // x^8, of one byte; squared for each further bit of the length.
  let power = 1n << BigInt(crc.bits - 9);
  for (let left = lengthBytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(crc, power, shift);
    power = multiply(crc, power, power);
  }
  return shift;
};

/**
 * The CRC of a whole, in base64, from those of its parts in their order. Parts of one length share the work.
 * @returns undefined for an algorithm that is no CRC
 */
export const combineCrcs = (
  algorithm: ChecksumAlgorithm,
  parts: readonly { checksum: string; lengthBytes: number }[],
): string | undefined => {
  const crc = CRCS[algorithm];
  if (!crc) return undefined;
  const shifts = new Map<number, bigint>();
  let whole = 0n;
  for (const { checksum, lengthBytes } of parts) {
    const shift = shifts.get(lengthBytes) ?? shiftBy(crc, lengthBytes);
    shifts.set(lengthBytes, shift);
    whole = multiply(crc, shift, whole) ^ BigInt(`0x${Buffer.from(checksum, "base64").toString("hex")}`);
  }
  return Buffer.from(whole.toString(16).padStart(crc.bits / 4, "0"), "hex").toString("base64");
};
