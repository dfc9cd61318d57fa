/** IPv4 address blocks. @module */
import { parseAddress } from "../../addresses.ts";
import { invalidParameter } from "../../errors.ts";

/** An IPv4 block: its first and last address as numbers. */
export interface Block {
  first: number;
  last: number;
  bits: number;
}

/**
 * Reads a CIDR block whose host bits are zero.
 * @throws 400 naming the member that holds it
 */
export const parseBlock = (text: string, member: string): Block => {
  const [address = "", length = ""] = text.split("/");
  const first = parseAddress(address);
  const bits = Number(length);
  if (first === undefined || !/^\d{1,2}$/.test(length) || bits > 32 || first % 2 ** (32 - bits) !== 0)
    throw invalidParameter(`${member}: '${text.slice(0, 60)}' is not a valid CIDR block`);
  return { first, last: first + 2 ** (32 - bits) - 1, bits };
};

/** True when `inner` lies in `outer`. */
export const contains = (outer: Block, inner: Block): boolean =>
  outer.first <= inner.first && inner.last <= outer.last;

/** True when two blocks share an address. */
export const overlaps = (a: Block, b: Block): boolean => a.first <= b.last && b.first <= a.last;
