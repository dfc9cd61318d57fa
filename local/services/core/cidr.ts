/** IPv4 address blocks. @module */
import { invalidParameter } from "../../errors.ts";

/** An IPv4 block: its first and last address as numbers. */
export interface Block {
  first: number;
  last: number;
  bits: number;
}

const toNumber = (address: string): number | undefined => {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || !/^\d{1,3}(\.\d{1,3}){3}$/.test(address) || parts.some((p) => p > 255))
    return undefined;
  return parts.reduce((sum, p) => sum * 256 + p, 0);
};

/** `10.0.0.1` from a number. */
export const addressText = (n: number): string =>
  [24, 16, 8, 0].map((s) => Math.floor(n / 2 ** s) % 256).join(".");

/** An IPv4 address as a number, or undefined. */
export const parseAddress = toNumber;

/**
 * Reads a CIDR block whose host bits are zero.
 * @throws 400 naming the member that holds it
 */
export const parseBlock = (text: string, member: string): Block => {
  const [address = "", length = ""] = text.split("/");
  const first = toNumber(address);
  const bits = Number(length);
  if (first === undefined || !/^\d{1,2}$/.test(length) || bits > 32 || first % 2 ** (32 - bits) !== 0)
    throw invalidParameter(`${member}: '${text.slice(0, 60)}' is not a valid CIDR block`);
  return { first, last: first + 2 ** (32 - bits) - 1, bits };
};

/** Whether `inner` lies in `outer`. */
export const contains = (outer: Block, inner: Block): boolean =>
  outer.first <= inner.first && inner.last <= outer.last;

/** Whether two blocks share an address. */
export const overlaps = (a: Block, b: Block): boolean => a.first <= b.last && b.first <= a.last;
