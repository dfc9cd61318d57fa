/**
 * RSA keys for tests. Making one takes a fifth of a second of a processor, and nearly every file needs several: they
 * are made once and kept in `.keyless/`, which no commit has. They are of use to nobody but a test.
 * @module
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Keys, loadKeys } from "../../local/gateway/keys.ts";

const ROOT = resolve(import.meta.dirname, "../../.keyless/test-keys");
const LOCAL_OCI = join(ROOT, "local-oci");

/** A folder to make something in, out of sight of other processes until `publish`. */
const newFolder = (): string => {
  mkdirSync(ROOT, { recursive: true, mode: 0o700 });
  return mkdtempSync(join(ROOT, "new-"));
};

/** Puts what was made where all find it, at once and whole. */
const publish = (made: string, folder: string): void => {
  try {
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true });
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  }
};

/** The keys of a local OCI whose keys are not what is tested. */
export const localKeys = async (): Promise<Keys> => {
  if (!existsSync(LOCAL_OCI)) {
    const made = newFolder();
    const { instances, tokens } = await loadKeys(made);
    await Promise.all([instances, tokens]);
    publish(made, LOCAL_OCI);
  }
  return loadKeys(LOCAL_OCI);
};

/** The private RSA-2048 key of a name: always the same one. */
export const testKey = (name: string): KeyObject => {
  const folder = join(ROOT, name);
  if (!existsSync(folder)) {
    const made = newFolder();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    writeFileSync(join(made, "key.pem"), pem, { mode: 0o600 });
    publish(made, folder);
  }
  return createPrivateKey(readFileSync(join(folder, "key.pem")));
};

const SESSION_KEYS = 4;
let sessions = 0;

/** A key pair for a session: another one than those of the last sessions. */
export const nextKeyPair = (): { publicKey: KeyObject; privateKey: KeyObject } => {
  sessions += 1;
  const privateKey = testKey(`session-${sessions % SESSION_KEYS}`);
  return { privateKey, publicKey: createPublicKey(privateKey) };
};
