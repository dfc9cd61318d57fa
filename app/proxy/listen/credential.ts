/** The credential that a caller shows: a token, bare or in one of the schemes in which software brings it. @module */

/** A credential taken apart. */
export interface Credential {
  token: string;
  /** The user name beside it: `Basic` has one, which must be the client's name. */
  user?: string;
}

const BASIC = /^basic +/i;
/** Base64 with its padding, as RFC 7617 has it: a lenient decoder skips what is none. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Takes the value of `Authorization` or `X-Api-Key` apart: `Bearer <token>`, `Basic <base64 of client:token>`, or
 * the token alone.
 * @returns undefined for a `Basic` that is not the base64 of `user:password`
 */
export const parseCredential = (value: string): Credential | undefined => {
  if (!BASIC.test(value)) return { token: value.replace(/^bearer +/i, "") };
  const encoded = value.replace(BASIC, "");
  if (!BASE64.test(encoded)) return undefined;
  const text = Buffer.from(encoded, "base64").toString("latin1");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : { token: text.slice(colon + 1), user: text.slice(0, colon) };
};

/** What callers may write, for a refusal. */
const ACCEPTED =
  "Authorization: Bearer <token>, Authorization: Basic <base64 of client:token>, or X-Api-Key: <token>";

/** The scheme that a value begins with; undefined for a bare token, or what looks like one. */
const schemeOf = (value: string): string | undefined => /^([A-Za-z][A-Za-z0-9-]{0,30}) /.exec(value)?.[1];

/**
 * The reason why a credential is no client's, and what to write in its place. Repeats no part of it but the name
 * of its scheme.
 * @param value undefined where there is none
 */
export const credentialProblem = (value: string | undefined): string => {
  if (value === undefined) return `there is no credential: write ${ACCEPTED}, or use the client's socket`;
  const scheme = schemeOf(value)?.toLowerCase();
  if (scheme === "basic") {
    return parseCredential(value) === undefined
      ? "the credential says Basic, and what follows is not the base64 of client:token"
      : "the user name of Basic must be the client's name, and the password its token; this token is not, or no longer, that client's";
  }
  if (scheme !== undefined && scheme !== "bearer") {
    return `found the scheme ${schemeOf(value)}, which the proxy does not accept: write ${ACCEPTED}; the proxy signs the request itself`;
  }
  return "the token is not, or no longer, a client's: read the client's token file again";
};
