/** The report as Markdown, for a snapshot that is committed beside the stack's file. @module */
import { shown } from "./placeholders.ts";
import type { AccessReport, ClientReport } from "./report.ts";

/** A cell of a table: `|` would end it. */
const cell = (text: string): string => text.replaceAll("|", "\\|");

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(" | ")} |`,
  `|${" --- |".repeat(head.length)}`,
  ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
];

const code = (text: string): string => `\`${text}\``;

/** A rule's constraints in words. */
export const whereWords = (where: ClientReport["allow"][number]["where"]): string =>
  Object.entries(where)
    .map(([at, is]) => (typeof is === "string" ? `${at} is \`${is}\`` : `${at} begins with \`${is.prefix}\``))
    .join(", ") || "anything";

const clientLines = (client: ClientReport): string[] => [
  `### ${client.name}`,
  "",
  ...client.grants.map((grant) => `- ${grant}`),
  "",
  ...table(
    ["Operations", "Only where"],
    client.allow.map((a) => [a.operations.map(code).join(", "), shown(whereWords(a.where))]),
  ),
  "",
];

/** The snapshot's text, the same for the same access. */
export const reportMarkdown = (report: AccessReport): string => {
  const compartments = [...new Set(report.statements.map((s) => s.attachedTo))];
  const lines = [
    `# Access of the stack ${report.stack}`,
    "",
    `Made by \`npm run access -- --write\` from \`Pulumi.${report.stack}.yaml\`; \`npm run access -- --check\` compares.`,
    "",
    "## Who",
    "",
    ...report.principals.flatMap((p) => [
      `The dynamic group \`${p.group}\` selects ${p.selects}.`,
      ...(p.rule ? ["", "```", p.rule, "```"] : []),
    ]),
    "",
    "## Statements",
    "",
    ...compartments.flatMap((compartment) => [
      `Attached to \`${compartment}\`:`,
      "",
      "```",
      ...report.statements.filter((s) => s.attachedTo === compartment).map((s) => s.text),
      "```",
      "",
    ]),
    ...table(
      ["Statement", "For"],
      report.statements.map((s, i) => [String(i + 1), s.grant]),
    ),
    "",
    "## Clients of the proxy",
    "",
    ...(report.clients.length ? report.clients.flatMap(clientLines) : ["None.", ""]),
    "## What the check tries",
    "",
    ...table(
      ["Call", "Target", "Must be"],
      [
        ["read the secret", code(report.secret), "allowed"],
        ...report.probes.map((p) => [
          p.client ? `${p.says} (through the proxy)` : p.says,
          code(p.target),
          p.expected === "always" ? "allowed (OCI allows it to every instance)" : p.expected,
        ]),
      ],
    ),
    "",
    "## Findings",
    "",
    ...(report.findings.length
      ? report.findings.map((f) => `- **${f.severity}** \`${f.code}\` (${f.where}): ${f.message}`)
      : ["None."]),
    "",
  ];
  return lines.join("\n");
};
