/**
 * `npm run policy-pack`: the pack as plain JavaScript in a folder of its own, which any version of the Pulumi CLI
 * loads: `pulumi preview --policy-pack .keyless/policy-pack`.
 * @module
 */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { runCommand } from "../shared/exit.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const MANIFEST = `description: Findings about policy statements and matching rules
version: VERSION
main: index.js
runtime: nodejs
`;

/** Builds the pack. @returns the folder */
export const buildPolicyPack = async (folder = join(root, ".keyless/policy-pack")): Promise<string> => {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  await mkdir(folder, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: ["commands/policy-pack/index.ts"],
    outfile: join(folder, "index.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    // The engine's own, which the CLI looks for beside the pack.
    external: ["@pulumi/policy", "@pulumi/pulumi"],
    // The language's tables are read from beside the module, which is this file now.
    define: { "import.meta.url": "moduleUrl" },
    banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "error",
  });
  const manifest = {
    name: "keyless-policy-pack",
    version,
    private: true,
    type: "commonjs",
    main: "index.js",
    dependencies: { "@pulumi/policy": "1.21.0" },
  };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await copyFile(join(root, "iam/tables/tables.data.json"), join(folder, "tables.data.json"));
  // The CLI would compile the JavaScript again, with the project's own options.
  await writeFile(join(folder, "tsconfig.json"), '{ "compilerOptions": { "allowJs": false } }\n');
  await writeFile(join(folder, "PulumiPolicy.yaml"), MANIFEST.replace("VERSION", version));
  return folder;
};

const main = async (): Promise<number> => {
  console.log(await buildPolicyPack());
  return 0;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await runCommand(main);
