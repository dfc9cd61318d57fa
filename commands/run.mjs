/**
 * Starts a command of this folder without a loader: its sources are compiled once, and again when one of them has
 * changed. Loading every module by itself takes longer than most commands work.
 *
 *   node commands/run.mjs [--root DIR] COMMAND [ARGUMENT…]
 *
 * `--root` starts the command of another checkout: what a base commit's own code says.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Folders that a command's modules come from. */
const FOLDERS = ["access", "app", "commands", "document", "engine", "iam", "infra", "local", "oci"];
/** Packages that are compiled in: hundreds of small files, or needed by every command. */
const COMPILED_IN = new Set(["yaml", "zod"]);
/** How long what was compiled of older sources is kept. */
const KEPT_MS = 3_600_000;

/**
 * Path, size and time of every source: another set is another program.
 * @param {string} root
 */
const fingerprint = (root) => {
  const hash = createHash("sha256").update(process.version);
  const add = (/** @type {string} */ path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  const walk = (/** @type {string} */ folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.(ts|mjs|json)$/.test(entry.name)) add(path);
    }
  };
  for (const folder of FOLDERS.map((name) => join(root, name))) if (existsSync(folder)) walk(folder);
  const installed = join(root, "node_modules/.package-lock.json");
  if (existsSync(installed)) add(installed);
  return hash.digest("hex").slice(0, 16);
};

/**
 * A module reads what lies beside its source, not beside the compiled file.
 * @type {import("esbuild").Plugin}
 */
const sourceUrls = {
  name: "source-urls",
  setup(build) {
    build.onLoad({ filter: /\.ts$/, namespace: "file" }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll(
        "import.meta.url",
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: "ts",
    }));
  },
};

/** @type {import("esbuild").Plugin} */
const packages = {
  name: "packages",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path }) =>
      COMPILED_IN.has(path.split("/")[0] ?? "") ? undefined : { path, external: true },
    );
  },
};

/**
 * Compiles the command into a folder that is renamed when it is whole.
 * @param {string} root
 * @param {string} command
 * @returns {Promise<string>} the folder
 */
const compile = async (root, command) => {
  const { build } = await import("esbuild");
  const cache = join(root, ".keyless/compiled");
  const made = join(cache, `${command}-${fingerprint(root)}`);
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "new-"));
  try {
    await build({
      absWorkingDir: root,
      entryPoints: [`commands/${command}.ts`],
      bundle: true,
      splitting: true,
      platform: "node",
      target: "node20",
      format: "esm",
      outdir: folder,
      outExtension: { ".js": ".mjs" },
      // Packages of the older module format ask for Node's own modules.
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
      plugins: [sourceUrls, packages],
      logLevel: "error",
    });
    renameSync(folder, made);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(made)) throw error;
  }
  // Not those of a moment ago: a command that runs may still load from them.
  for (const path of readdirSync(cache).map((name) => join(cache, name)))
    if (path !== made && statSync(path).mtimeMs < Date.now() - KEPT_MS)
      rmSync(path, { recursive: true, force: true });
  return made;
};

const args = process.argv.slice(2);
const [, named] = args[0] === "--root" ? args.splice(0, 2) : [];
const root = named ?? fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
const [command, ...rest] = args;
const entry = join(root, "commands", `${command}.ts`);
if (!command || !/^[a-z-]+$/.test(command) || !existsSync(entry)) {
  console.error(`found ${command ?? "no command"}; allowed: the name of a file commands/NAME.ts`);
  process.exit(2);
}
process.argv.splice(1, process.argv.length, entry, ...rest);
const known = join(root, ".keyless/compiled", `${command}-${fingerprint(root)}`);
const folder = existsSync(known) ? known : await compile(root, command).catch(() => undefined);
if (folder) await import(pathToFileURL(join(folder, `${command}.mjs`)).href);
else {
  // A checkout that may not be written to: slower, and the same.
  const loader = "tsx";
  await import(loader);
  await import(pathToFileURL(entry).href);
}
