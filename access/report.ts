import { compileStatements } from "./compile.ts";
import { declared } from "./declared.ts";
import { type FindingsContext, findings } from "./findings.ts";
import type { StackIds } from "./ids.ts";
import { ownGrants } from "./own.ts";
import { probes } from "./probes.ts";
import type { Access, Severity } from "./schema.ts";

/** What a report is about beside the declaration. */
export interface ReportArgs {
  stack: string;
  /** OCIDs, or words in angle brackets for what is not known before deployment. */
  ids: StackIds;
  /** What the dynamic group selects; absent for an existing group. */
  matchingRule?: string | undefined;
  context: FindingsContext;
  severities?: Readonly<Record<string, Severity>>;
}

const block = (lines: readonly string[]): string => ["```", ...lines, "```"].join("\n");

const section = (title: string, body: string): string => `## ${title}\n\n${body}\n`;

/** What reviewers read, in Markdown: who, which statements and where, what each client may do, what is tried. */
export const accessReport = (access: Access, args: ReportArgs): string => {
  const { ids, stack, matchingRule } = args;
  const statements = compileStatements(access, ids);
  const places = [...new Set(statements.map((s) => s.compartmentId))];
  const grants = declared(access);
  const of = (client: string | undefined) =>
    grants.filter((g) => g.client === client).map((g) => `- ${g.kind.label(g.grant)}`);
  const audit = ownGrants(ids).map((g) => `- ${g.kind.label(g.grant)}: the proxy's audit lines`);
  const who = matchingRule
    ? `The members of the dynamic group:\n\n${block([matchingRule])}`
    : "The members of an existing dynamic group.";
  const tried = probes(access, ids).map((p) => `- ${p.says}: ${p.expected}`);
  const found = findings(access, args.context, args.severities).map(
    (f) => `- ${f.severity}: ${f.where}: ${f.message} (${f.code})`,
  );
  return [
    `# Access of ${stack}\n`,
    section("Who", who),
    section(
      "Statements",
      places
        .map((place) => {
          const here = statements.filter((s) => s.compartmentId === place).map((s) => s.text);
          return `Attached to ${place}:\n\n${block(here)}`;
        })
        .join("\n\n"),
    ),
    section("The app", ["- read its own secret", ...audit, ...of(undefined)].join("\n")),
    ...Object.keys(access.clients)
      .sort()
      .map((client) => section(`Client ${client}`, of(client).join("\n"))),
    section("What the check tries", ["- read the own secret: allowed", ...tried].join("\n")),
    section("Findings", found.length > 0 ? found.join("\n") : "None."),
  ].join("\n");
};
