/** The policy language as a package: it installs where nothing else is, and its README is true of it there. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildIamPackage } from "../../commands/iam-package/build.ts";

const readme = readFileSync("iam/README.md", "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, text]) => text!);
const examples = blocks("ts").map((code, i) => ({
  file: `example-${i}.ts`,
  code,
  prints: blocks("text")[i],
}));

const folder = mkdtempSync(join(tmpdir(), "keyless-iam-"));
let sizes: { sizeBytes: number; unpackedSizeBytes: number };

beforeAll(async () => {
  const built = await buildIamPackage(join(folder, "built"));
  sizes = built;
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  const options = ["--offline", "--no-audit", "--no-fund"];
  execFileSync("npm", ["install", ...options, built.archive], { cwd: project, stdio: "pipe" });
  for (const { file, code } of examples) writeFileSync(join(project, file), code);
  // All that the examples take from Node's types, which take seconds to read.
  writeFileSync(join(project, "console.d.ts"), "declare const console: { log(...v: unknown[]): void };\n");
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles the examples as a user's project does. @returns what the compiler complains of */
const complaints = (module: ts.ModuleKind, moduleResolution: ts.ModuleResolutionKind): string[] => {
  const options: ts.CompilerOptions = {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module,
    moduleResolution,
    lib: ["lib.es2022.d.ts"],
    types: [],
  };
  const files = [...examples.map(({ file }) => file), "console.d.ts"];
  const program = ts.createProgram(
    files.map((file) => join(folder, "project", file)),
    options,
  );
  program.emit();
  return ts.getPreEmitDiagnostics(program).map((d) => ts.flattenDiagnosticMessageText(d.messageText, "\n"));
};

/** The files that a file of the package loads, itself included. */
const importsOf = (file: string, seen: Set<string>): string[] => {
  if (seen.has(file) || !file.endsWith(".js")) return [];
  seen.add(file);
  for (const [, other] of readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)"/g))
    importsOf(join(file, "..", other!), seen);
  return [...seen];
};

describe("the package", () => {
  it("depends on nothing, and has what it needs and no more", () => {
    const { dependencies, version } = JSON.parse(
      readFileSync(join(folder, "project/node_modules/keyless-iam/package.json"), "utf8"),
    ) as { dependencies?: object; version: string };
    const root = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(dependencies).toBeUndefined();
    expect(version).toBe(root.version);
    expect(sizes.sizeBytes).toBeLessThan(400_000);
    expect(sizes.unpackedSizeBytes).toBeLessThan(2_000_000);
  });

  it.each([
    ["node16", ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
    ["bundler", ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  ] as const)("has types that a strict project compiles with (%s)", (_, module, resolution) => {
    expect(complaints(module, resolution)).toEqual([]);
  });

  it.each(examples)("prints what its README says ($file)", ({ file, prints }) => {
    const printed = execFileSync(process.execPath, [file.replace(".ts", ".js")], {
      cwd: join(folder, "project"),
      encoding: "utf8",
      env: { PATH: process.env["PATH"], NO_COLOR: "1" },
    });
    expect(printed).toBe(prints);
  });

  it("loads neither linter nor comparison for decisions alone", () => {
    const loaded = join(folder, "project/node_modules/keyless-iam/dist/iam");
    const files = importsOf(join(loaded, "core.js"), new Set());
    expect(files).toContain(join(loaded, "decide/decide.js"));
    expect(files.filter((file) => /\/(lint|compare|ask)\//.test(file))).toEqual([]);
  });
});
