/** `docs/commands.md`: commands and flags, as each command's `--help` says them. @module */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { code, table } from "./table.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Commands with a `--help`, in the order in which somebody meets them. */
export const WITH_HELP = ["start", "local", "access", "verify", "teardown", "proxy", "iam", "bench"] as const;

/** Scripts of package.json without flags of their own, and what each does. */
export const WITHOUT_HELP: Readonly<Record<string, string>> = {
  "policy-pack": "builds the findings as a policy pack for the Pulumi CLI into `.keyless/policy-pack`",
  "iam:pack": "builds the policy language (`iam/`) as an npm package of its own into `.keyless/iam-package`",
  data: "makes the generated tables anew from `data/`",
  reference: "makes the generated pages of `docs/` anew",
  "user-data": "writes `infra/boot/packed/user-data.base64` anew; a changed one replaces every instance",
  test: "the tests that a contributor needs, quickly",
  "test:all": "all tests but those with the real engine and the virtual machine",
  "test:engine": "the tests with the real engine and provider",
  "test:vm": "the tests in a virtual machine",
  mutations: "changes the evaluator one line at a time and runs the tests of decisions on each",
  types: "checks the types",
  lint: "lints the sources",
  "lint:promises": "finds promises that nobody awaits",
  "lint:unused": "finds files, exports and dependencies that nobody uses",
  format: "checks the sources' format",
  "format:write": "formats the sources",
};

/**
 * Text that a command prints when it is asked for help.
 * @throws Error when it ends with another code than 0
 */
const helpOf = async (command: string): Promise<string> => {
  const { stdout } = await run(process.execPath, ["--import", "tsx", `commands/${command}.ts`, "--help"], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
  });
  return stdout.trim();
};

const callOf = (name: string): string =>
  name === "start" || name === "test" ? `npm ${name}` : `npm run ${name}`;

/** Makes the page. */
export const commandsPage = async (): Promise<string> => {
  const sections: string[] = [];
  // One after the other: each is a process of its own.
  for (const command of WITH_HELP)
    sections.push(`## ${callOf(command)}\n\n\`\`\`text\n${await helpOf(command)}\n\`\`\``);
  return `# Commands

What \`--help\` says of each. \`npm run reference\` makes this page from the commands. Flags stand after \`--\`; exit codes
are 0 good, 1 the thing checked is not so, 2 wrong use or broken settings.

${sections.join("\n\n")}

## Without flags

${table(
  ["command", "what it does"],
  Object.entries(WITHOUT_HELP).map(([name, does]) => [code(callOf(name)), does]),
)}
`;
};
