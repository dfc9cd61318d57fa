/**
 * Authentication of requests: API keys of users and security tokens of instances, by the rules of
 * docs.oracle.com "Request Signatures". Every failure is the same 401, so that a caller learns nothing from
 * it.
 * @module
 */
import { verify } from "node:crypto";
import type { IncomingMessage } from "node:http";
import {
  type Authorization,
  MAX_CLOCK_SKEW_MS,
  parseAuthorization,
  requiredHeaders,
  signingString,
} from "../../oci/signature.ts";
import { notAuthenticated } from "../errors.ts";
import type { TokenVerifier } from "../federation/tokens.ts";
import type { Caller } from "../service.ts";
import type { State } from "../state/state.ts";
import { findApiKey } from "./api-keys.ts";

/** A request's headers, each only when it was sent exactly once. */
export const singleHeaders = (request: IncomingMessage): Record<string, string | undefined> => {
  const single: Record<string, string | undefined> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values?.length === 1) single[name] = values[0];
  }
  return single;
};

/** The preferred form of a date in RFC 7231, which every SDK sends. */
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:GMT|UTC|[+-]0000)$/;

/**
 * Reads the Authorization header and checks what needs no key: the headers that must be signed, and the date.
 * @param headers those that were sent once
 * @param need names of headers that the signature must cover
 * @throws ServiceError 401
 */
export const readAuthorization = (
  headers: Readonly<Record<string, string | undefined>>,
  nowMs: number,
  need: readonly string[],
): Authorization => {
  const sent = headers["authorization"];
  if (!sent) throw notAuthenticated();
  let authorization: Authorization;
  try {
    authorization = parseAuthorization(sent);
  } catch {
    throw notAuthenticated();
  }
  const signed = new Set(authorization.headers);
  const dates = ["x-date", "date"].filter((name) => signed.has(name));
  const covered = need.every((name) => signed.has(name) || (name === "date" && signed.has("x-date")));
  const fresh = dates.every((name) => {
    const text = headers[name];
    return text && HTTP_DATE.test(text) && Math.abs(Date.parse(text) - nowMs) <= MAX_CLOCK_SKEW_MS;
  });
  if (!covered || !dates.length || !fresh) throw notAuthenticated();
  return authorization;
};

/**
 * Checks the signature of a request against a public key.
 * @throws ServiceError 401
 */
export const checkSignature = (
  request: IncomingMessage,
  headers: Readonly<Record<string, string | undefined>>,
  authorization: Authorization,
  publicKey: Parameters<typeof verify>[2],
): void => {
  let text: string;
  try {
    text = signingString(authorization.headers, { method: request.method!, target: request.url!, headers });
  } catch {
    throw notAuthenticated();
  }
  const signature = Buffer.from(authorization.signature, "base64");
  let good = false;
  try {
    // Node decodes header bytes as latin1: the signed bytes are those that were sent.
    good = verify("sha256", Buffer.from(text, "latin1"), publicKey, signature);
  } catch {
    // A key of another kind cannot have made the signature.
  }
  if (!good) throw notAuthenticated();
};

/**
 * Identifies the signer of a request, from its head alone; the body's digest is checked when it has been
 * read.
 * @param bodySigned false for the operations whose body is not signed
 * @throws ServiceError 401
 */
export const authenticate = (
  cloud: State,
  tokens: TokenVerifier,
  request: IncomingMessage,
  bodySigned: boolean,
): Caller => {
  const headers = singleHeaders(request);
  const need = requiredHeaders(request.method!, bodySigned);
  const authorization = readAuthorization(headers, cloud.clock.now(), need);
  if (authorization.keyId.startsWith("ST$")) {
    const { caller, publicKey } = tokens.verify(authorization.keyId.slice(3));
    checkSignature(request, headers, authorization, publicKey);
    return caller;
  }
  const key = findApiKey(cloud, authorization.keyId);
  checkSignature(request, headers, authorization, key.publicKey);
  return { type: "user", id: key.userId };
};
