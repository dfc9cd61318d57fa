/** Errors between the metadata service and a signed request. @module */

/**
 * Codes of what failed.
 * - `metadata`: the metadata service cannot be reached, or returns no identity.
 * - `certificate`: what it returned is no usable leaf certificate and key.
 * - `federation`: the auth service cannot be reached, or returns something that is not a token.
 * - `refused`: the auth service does not accept this instance's certificate or signature.
 */
export type PrincipalErrorCode = "metadata" | "certificate" | "federation" | "refused";

/**
 * Thrown when the instance's identity cannot be obtained. The message names the call, what was found, and the
 * clock.
 */
export class PrincipalError extends Error {
  override name = "PrincipalError";
  readonly code: PrincipalErrorCode;
  /** The pause that the response's Retry-After asks for, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: PrincipalErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** An error's own words, with the system's code where it has one (`connect ECONNREFUSED …`). */
export const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  const text = error.message || error.name;
  return code && !text.includes(code) ? `${text} (${code})` : text;
};
