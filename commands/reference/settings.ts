/** The page of a stack's settings. @module */
import { type Setting, settingsTable } from "../../infra/settings/table.ts";
import { code, table } from "./table.ts";

const COLUMNS = ["setting", "what it is", "allowed", "when left out", "example", "a change"];

const row = ([name, { says, allowed, default: assumed, example, change }]: [string, Setting]): string[] => [
  code(name),
  says,
  allowed,
  assumed ?? "(needed)",
  example.includes("`") ? example : code(example),
  change,
];

/** Makes `docs/settings.md`. */
export const settingsPage = (): string => `# Settings

The settings of a stack stand in \`Pulumi.<stack>.yaml\` under \`config:\`, as \`keyless:<setting>\`; \`Pulumi.dev.yaml\`
is a commented example. All of them are checked before anything is made, and everything that is wrong is said at
once. What is not in this table is refused.

Beside them stand the provider's own, \`oci:<setting>\`: \`oci:region\` is needed (or \`OCI_REGION\`); credentials are
better left to \`~/.oci/config\` or \`OCI_*\` variables, since what stands in a stack's configuration lands in its state.

The last column says what a change does to a running instance. What is not "replaces the instance" leaves its
OCID and its boot volume alone; grants, probes and new releases of the app reach it within a minute.

${table(COLUMNS, Object.entries(settingsTable).map(row))}
`;
