/** Versions that several places name are the same everywhere. */
import { expect, it } from "vitest";
import { CLI_VERSION } from "../support/oci-cli.ts";
import { allFiles, readText } from "./files.ts";

const manifest = JSON.parse(readText("package.json")) as Record<
  "dependencies" | "devDependencies",
  Record<string, string>
>;
const texts = allFiles.filter(
  (file) => /\.(md|yml|yaml|ts)$|^\.ci\//.test(file) && file !== "CHANGELOG.md" && !file.startsWith("data/"),
);
/** What stands in parentheses in a pattern, wherever it is found. */
const named = (pattern: RegExp): string[] =>
  texts.flatMap((file) => [...readText(file).matchAll(pattern)].map(([, version]) => `${file}: ${version}`));
const files = (found: readonly string[]): string[] => found.map((one) => one.split(": ")[0]!);

it("Pulumi: the pipelines' CLI and the engine that was checked against", () => {
  const cli = /^version=(\S+)$/m.exec(readText(".github/pulumi.sh"))![1]!;
  const engine = named(/Pulumi engine (\d[\d.]*\d)/g);
  expect(files(engine)).toContain("README.md");
  for (const one of engine) expect(`${cli}.`).toContain(`${one.split(": ")[1]}.`);
});

it("Pulumi: the SDK is the last that takes Node 20, and no newer than the CLI", () => {
  const { engines } = JSON.parse(readText("node_modules/@pulumi/pulumi/package.json"));
  expect(manifest.dependencies["@pulumi/pulumi"]).toBe("3.248.0");
  expect(engines.node).toBe(">=20");
});

it("a dependency that refuses the Node in use is an error of npm ci", () => {
  expect(readText(".npmrc")).toMatch(/^engine-strict=true$/m);
});

it("the OCI provider", () => {
  const sdk = manifest.dependencies["@pulumi/oci"]!;
  const provider = named(/real OCI provider (\d[\d.]*\d)/g);
  expect(files(provider)).toContain("README.md");
  for (const one of provider) expect(`${sdk}.`).toContain(`${one.split(": ")[1]}.`);
});

it("the policy pack takes the version that is tested", () => {
  const built = named(/"@pulumi\/policy": "([^"]+)"/g);
  expect(built).toEqual([`commands/policy-pack/build.ts: ${manifest.devDependencies["@pulumi/policy"]}`]);
});

it("the OCI CLI", () => {
  const versions = named(/(?:oci-cli==|OCI CLI \()(\d[\d.]*\d)/g);
  expect(files(versions)).toEqual(expect.arrayContaining([".ci/programs", "docs/pipelines.md"]));
  for (const one of versions) expect(one).toMatch(new RegExp(`: ${CLI_VERSION}$`));
});

it("every dependency is pinned", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const [name, version] of Object.entries(all)) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
});
