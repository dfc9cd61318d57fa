/**
 * CRC-32C (Castagnoli), the checksum that Object Storage gives of every object (`opc-content-crc32c`). Node has
 * CRC-32 only.
 * @module
 */

/** The reversed polynomial. */
const POLYNOMIAL = 0x82f63b78;

/** Tables for sixteen bytes at a time ("slicing by 16"): a table a byte is eight times slower. */
const TABLES = Array.from({ length: 16 }, () => new Int32Array(256));

type Four = [Int32Array, Int32Array, Int32Array, Int32Array];

const [T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15] = TABLES as [
  ...Four,
  ...Four,
  ...Four,
  ...Four,
];

for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  T0[byte] = crc;
}
for (let byte = 0; byte < 256; byte++) {
  for (let t = 1; t < TABLES.length; t++) {
    const before = TABLES[t - 1]![byte]!;
    TABLES[t]![byte] = (before >>> 8) ^ T0[before & 255]!;
  }
}

/**
 * The CRC-32C of bytes, as an unsigned number. Words are read as the machine has them: little-endian, as every
 * machine that Node is built for but s390x.
 * @param before the CRC-32C of what comes before them; 0 when nothing does
 */
export const crc32c = (bytes: Uint8Array, before = 0): number => {
  let crc = ~before;
  let i = 0;
  const lead = Math.min(bytes.length, (4 - (bytes.byteOffset % 4)) % 4);
  for (; i < lead; i++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[i]!) & 255]!;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + lead, (bytes.length - lead) >>> 2);
  const end = words.length & ~3;
  for (let w = 0; w < end; w += 4) {
    const a = crc ^ words[w]!;
    const b = words[w + 1]!;
    const c = words[w + 2]!;
    const d = words[w + 3]!;
    crc =
      T15[a & 255]! ^
      T14[(a >>> 8) & 255]! ^
      T13[(a >>> 16) & 255]! ^
      T12[a >>> 24]! ^
      T11[b & 255]! ^
      T10[(b >>> 8) & 255]! ^
      T9[(b >>> 16) & 255]! ^
      T8[b >>> 24]! ^
      T7[c & 255]! ^
      T6[(c >>> 8) & 255]! ^
      T5[(c >>> 16) & 255]! ^
      T4[c >>> 24]! ^
      T3[d & 255]! ^
      T2[(d >>> 8) & 255]! ^
      T1[(d >>> 16) & 255]! ^
      T0[d >>> 24]!;
  }
  for (i += end * 4; i < bytes.length; i++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
};

/** The product of two polynomials modulo the CRC's, all reversed. */
const multiply = (a: number, b: number): number => {
  let product = 0;
  let factor = b;
  for (let bit = 0x80000000; bit; bit >>>= 1) {
    if (a & bit) product ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product;
};

/** x to the power of 2^n. Of 2^53 bytes there are 2^56 bits. */
const POWERS = [0x40000000];
for (let n = 1; n <= 56; n++) POWERS.push(multiply(POWERS[n - 1]!, POWERS[n - 1]!));

/**
 * The CRC-32C of two pieces in a row, from those of the pieces: the bytes are not needed again.
 * @param lengthB bytes of the second piece
 */
export const combineCrc32c = (a: number, b: number, lengthB: number): number => {
  let shift = 0x80000000;
  // A byte is 2^3 bits.
  for (let [left, n] = [lengthB, 3]; left; left = Math.floor(left / 2), n++)
    if (left % 2) shift = multiply(POWERS[n]!, shift);
  return (multiply(shift, a) ^ b) >>> 0;
};

/** A CRC-32C as headers have it: base64 of its four bytes, the highest first. */
export const base64OfCrc = (crc: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString("base64");
};
