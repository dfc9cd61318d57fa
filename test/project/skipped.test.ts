/** A skipped test says why: the summary of a run is read by those who do not know what a computer lacks. */
import { expect, it } from "vitest";
import { allFiles, readText, sources } from "./files.ts";

it("tests are skipped by test/support/skip.ts alone, with a reason", () => {
  const others = sources.filter(
    (file) =>
      file.startsWith("test/") &&
      file !== "test/support/skip.ts" &&
      /\b(it|test|describe|context|ctx)\.(skip|skipIf|runIf|todo|only)\b/.test(readText(file)),
  );
  expect(others).toEqual([]);
});

it("no test is tried twice: a race is mended, not hidden", () => {
  const configs = allFiles.filter((file) => /^vitest\..*ts$/.test(file));
  expect(configs.length).toBeGreaterThan(3);
  const hidden = [...sources.filter((file) => file.startsWith("test/")), ...configs].filter((file) =>
    /\bretry: [\w(]+(,| \?|\n| \})/.test(readText(file).replaceAll(/retry: \{/g, "")),
  );
  expect(hidden).toEqual([]);
});
