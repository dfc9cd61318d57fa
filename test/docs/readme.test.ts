import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { deployerStatements } from "../../access/index.ts";

const root = resolve(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

/** As the README shows them: names in place of OCIDs. */
const shown = (): string =>
  deployerStatements({
    group: "Deployers",
    tenancyId: "<tenancy>",
    compartments: { network: "<network>", security: "<security>", workload: "<workload>" },
    name: "keyless",
  })
    .map(({ text }) => text.replace("compartment id <tenancy>", "tenancy"))
    .join("\n");

test("the README shows the deployer's statements as they are", () => {
  expect(readme).toContain(`\`\`\`\n${shown()}\n\`\`\``);
});

test("what the README links to is there", () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path!);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("every command that the README names is an npm script", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = [...readme.matchAll(/npm run (?:-s )?([a-z-]+)/g)].map(([, name]) => name!);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
