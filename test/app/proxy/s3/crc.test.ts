/** Checksums that Node does not have. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Crc32c, Crc64nvme } from "../../../../app/proxy/s3/body/crc.ts";

/** Bit by bit, as the standards write it. */
const slow = (polynomial: bigint, bits: bigint, data: Uint8Array): bigint => {
  const all = (1n << bits) - 1n;
  let sum = all;
  for (const byte of data) {
    sum ^= BigInt(byte);
    for (let i = 0; i < 8; i++) sum = (sum >> 1n) ^ (sum & 1n ? polynomial : 0n);
  }
  return sum ^ all;
};

it.each([
  ["CRC-32C", Crc32c, "e3069283", "8a9136aa"],
  ["CRC-64/NVME", Crc64nvme, "ae8b14860a799888", "cf3473434d4ecf3b"],
] as const)("%s has the check values of its standard", (_, Crc, digits, zeros) => {
  for (const [data, sum] of [
    [Buffer.from("123456789"), digits],
    [Buffer.alloc(32), zeros],
    [Buffer.alloc(0), "00".repeat(digits.length / 2)],
  ] as const) {
    const crc = new Crc();
    crc.update(data);
    expect(crc.digest().toString("hex")).toBe(sum);
  }
});

it.each([
  ["CRC-32C", Crc32c, 0x82f63b78n, 32n],
  ["CRC-64/NVME", Crc64nvme, 0x9a6c9329ac4bc9b5n, 64n],
] as const)("%s is what going bit by bit comes to, however the data are cut", (_, Crc, polynomial, bits) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (pieces) => {
      const crc = new Crc();
      for (const piece of pieces) crc.update(piece);
      const whole = Buffer.concat(pieces);
      expect(BigInt(`0x${crc.digest().toString("hex")}`)).toBe(slow(polynomial, bits, whole));
    }),
  );
});
