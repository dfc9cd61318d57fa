import { readFileSync } from "node:fs";

/**
 * The instance's user_data, base64 of a gzipped cloud-config: the same bytes for every setting and release, since
 * a changed user_data replaces the instance. `npm run user-data` makes the file anew from `boot/`.
 */
export const userData = (): string =>
  readFileSync(new URL("boot/packed/user-data.base64", import.meta.url), "utf8").replaceAll("\n", "");
