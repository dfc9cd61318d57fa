/**
 * The one spelling of the document, and its SHA-256: what a verdict is about, what is compared with what is
 * deployed, and what is signed. `infra/boot/launcher.mjs`, which can import nothing, spells it in the same way.
 * @module
 */
import { createHash } from "node:crypto";

/**
 * Spells a JSON value canonically, as RFC 8785 does: members sorted by their names' UTF-16 code units, no white
 * space, strings and numbers as ECMAScript writes them. Equal values have one spelling.
 * @param value what `JSON.parse` gives, or a value whose `undefined` members are left out as `JSON.stringify` does
 * @throws TypeError for what is no JSON: numbers that are not finite, functions, `undefined` in an array
 *
 * @example
 * canonicalJson({ b: [1, { d: 1, c: "é" }], a: null }); // {"a":null,"b":[1,{"c":"é","d":1}]}
 */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  const text = typeof value === "number" && !Number.isFinite(value) ? undefined : JSON.stringify(value);
  if (text === undefined) throw new TypeError(`${String(value)} cannot be written as JSON`);
  return text;
};

/** Hashes text: SHA-256 of its UTF-8, lower-case hex. */
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * Digests a document: SHA-256 of its canonical spelling, lower-case hex.
 * @param document the metadata key's value as parsed, before any default is filled in
 * @throws TypeError for what is no JSON
 */
export const documentSha256 = (document: unknown): string => sha256(canonicalJson(document));

/**
 * Digests the metadata key as it stands. White space and the order of members make no difference; text that
 * is no JSON is hashed as it is, so that it differs from every document.
 */
export const metadataSha256 = (text: string): string => {
  try {
    return documentSha256(JSON.parse(text));
  } catch {
    return sha256(text);
  }
};
