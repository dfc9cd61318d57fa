/**
 * CRC-32C and CRC-64/NVME; Node has neither. CRC-64/NVME goes eight bytes a step (slicing-by-8): @aws-sdk/crc64-nvme has
 * two thirds of the speed, and Amazon's client core behind it.
 * @module
 */
import { crc32c } from "../../../../oci/crc32c.ts";

/** CRC-64/NVME (NVM Express), reflected: upper and lower half. BigInt would cost fifty times as much. */
const NVME_HIGH = 0x9a6c9329;
const NVME_LOW = 0xac4bc9b5;

/**
 * How byte `b` weighs on the sum with `k` bytes behind it in the step: entry `512 k + 2 b` has the lower half, the one
 * behind it the upper.
 */
const table64 = (): Int32Array => {
  const table = new Int32Array(8 * 512);
  for (let byte = 0; byte < 256; byte++) {
    let high = 0;
    let low = byte;
    for (let bit = 0; bit < 8; bit++) {
      const odd = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (odd) {
        high ^= NVME_HIGH;
        low ^= NVME_LOW;
      }
    }
    table[2 * byte] = low;
    table[2 * byte + 1] = high;
  }
  for (let at = 512; at < table.length; at += 2) {
    const low = table[at - 512]!;
    const high = table[at - 511]!;
    const first = (low & 0xff) << 1;
    table[at] = ((low >>> 8) | (high << 24)) ^ table[first]!;
    table[at + 1] = (high >>> 8) ^ table[first + 1]!;
  }
  return table;
};

/** 16 KiB, made at first use. */
let nvme: Int32Array | undefined;

/** CRC-32C of what `update` is given. */
export class Crc32c {
  #sum = 0;

  update(data: Uint8Array): void {
    this.#sum = crc32c(data, this.#sum);
  }

  /** The sum so far: four bytes, big-endian, as S3 takes them in base64. */
  digest(): Buffer {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(this.#sum);
    return sum;
  }
}

/** CRC-64/NVME of what `update` is given. */
export class Crc64nvme {
  readonly #table: Int32Array;
  #high = -1;
  #low = -1;

  constructor() {
    nvme ??= table64();
    this.#table = nvme;
  }

  update(data: Uint8Array): void {
    const t = this.#table;
    let high = this.#high;
    let low = this.#low;
    const steps = data.length - (data.length % 8);
    let i = 0;
    for (; i < steps; i += 8) {
      const a = low ^ (data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24));
      const b = high ^ (data[i + 4]! | (data[i + 5]! << 8) | (data[i + 6]! << 16) | (data[i + 7]! << 24));
      const a0 = 3584 + ((a & 0xff) << 1);
      const a1 = 3072 + ((a >>> 7) & 0x1fe);
      const a2 = 2560 + ((a >>> 15) & 0x1fe);
      const a3 = 2048 + ((a >>> 23) & 0x1fe);
      const b0 = 1536 + ((b & 0xff) << 1);
      const b1 = 1024 + ((b >>> 7) & 0x1fe);
      const b2 = 512 + ((b >>> 15) & 0x1fe);
      const b3 = (b >>> 23) & 0x1fe;
      low = t[a0]! ^ t[a1]! ^ t[a2]! ^ t[a3]! ^ t[b0]! ^ t[b1]! ^ t[b2]! ^ t[b3]!;
      high =
        t[a0 + 1]! ^ t[a1 + 1]! ^ t[a2 + 1]! ^ t[a3 + 1]! ^ t[b0 + 1]! ^ t[b1 + 1]! ^ t[b2 + 1]! ^ t[b3 + 1]!;
    }
    for (; i < data.length; i++) {
      const at = ((low ^ data[i]!) & 0xff) << 1;
      low = ((low >>> 8) | (high << 24)) ^ t[at]!;
      high = (high >>> 8) ^ t[at + 1]!;
    }
    this.#high = high;
    this.#low = low;
  }

  /** The sum so far: eight bytes, big-endian, as S3 takes them in base64. */
  digest(): Buffer {
    const sum = Buffer.alloc(8);
    sum.writeInt32BE(~this.#high, 0);
    sum.writeInt32BE(~this.#low, 4);
    return sum;
  }
}
