/** The file of keys for programs that fetch none. @module */
import { makeKey } from "./keys.ts";

/**
 * A client's keys as a file of shared credentials, for programs that read nothing else. They are good as long as the
 * token.
 */
export const credentialsFile = (digest: Buffer): string => {
  const { accessKeyId, secretAccessKey } = makeKey(digest, undefined);
  return `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
};
