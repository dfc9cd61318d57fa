/**
 * `npm run iam:pack`: the policy language as an npm package of its own, as a folder and as the archive that
 * `npm install` takes.
 * @module
 */
import { execFile } from "node:child_process";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { runCommand } from "../shared/exit.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Files of the package that are copied as they are, with their places in it. */
const COPIED: readonly (readonly [string, string])[] = [
  ["iam/package.json", "package.json"],
  ["iam/README.md", "README.md"],
  ["LICENSE", "LICENSE"],
  // Read at run time from beside the modules that use them.
  ["iam/tables/tables.data.json", "dist/iam/tables/tables.data.json"],
  ["iam/tables/sources.data.json", "dist/iam/tables/sources.data.json"],
];

/** Compiles the library, and the files of `oci/` that it imports. Types are not checked: `npm run types` does. */
const compile = (outDir: string): void => {
  const program = ts.createProgram(
    ["index.ts", "core.ts"].map((file) => join(root, "iam", file)),
    {
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts"],
      types: [],
      module: ts.ModuleKind.NodeNext,
      strict: true,
      noUncheckedIndexedAccess: true,
      noCheck: true,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
      declaration: true,
      rootDir: root,
      outDir,
    },
  );
  const { diagnostics } = program.emit();
  if (diagnostics.length === 0) return;
  throw new Error(
    ts.formatDiagnostics(diagnostics, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => root,
      getNewLine: () => "\n",
    }),
  );
};

/**
 * Builds the package.
 * @returns the folder, and the archive in it with its sizes in bytes
 * @throws Error when something cannot be compiled, or npm fails
 */
export const buildIamPackage = async (
  folder = join(root, ".keyless/iam-package"),
): Promise<{ archive: string; sizeBytes: number; unpackedSizeBytes: number }> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  compile(join(folder, "dist"));
  for (const [from, to] of COPIED) {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await copyFile(join(root, from), join(folder, to));
  }
  const { stdout } = await promisify(execFile)("npm", ["pack", "--json", "--offline"], { cwd: folder });
  const [packed] = JSON.parse(stdout) as [{ filename: string; size: number; unpackedSize: number }];
  return {
    archive: join(folder, packed.filename),
    sizeBytes: packed.size,
    unpackedSizeBytes: packed.unpackedSize,
  };
};

const main = async (): Promise<number> => {
  const { archive, sizeBytes, unpackedSizeBytes } = await buildIamPackage();
  console.log(archive);
  console.error(`${sizeBytes} bytes, ${unpackedSizeBytes} unpacked`);
  return 0;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await runCommand(main);
