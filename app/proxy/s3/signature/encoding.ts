/** URI encoding as Signature Version 4 has it. @module */
import { S3Error } from "../errors.ts";

const HEX = "0123456789ABCDEF";
const SLASH = 0x2f;
const PERCENT = 0x25;
const PLUS = 0x2b;

/** Bytes that stay as they are: A-Z a-z 0-9 - . _ ~ */
const UNRESERVED = new Uint8Array(256);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
  UNRESERVED[character.charCodeAt(0)] = 1;
}

const PLAIN_PATH = /^[A-Za-z0-9\-._~/]*$/;
const PLAIN_QUERY = /^[A-Za-z0-9\-._~]*$/;

const hexDigit = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
};

/**
 * Decodes and encodes again, byte by byte: which bytes are meant stays, how they are spelled does not.
 * @param text latin1, as Node gives a request line
 * @throws S3Error `InvalidURI` for a `%` without two hexadecimal digits
 */
const normalise = (text: string, slashStays: boolean, plusIsSpace: boolean): string => {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    let byte = text.charCodeAt(i);
    if (byte === PERCENT) {
      const high = hexDigit(text.charCodeAt(i + 1));
      const low = hexDigit(text.charCodeAt(i + 2));
      if (high < 0 || low < 0) {
        throw new S3Error("InvalidURI", "The request line has a % without two hexadecimal digits behind it.");
      }
      byte = high * 16 + low;
      i += 2;
    } else if (byte === PLUS && plusIsSpace) {
      byte = 0x20;
    }
    out +=
      UNRESERVED[byte] === 1 || (byte === SLASH && slashStays)
        ? String.fromCharCode(byte)
        : `%${HEX[byte >> 4]}${HEX[byte & 15]}`;
  }
  return out;
};

/** A path, decoded and encoded again; `/` stays, and `%2F` becomes one. */
export const canonicalPath = (path: string): string =>
  PLAIN_PATH.test(path) ? path : normalise(path, true, false);

/** A name or value of a query, decoded (`+` is a space, as S3 reads it) and encoded again. */
export const canonicalPart = (part: string): string =>
  PLAIN_QUERY.test(part) ? part : normalise(part, false, true);

/** A canonical part, decoded: bytes as latin1. */
export const decodedPart = (canonical: string): string =>
  canonical.replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
