/** Headers of a caller's that go on with every operation. No rule can hold one to a value. @module */

/**
 * HTTP's own about content and conditions, those that clients of Oracle send whatever the operation, and Object Storage's
 * of users' own. Others are where the operation takes them by the table; everything else stays behind, because nobody
 * knows what a server makes of it.
 */
const FORWARDED = new Set([
  "accept",
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-md5",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "opc-client-info",
  "opc-client-request-id",
  "opc-client-retries",
  "opc-next-page",
  "opc-retry-token",
  "range",
  "user-agent",
]);
const FAMILIES = /^opc-meta-./;

/** True for a header that goes on with every operation, as the caller writes it. @param name in lower case */
export const isForwarded = (name: string): boolean => FORWARDED.has(name) || FAMILIES.test(name);
