/** `npm run reference`: writes the pages that are made from the code's own tables. @module */
import { writeFileSync } from "node:fs";
import { settingsPage } from "./reference/settings.ts";
import { commandsPage } from "./reference/commands.ts";
import { deployerPage } from "./reference/deployer.ts";
import { errorsPage } from "./reference/errors.ts";
import { operationsServedPage } from "./reference/operations-served.ts";
import { servicesPage } from "./reference/services.ts";
import { runCommand } from "./shared/exit.ts";

/** Every generated page: its path in the repository, and what makes its text. */
export const REFERENCE: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/commands.md": commandsPage,
  "docs/deployer.md": deployerPage,
  "docs/errors.md": errorsPage,
  "docs/operations-served.md": operationsServedPage,
  "docs/services.md": servicesPage,
  "docs/settings.md": settingsPage,
};

const main = async (): Promise<number> => {
  for (const [file, page] of Object.entries(REFERENCE))
    writeFileSync(new URL(`../${file}`, import.meta.url), await page());
  return 0;
};

if (process.argv[1] === new URL(import.meta.url).pathname) await runCommand(main);
