/** The reference pages are what the code's tables make (`npm run reference` writes them anew). */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it, test } from "vitest";
import { WITH_HELP, WITHOUT_HELP } from "../../commands/reference/commands.ts";
import { REFERENCE } from "../../commands/reference.ts";
import { EXPLANATIONS } from "../../commands/shared/explain/codes.ts";

const root = resolve(import.meta.dirname, "../..");
const textOf = (file: string): string => readFileSync(resolve(root, file), "utf8");

// Asking every command for its help takes a process each: reference-commands.slow.test.ts.
const quick = Object.entries(REFERENCE).filter(([file]) => file !== "docs/commands.md");

it.each(quick)("%s is what npm run reference makes", async (file, page) => {
  expect(textOf(file) === (await page()), `npm run reference writes another ${file}`).toBe(true);
});

test("docs/commands.md has every script of package.json", () => {
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
  expect([...WITH_HELP, ...Object.keys(WITHOUT_HELP)].sort()).toEqual(Object.keys(scripts).sort());
  const page = textOf("docs/commands.md");
  for (const name of WITH_HELP) expect(page).toMatch(new RegExp(`^## npm (run )?${name}$`, "m"));
});

test("every code of an explanation is given to something", () => {
  const folders = ["commands/shared/explain", "commands/verify"];
  const text = folders
    .flatMap((folder) => readdirSync(resolve(root, folder)).map((file) => `${folder}/${file}`))
    .filter((file) => !file.endsWith("/codes.ts"))
    .map(textOf)
    .join("\n");
  const parts = ["action", "location", "condition"].map((part) => `statement-${part}`);
  const left = Object.keys(EXPLANATIONS).filter(
    (code) => !text.includes(`"${code}"`) && !parts.includes(code),
  );
  expect(left).toEqual([]);
  expect(text).toMatch(/`statement-\$\{near\.part\}`/);
});
