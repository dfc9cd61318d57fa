import { readFileSync } from "node:fs";
import { crc32, gunzipSync } from "node:zlib";
import { canonicalJson } from "../document/digest.ts";
import { type Trust, trustSchema } from "../document/signature.ts";

/** Path of the file in which the launcher finds what the instance trusts. */
const TRUST_FILE = "/usr/local/lib/keyless/trust.json";

/** Trust of an instance: a stack's key, or `unsigned` for every document, signed or not. */
export type Trusts = Trust | "unsigned";

/** The part that is the same for every stack: the gzipped cloud-config that `npm run user-data` makes. */
const packed = (): Buffer =>
  Buffer.from(readFileSync(new URL("boot/packed/user-data.base64", import.meta.url), "utf8"), "base64");

/**
 * A gzip member with its content as it is (RFC 1952, with one stored block of RFC 1951): its bytes follow from the
 * format alone, while those of zlib's compression differ between versions of Node, and a user_data that differs in
 * one byte replaces the instance.
 */
const storedGzip = (content: Buffer): Buffer => {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
  const block = Buffer.alloc(5);
  block.writeUInt8(1, 0);
  block.writeUInt16LE(content.length, 1);
  block.writeUInt16LE(content.length ^ 0xffff, 3);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, block, content, trailer]);
};

/** One more element of the cloud-config's last list, `write_files`. */
const trustEntry = (trusts: Trusts): string => {
  const content = canonicalJson(trusts === "unsigned" ? { unsigned: true } : trusts);
  const members = { path: TRUST_FILE, permissions: "0644", content, owner: "root:root" };
  return Object.entries(members)
    .map(([name, value], i) => `  ${i === 0 ? "-" : " "} ${name}: ${JSON.stringify(value)}\n`)
    .join("");
};

const BOUNDARY = "==keyless==";

const mimePart = (headers: readonly string[], body: string): string =>
  `--${BOUNDARY}\n${headers.join("\n")}\n\n${body}`;

/**
 * The user's script beside keyless's part: what stands before and after it in a MIME message, as cloud-init takes it
 * ("User-Data Formats"). A script has no keys that could stand against ours, as a second cloud-config would.
 */
const around = (script: string): [string, string] => [
  `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${BOUNDARY}"\n\n${mimePart(
    ["Content-Type: text/cloud-config", "Content-Transfer-Encoding: 7bit"],
    "",
  )}`,
  `\n${mimePart(
    ["Content-Type: text/x-shellscript", "Content-Transfer-Encoding: base64"],
    `${Buffer.from(script).toString("base64").replace(/.{76}/g, "$&\n")}\n`,
  )}--${BOUNDARY}--\n`,
];

/**
 * The instance's user_data: base64 of gzip members, which cloud-init reads as one text. The compressed one is the same
 * for every stack, the next says whom the instance trusts. Constant over settings and releases, since a changed
 * user_data replaces the instance; another signing key does.
 * @param script of the user's, run by cloud-init at the first boot: with one, the text is a MIME message of two parts
 */
export const userData = (trusts: Trusts, script?: string): string => {
  const own = [packed(), storedGzip(Buffer.from(trustEntry(trusts)))];
  if (script === undefined) return Buffer.concat(own).toString("base64");
  const [before, after] = around(script).map((text) => storedGzip(Buffer.from(text))) as [Buffer, Buffer];
  return Buffer.concat([before, ...own, after]).toString("base64");
};

/** Reads a running instance's trust from its user_data; undefined for one of a version that did not sign. */
export const trustIn = (userData: string): Trusts | undefined => {
  try {
    const text = gunzipSync(Buffer.from(userData, "base64")).toString();
    const entry = text.slice(text.lastIndexOf(`  - path: "${TRUST_FILE}"`));
    const content = /^ {4}content: (".*")$/m.exec(entry)?.[1];
    const found = trustSchema.parse(JSON.parse(JSON.parse(content ?? "null")));
    return "unsigned" in found ? "unsigned" : found;
  } catch {
    return undefined;
  }
};
