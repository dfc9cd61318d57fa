/** Which folder may import which, and that no file imports itself by way of others. */
import { expect, it } from "vitest";
import { type Import, imports, importsOf, missing } from "./imports.ts";

/** A folder, and what it may import beside itself. Commands, tests and benchmarks may import everything. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  infra: ["access", "document"],
  access: ["document", "iam", "oci"],
  app: ["document", "oci"],
  engine: ["oci"],
  local: ["iam", "oci"],
  document: ["oci"],
  iam: ["oci"],
  oci: [],
};

const EVERYTHING = ["commands", "test", "bench"];

/** Arrows that are still to be removed, as "from → to". A row that is no longer needed fails the test. */
const STILL_THERE: readonly string[] = [
  "infra/document.ts → oci/instance-metadata.ts",
  "infra/settings/settings.ts → oci/nearest.ts",
];

const folderOf = (file: string): string => (file.includes("/") ? file.split("/")[0]! : ".");

/** Arrows of the table that are broken. */
const broken = (all: readonly Import[]): string[] =>
  all
    .filter(({ from, to }) => {
      const [source, goal] = [folderOf(from), folderOf(to)];
      if (source === goal) return false;
      if (source === "bench" || source === "test") return false;
      if (source === "commands") return goal === "test";
      return !ALLOWED[source]?.includes(goal);
    })
    .map(({ from, to }) => `${from} → ${to}`);

it("every import names a file", () => expect(missing).toEqual([]));

it("imports between folders go one way", () => expect(broken(imports)).toEqual(STILL_THERE));

it("every folder with code is in the table", () => {
  const folders = new Set(imports.map(({ from }) => folderOf(from)).filter((folder) => folder !== "."));
  expect([...folders].sort()).toEqual([...Object.keys(ALLOWED), ...EVERYTHING].sort());
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

it("the rules see what breaks them", () => {
  const of = (file: string, text: string): Import[] => importsOf(file, text);
  expect(broken(of("iam/a.ts", 'import type { X } from "../local/b.ts";'))).toEqual([
    "iam/a.ts → local/b.ts",
  ]);
  expect(broken(of("app/a.ts", 'const x = await import("../infra/b.ts");'))).toEqual([
    "app/a.ts → infra/b.ts",
  ]);
  expect(broken(of("oci/a.ts", 'let x: import("../commands/b.ts").X;'))).toEqual([
    "oci/a.ts → commands/b.ts",
  ]);
  expect(broken(of("access/a.ts", 'export { x } from "../document/b.ts";'))).toEqual([]);
  const round = [
    ...of("a/a.ts", 'import "./b.ts";'),
    ...of("a/b.ts", 'import type { X } from "./c.ts";'),
    ...of("a/c.ts", 'import { x } from "./a.ts";'),
    ...of("a/d.ts", 'import "./a.ts";'),
  ];
  expect(circles(round)).toEqual([["a/a.ts", "a/b.ts", "a/c.ts"]]);
});
