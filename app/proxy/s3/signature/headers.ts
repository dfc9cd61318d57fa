/** Headers of a request, each once. @module */
import { S3Error } from "../errors.ts";

/**
 * Reads Node's `rawHeaders`. A repeated header is refused whatever its name: signer, door and service could each take
 * another of the two.
 * @returns by lower-case name; values as latin1, so that each character is a byte
 * @throws S3Error `InvalidRequest`
 */
export const readHeaders = (rawHeaders: readonly string[]): ReadonlyMap<string, string> => {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (headers.has(name)) {
      throw new S3Error(
        "InvalidRequest",
        `The header ${name.slice(0, 100)} is there more than once: send it once.`,
      );
    }
    headers.set(name, rawHeaders[i + 1]!);
  }
  return headers;
};
