/**
 * OCI's request signature (draft-cavage-http-signatures-08 with `version="1"`, as docs.oracle.com "Request
 * Signatures" describes it), written once: the local OCI verifies with it, the app signs with it.
 * @module
 */

/** A request as its signature sees it. Header names in any case; a value may be an array as Node gives it. */
export interface SignableRequest {
  method: string;
  /** Path and query exactly as sent. */
  target: string;
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The parts of an Authorization header of scheme Signature. */
export interface Authorization {
  version: string;
  keyId: string;
  algorithm: string;
  /** Signed header names, lower-case, in order. */
  headers: string[];
  /** Base64. */
  signature: string;
}

/** Thrown for a signature that is absent, malformed or does not cover what it must. */
class SignatureError extends Error {
  override name = "SignatureError";
}

/** SHA-256 of no bytes, base64: the digest of an empty body. */
export const EMPTY_BODY_SHA256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/**
 * Most difference between a request's date and the service's clock, in ms; a request beyond it is refused.
 */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;

const BODY_METHODS = new Set(["POST", "PUT", "PATCH"]);

/** True when a signature of this method covers the body's digest, length and type (object uploads aside). */
export const signsBody = (method: string): boolean => BODY_METHODS.has(method.toUpperCase());

/**
 * Names of the headers a signature must cover. `date` may be `x-date` in its place.
 * @param bodySigned false for the few operations whose body is not signed
 */
export const requiredHeaders = (method: string, bodySigned = true): string[] => [
  "date",
  "(request-target)",
  "host",
  ...(signsBody(method) && bodySigned ? ["content-length", "content-type", "x-content-sha256"] : []),
];

/**
 * The text that is signed: a `name: value` line for each header in order.
 * @throws SignatureError when a named header is not in the request or stands in it twice
 */
export const signingString = (names: readonly string[], request: SignableRequest): string =>
  names
    .map((name) => {
      if (name === "(request-target)") return `${name}: ${request.method.toLowerCase()} ${request.target}`;
      const value = request.headers[name];
      if (typeof value !== "string") throw new SignatureError(`header ${name} is signed and not sent once`);
      return `${name}: ${value}`;
    })
    .join("\n");

/** The Authorization header's value, parameters in the order of Oracle's SDKs. */
export const formatAuthorization = (keyId: string, names: readonly string[], signature: string): string =>
  `Signature version="1",keyId="${keyId}",algorithm="rsa-sha256",headers="${names.join(" ")}",signature="${signature}"`;

const PARAMETER = /\s*([A-Za-z]+)="([^"]*)"\s*(,|$)/y;

/**
 * Reads an Authorization header. Parameter order and the case of header names differ between SDKs.
 * @throws SignatureError when the scheme is another, a parameter is missing, repeated or malformed, or the
 *   algorithm or version is not OCI's
 */
export const parseAuthorization = (header: string): Authorization => {
  const scheme = /^Signature\s+/i.exec(header);
  if (!scheme) throw new SignatureError("the Authorization header's scheme is not Signature");
  const found = new Map<string, string>();
  PARAMETER.lastIndex = scheme[0].length;
  while (PARAMETER.lastIndex < header.length) {
    const at = PARAMETER.lastIndex;
    const match = PARAMETER.exec(header);
    if (!match) throw new SignatureError(`the Authorization header is malformed at character ${at + 1}`);
    const name = match[1]!.toLowerCase();
    if (found.has(name)) throw new SignatureError(`the Authorization header says ${name} twice`);
    found.set(name, match[2]!);
  }
  const need = (name: string): string => {
    const value = found.get(name);
    if (!value) throw new SignatureError(`the Authorization header has no ${name}`);
    return value;
  };
  const version = found.get("version") ?? "1";
  if (version !== "1") throw new SignatureError(`signature version ${version} is not 1`);
  const algorithm = need("algorithm").toLowerCase();
  if (algorithm !== "rsa-sha256") throw new SignatureError(`algorithm ${algorithm} is not rsa-sha256`);
  const headers = need("headers").toLowerCase().split(/ +/);
  if (new Set(headers).size !== headers.length) throw new SignatureError("a signed header is named twice");
  return { version, keyId: need("keyid"), algorithm, headers, signature: need("signature") };
};
