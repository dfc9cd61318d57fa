/** ARCHITECTURE.md and CONTRIBUTING.md are true: the arrows are those that there are, and every path is a file. */
import { dirname, join, relative } from "node:path";
import { expect, it } from "vitest";
import { allFiles, readText, root, target } from "./files.ts";
import { imports } from "./imports.ts";

const architecture = readText("ARCHITECTURE.md");

const section = (title: string): string => architecture.split(`\n## ${title}\n`)[1]!.split("\n## ")[0]!;

const quoted = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, inner]) => inner!);

const folderOf = (file: string): string => file.split("/")[0]!;

/** What the page allows each folder to import beside itself. */
const allowed: ReadonlyMap<string, readonly string[]> = new Map(
  [...section("Allowed arrows").matchAll(/^\| `(\w+)\/` \|(.*)\|$/gm)].map(([, folder, others]) => [
    folder!,
    quoted(others!).map(folderOf),
  ]),
);

/** Arrows that the page says are still to be removed. */
const stillThere = [...section("Allowed arrows").matchAll(/^- `(.+)` → `(.+)`$/gm)].map(
  ([, from, to]) => `${from} → ${to}`,
);

/** Imports between folders that have a row. */
const arrows = imports.filter(
  ({ from, to }) => allowed.has(folderOf(from)) && folderOf(from) !== folderOf(to),
);

it("the table has a row for every folder of the product", () => {
  expect([...allowed.keys()].sort()).toEqual([
    "access",
    "app",
    "document",
    "engine",
    "iam",
    "infra",
    "local",
    "oci",
  ]);
});

it("folders import what the table allows, and nothing else", () => {
  const broken = arrows
    .filter(({ from, to }) => !allowed.get(folderOf(from))!.includes(folderOf(to)))
    .map(({ from, to }) => `${from} → ${to}`);
  expect([...new Set(broken)].sort()).toEqual([...stillThere].sort());
});

/** What the page allows folders of `local/` to import of it. */
const inside: ReadonlyMap<string, readonly string[]> = new Map(
  [...section("Allowed arrows").matchAll(/^\| `(local\/\w+)\/` \|(.*)\|$/gm)].map(([, folder, others]) => [
    folder!,
    quoted(others!).map((other) => other.replace(/\/$/, "")),
  ]),
);

it("the state and the services of the local OCI import what the table allows", () => {
  expect([...inside.keys()]).toEqual(["local/services", "local/state"]);
  const found = imports.flatMap(({ from, to }) => {
    const folder = from.split("/").slice(0, 2).join("/");
    const others = inside.get(folder);
    const other = dirname(to).split("/").slice(0, 2).join("/");
    const own = [folder, ...(others ?? []), ...(folder === "local/state" ? [] : ["local"])];
    return !others || !to.startsWith("local/") || own.includes(other) ? [] : [`${from} → ${to}`];
  });
  expect(found).toEqual([]);
});

it("no row allows what nobody imports", () => {
  const used = new Set(arrows.map(({ from, to }) => `${folderOf(from)} → ${folderOf(to)}`));
  const rows = [...allowed].flatMap(([from, others]) => others.map((to) => `${from} → ${to}`));
  expect(rows.filter((row) => !used.has(row))).toEqual([]);
});

/** Whether a path is a file or a folder of the repository; of one with a place to fill in, its folder counts. */
const exists = (path: string): boolean => {
  const known = path.includes("<") ? `${dirname(`${path.split("<")[0]}x`)}/` : path;
  return known.endsWith("/") ? allFiles.some((file) => file.startsWith(known)) : allFiles.includes(known);
};

/** Words in code quotes that are paths: below a folder of the repository, or a file at its root. */
const pathsIn = (page: string): string[] => {
  const folders = new Set(allFiles.filter((file) => file.includes("/")).map(folderOf));
  return quoted(readText(page)).filter(
    (word) =>
      !word.includes(" ") &&
      ((word.includes("/") && folders.has(folderOf(word))) || /^[\w.-]+\.(md|json|ts|yaml)$/.test(word)) &&
      !word.startsWith("."),
  );
};

it.each(["ARCHITECTURE.md", "CONTRIBUTING.md"])("every path that %s names exists", (page) => {
  const paths = pathsIn(page);
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !exists(path))).toEqual([]);
});

it("a path that is gone is seen", () => {
  expect(["infra/", "access/kinds/<kind>.ts", "infra/index.ts"].filter((path) => !exists(path))).toEqual([]);
  expect(["infra/gone.ts", "gone/", "access/gone/<kind>.ts"].filter(exists)).toEqual([]);
});

const pages = allFiles.filter((file) => /^(docs\/)?[\w-]+\.md$/.test(file));

it.each(pages)("what %s links to is there", (page) => {
  const links = [...readText(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path!);
  const missing = links.filter((link) => !exists(relative(root, join(root, dirname(page), link))));
  expect(missing.filter((link) => !allFiles.some((f) => f.startsWith(`${target(page, link)}/`)))).toEqual([]);
});

it("every page of docs/ is in its index", () => {
  const index = readText("docs/README.md");
  const left = allFiles.filter(
    (file) =>
      /^docs\/.*\.md$/.test(file) && file !== "docs/README.md" && !index.includes(`](${file.slice(5)})`),
  );
  expect(left).toEqual([]);
});

it("every command that CONTRIBUTING.md names is an npm script", () => {
  const { scripts } = JSON.parse(readText("package.json")) as { scripts: Record<string, string> };
  const named = [...readText("CONTRIBUTING.md").matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(
    ([, name]) => name!,
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
