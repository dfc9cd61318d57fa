/**
 * `npm run user-data`: writes `packed/user-data.base64`, the user_data as instances get it: the cloud-config, gzipped.
 * Its bytes are committed and not made at deployment, since zlib's output differs between versions of Node, and
 * a user_data that differs in one byte replaces the instance.
 * @module
 */
import { writeFileSync } from "node:fs";
import { constants, gzipSync } from "node:zlib";
import { cloudConfig } from "./cloud-config.ts";

const packed = gzipSync(cloudConfig(), { level: constants.Z_BEST_COMPRESSION }).toString("base64");
writeFileSync(
  new URL("packed/user-data.base64", import.meta.url),
  `${packed.match(/.{1,100}/g)!.join("\n")}\n`,
);
console.error(`user_data: ${packed.length} bytes`);
