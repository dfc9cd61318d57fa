/** `rclone serve s3` in front of rclone's backend for OCI, to compare with. @module */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../test/support/free-port.ts";
import type { BenchOci } from "./oci.ts";
import { type S3Server, send, sign } from "./requests.ts";

/** Where `.ci/run` installs it; else the one on PATH. */
const INSTALLED = join(import.meta.dirname, "../../.keyless/rclone/bin/rclone");
const PROGRAM = existsSync(INSTALLED) ? INSTALLED : "rclone";

/** The reason why it cannot be measured; undefined when it can. */
export const lackingRclone = (): string | undefined => {
  const has = (...args: string[]): boolean => spawnSync(PROGRAM, args).status === 0;
  return has("serve", "s3", "--help") && has("help", "backend", "oracleobjectstorage")
    ? undefined
    : "no rclone that serves S3 and has the backend for OCI is in .keyless/rclone or on PATH";
};

const READY_MS = 30_000;

/** Starts one, with rclone's own defaults. */
export const startRclone = async (
  oci: BenchOci,
  bucket: string,
): Promise<S3Server & { pid: number; end(): Promise<void> }> => {
  const key = {
    accessKeyId: "bench",
    secretAccessKey: "bench-secret",
    sessionToken: "",
    expiresMs: undefined,
  };
  const port = await freePort();
  const args = ["serve", "s3", "--addr", `127.0.0.1:${port}`, "--auth-key", "bench,bench-secret", "oci:"];
  const child = spawn(PROGRAM, args, {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"],
      RCLONE_CONFIG: "/dev/null",
      RCLONE_CONFIG_OCI_TYPE: "oracleobjectstorage",
      RCLONE_CONFIG_OCI_PROVIDER: "user_principal_auth",
      RCLONE_CONFIG_OCI_CONFIG_FILE: oci.configFile,
      RCLONE_CONFIG_OCI_CONFIG_PROFILE: "DEFAULT",
      RCLONE_CONFIG_OCI_NAMESPACE: oci.namespace,
      RCLONE_CONFIG_OCI_COMPARTMENT: oci.compartmentId,
      RCLONE_CONFIG_OCI_REGION: oci.region,
      RCLONE_CONFIG_OCI_ENDPOINT: oci.objectsUrl,
      RCLONE_CONFIG_OCI_NO_CHECK_BUCKET: "true",
    },
  });
  const server = { url: `http://127.0.0.1:${port}`, key };
  for (const untilMs = Date.now() + READY_MS; ; await delay(100)) {
    try {
      await send(server, sign(server, "HEAD", `/${bucket}`));
      break;
    } catch (error) {
      if (Date.now() < untilMs && child.exitCode === null) continue;
      child.kill();
      throw error;
    }
  }
  return {
    ...server,
    pid: child.pid!,
    end: async () => {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
};
