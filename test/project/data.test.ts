/** Data is made from the repository alone: generated tables from `data/`, and nothing is read from outside. */
import { expect, it } from "vitest";
import { GENERATED } from "../../commands/data.ts";
import { allFiles, sources, target, textOf } from "./files.ts";

it.each(Object.entries(GENERATED))("%s is what npm run data makes", (file, text) => {
  expect(textOf(file) === text(), `npm run data writes another ${file}`).toBe(true);
});

it("no other file of data is generated", () => {
  expect(allFiles.filter((file) => file.endsWith(".data.json"))).toEqual(Object.keys(GENERATED).sort());
});

it("every input has a row in data/README.md", () => {
  const rows = textOf("data/README.md");
  for (const file of allFiles.filter((f) => f.startsWith("data/") && f !== "data/README.md"))
    expect(rows, file).toContain(`\`${file.slice("data/".length)}\``);
});

it("no file names a path above the root", () => {
  const outside = sources.flatMap((file) =>
    [...textOf(file).matchAll(/["'`]((?:\.\.?\/)+[^"'`\s]*)["'`]/g)]
      .map(([, path]) => path!)
      .filter((path) => target(file, path).startsWith(".."))
      .map((path) => `${file}: ${path}`),
  );
  expect(outside).toEqual([]);
});

it("nothing is read from a computer's own folders", () => {
  const folders = /[/](work|home|root|Users)[/]/;
  const named = [...sources, ".ci/run"].filter((file) => folders.test(textOf(file)));
  expect(named).toEqual([]);
});
