/** Data is made from the repository alone: generated tables from `data/`, and nothing is read from outside. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { GENERATED } from "../../commands/data.ts";
import { SDK_VERSION } from "../../oci/sdk.ts";
import { allFiles, readText, root, sources, target } from "./files.ts";

it.each(Object.entries(GENERATED))("%s is what npm run data makes", (file, text) => {
  expect(readText(file) === text(), `npm run data writes another ${file}`).toBe(true);
});

it("no other file of data is generated", () => {
  expect(allFiles.filter((file) => file.endsWith(".data.json"))).toEqual(Object.keys(GENERATED).sort());
});

it("what CI installs is the release that the tables are made from", () => {
  expect(readText(".ci/programs")).toContain(` oci-sdk@${SDK_VERSION}\n`);
});

it("every input has a row in data/README.md", () => {
  const rows = readText("data/README.md");
  for (const file of allFiles.filter((f) => f.startsWith("data/") && f !== "data/README.md"))
    expect(rows, file).toContain(`\`${file.slice("data/".length)}\``);
});

/** Relative paths in string literals, with the file that holds them. */
const paths = sources.flatMap((file) =>
  [...readText(file).matchAll(/["'`]((?:\.\.?\/)+[^"'`\s]*)["'`]/g)].map(([, path]) => ({
    file,
    path: path!,
  })),
);

it("no file names a path above the root", () => {
  expect(paths.filter(({ file, path }) => target(file, path).startsWith(".."))).toEqual([]);
});

// An import that leads nowhere fails the type check; a path that a child process is given is only text.
it("every path to a source exists", () => {
  const toSources = paths.filter(({ path }) => /^\.\.\/.*\.(ts|mjs|cjs)$/.test(path) && !path.includes("$"));
  expect(toSources.length).toBeGreaterThan(1000);
  expect(toSources.filter(({ file, path }) => !existsSync(join(root, target(file, path))))).toEqual([]);
});

it("nothing is read from a computer's own folders", () => {
  const folders = /[/](work|home|root|Users)[/]/;
  const named = [...sources, ".ci/run", ".ci/programs"].filter((file) => folders.test(readText(file)));
  expect(named).toEqual([]);
});
