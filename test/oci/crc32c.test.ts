/** CRC-32C, against vectors of RFC 3720 (B.4) and against itself. */
import { expect, test } from "vitest";
import { base64OfCrc, combineCrc32c, crc32c } from "../../oci/crc32c.ts";

test("vectors of RFC 3720", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
  expect(base64OfCrc(crc32c(Buffer.from("123456789")))).toBe("4waSgw==");
  expect(crc32c(Buffer.alloc(0))).toBe(0);
});

test("goes on where it was left, and combines pieces of any length", () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * i) % 251));
  for (const cut of [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 500, 999, 1000]) {
    const [a, b] = [bytes.subarray(0, cut), bytes.subarray(cut)];
    expect(crc32c(bytes)).toBe(bitByBit(bytes));
    expect(crc32c(b, crc32c(a))).toBe(crc32c(bytes));
    expect(combineCrc32c(crc32c(a), crc32c(b), b.length)).toBe(crc32c(bytes));
  }
});

test("combines pieces of more than 2^32 bits", () => {
  const [a, b] = [crc32c(Buffer.from("first")), crc32c(Buffer.from("second"))];
  const half = 3 * 2 ** 30;
  const zeros = (from: number, bytes: number): number => combineCrc32c(from, crc32cOfZeros(bytes), bytes);
  expect(zeros(zeros(a, half), half)).toBe(zeros(a, 2 * half));
  expect(combineCrc32c(a, b, 2 ** 40)).not.toBe(combineCrc32c(a, b, 2 ** 8));
});

/** The CRC of zeros, by doubling: no memory of their number is needed. */
const crc32cOfZeros = (bytes: number): number => {
  let [crc, length] = [0, 0];
  for (const bit of bytes.toString(2)) {
    crc = combineCrc32c(crc, crc, length);
    length *= 2;
    if (bit === "1") {
      crc = crc32c(Buffer.alloc(1), crc);
      length += 1;
    }
  }
  return crc;
};

/** The definition: bit by bit. */
const bitByBit = (bytes: Buffer): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
};
