/** IPv4 addresses as numbers and as text. @module */

/** Parses `10.0.0.1` to a number; undefined when it is no address. */
export const parseAddress = (address: string): number | undefined => {
  const parts = address.split(".").map(Number);
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address) || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
};

/** Formats a number as `10.0.0.1`. */
export const addressText = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
