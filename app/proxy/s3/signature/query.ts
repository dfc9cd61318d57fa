/** The query of a request as it is signed. @module */
import { S3Error } from "../errors.ts";
import { canonicalPart, decodedPart } from "./encoding.ts";

/** Parameters by which a presigned URL is signed. */
export const SIGNATURE_PARAMETERS = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-SignedHeaders",
  "X-Amz-Signature",
  "X-Amz-Security-Token",
] as const;

/** Of the signature too, and of no account to whether a URL is presigned. */
const CONTENT_SHA256 = "X-Amz-Content-Sha256";

const BY_LOWER_CASE = new Map<string, string>(
  [...SIGNATURE_PARAMETERS, CONTENT_SHA256].map((name) => [name.toLowerCase(), name]),
);

/** A parsed query. */
export interface Query {
  /** Decoded values by decoded name; both latin1. */
  values: ReadonlyMap<string, string>;
  /** Encoded anew and sorted, without `X-Amz-Signature`. */
  canonical: string;
}

const byCodePoint = (a: readonly [string, string], b: readonly [string, string]): number =>
  a[0] < b[0] ? -1 : 1;

/**
 * Parses a query. `+` is a space in it, as S3 and every SDK's parser read it; `a` and `a=` are the same.
 * @param query what stands behind the `?`
 * @throws S3Error `InvalidArgument` for a parameter that is there twice, or one of the signature's in other letters,
 * `InvalidURI` for a broken escape
 */
export const parseQuery = (query: string): Query => {
  if (query === "") return { values: new Map(), canonical: "" };
  const parts = new Map<string, string>();
  const values = new Map<string, string>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = canonicalPart(equals === -1 ? part : part.slice(0, equals));
    const value = equals === -1 ? "" : canonicalPart(part.slice(equals + 1));
    if (parts.has(name)) {
      throw new S3Error(
        "InvalidArgument",
        `The query has ${name.slice(0, 100)} more than once: send it once.`,
      );
    }
    const own = BY_LOWER_CASE.get(name.toLowerCase());
    if (own !== undefined && own !== name) {
      throw new S3Error("InvalidArgument", `The query has ${name}: write ${own}.`);
    }
    parts.set(name, value);
    values.set(decodedPart(name), decodedPart(value));
  }
  const canonical = [...parts]
    .filter(([name]) => name !== "X-Amz-Signature")
    .sort(byCodePoint)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  return { values, canonical };
};
