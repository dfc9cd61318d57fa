/** docs/commands.md is what the commands say of themselves. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { commandsPage } from "../../commands/reference/commands.ts";

test("docs/commands.md is what npm run reference makes", { timeout: 180_000 }, async () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/commands.md"), "utf8");
  expect(page === (await commandsPage()), "npm run reference writes another docs/commands.md").toBe(true);
});
