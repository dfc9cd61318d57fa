/** Imports between files: no circles, and none of a command. Folders' arrows: architecture.test.ts. */
import { expect, it } from "vitest";
import { type Import, imports, importsOf, missing } from "./imports.ts";

it("every import names a file", () => expect(missing).toEqual([]));

it("nothing but tests and benchmarks imports a command", () => {
  const wrong = imports.filter(
    ({ from, to }) => to.startsWith("commands/") && !/^(commands|test|bench)\//.test(from),
  );
  expect(wrong).toEqual([]);
});

/** Groups of files each of which imports the others, directly or not; imports of types count. */
const circles = (all: readonly Import[]): string[][] => {
  const next = new Map<string, Import[]>();
  for (const one of all) next.set(one.from, [...(next.get(one.from) ?? []), one]);
  const reach = (start: string): Set<string> => {
    const seen = new Set<string>();
    const open = [start];
    for (let file = open.pop(); file !== undefined; file = open.pop())
      for (const { to } of next.get(file) ?? [])
        if (!seen.has(to)) {
          seen.add(to);
          open.push(to);
        }
    return seen;
  };
  const reached = new Map([...next.keys()].map((file) => [file, reach(file)]));
  const groups = [...reached]
    .filter(([file, to]) => to.has(file))
    .map(([file, to]) => [...to].filter((other) => reached.get(other)?.has(file)).sort());
  return [...new Map(groups.map((group) => [group.join(), group])).values()];
};

it("no file imports itself by way of others", () => expect(circles(imports)).toEqual([]));

it("circles are found, by whatever kind of import", () => {
  const round = [
    ...importsOf("a/a.ts", 'const x = await import("./b.ts");'),
    ...importsOf("a/b.ts", 'import type { X } from "./c.ts";'),
    ...importsOf("a/c.ts", 'let x: import("./a.ts").X; export { y } from "./e.ts";'),
    ...importsOf("a/d.ts", 'import "./a.ts";'),
  ];
  expect(circles(round)).toEqual([["a/a.ts", "a/b.ts", "a/c.ts"]]);
});
