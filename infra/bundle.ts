/**
 * The app's bundle: one file, the same bytes from any clone, path, umask, time zone or Node version.
 * @module
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A built bundle. */
export interface Bundle {
  /** Absolute path of the file. */
  path: string;
  /** The program's text, in ASCII. */
  content: string;
  /** Lower-case hex. */
  sha256: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Builds the app with its libraries into one CommonJS file for Node 20 and later.
 * @param outDir where the file goes; default `.keyless/bundle` in the project
 */
export const buildBundle = async (outDir = join(root, ".keyless", "bundle")): Promise<Bundle> => {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ["app/main.ts"],
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    charset: "ascii",
    legalComments: "none",
    logLevel: "error",
    // Optional accelerators of libraries, absent on purpose.
    external: ["bufferutil", "utf-8-validate"],
  });
  const bytes = result.outputFiles[0]!.contents;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  mkdirSync(outDir, { recursive: true });
  const path = join(outDir, `keyless-${sha256.slice(0, 16)}.cjs`);
  writeFileSync(path, bytes);
  return { path, content: Buffer.from(bytes).toString("ascii"), sha256 };
};
