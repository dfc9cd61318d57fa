/** A skipped test says why: the summary of a run is read by those who do not know what a computer lacks. */
import { expect, it } from "vitest";
import { sources, textOf } from "./files.ts";

it("tests are skipped by test/support/skip.ts alone, with a reason", () => {
  const others = sources.filter(
    (file) =>
      file.startsWith("test/") &&
      file !== "test/support/skip.ts" &&
      /\b(it|test|describe|context|ctx)\.(skip|skipIf|runIf|todo|only)\b/.test(textOf(file)),
  );
  expect(others).toEqual([]);
});
