/** OCIDs, derived from names and counts: the same in every run. @module */
import { createHash } from "node:crypto";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** The 60-character unique part of an OCID, derived from a text. */
export const uniquePart = (seed: string): string =>
  `aaaaaaaa${[...createHash("sha512").update(seed).digest().subarray(0, 52)].map((b) => BASE32[b % 32]).join("")}`;

/** An OCID: `ocid1.<type>.<realm>.<region or empty>.<unique>`. */
export const ocid = (type: string, region: string, seed: string): string =>
  `ocid1.${type}.oc1.${region}.${uniquePart(`${type}/${seed}`)}`;
