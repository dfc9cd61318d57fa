/** The report as Markdown, for a snapshot that is committed beside the stack's file. @module */
import { block, codeSpan, sentence } from "./markdown-text.ts";
import { shown } from "./placeholders.ts";
import type { AccessReport, ClientReport } from "./report.ts";

/** A cell of a table: `|` would end it. */
const cell = (text: string): string => text.replaceAll("|", "\\|");

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(" | ")} |`,
  `|${" --- |".repeat(head.length)}`,
  ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
];

/** A rule's constraints in words; nothing when it has none. @param code writes a value, or another's name, as code */
export const whereWords = (where: ClientReport["allow"][number]["where"], code = codeSpan): string =>
  Object.entries(where)
    .map(([at, is]) => {
      const where = /^[A-Za-z0-9.]+$/.test(at) ? at : code(at);
      const spelled = (text: string): string => code(shown(text));
      if (typeof is === "string") return `${where} is ${spelled(is)}`;
      if ("oneOf" in is) return `${where} is one of ${is.oneOf.map(spelled).join(", ")}`;
      if ("absent" in is) return `${where} is left out`;
      return `${where} begins with ${spelled(is.prefix)}`;
    })
    .join(", ");

const clientLines = (client: ClientReport): string[] => [
  `### ${client.name}`,
  "",
  ...client.grants.map((grant) => `- ${sentence(grant)}`),
  "",
  ...table(
    ["Operations", "Only where"],
    client.allow.map((a) => [a.operations.map(codeSpan).join(", "), whereWords(a.where) || "anything"]),
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
      `The dynamic group ${codeSpan(p.group)} selects ${p.selects}.`,
      ...(p.rule ? ["", ...block([p.rule])] : []),
    ]),
    "",
    "## Statements",
    "",
    ...compartments.flatMap((compartment) => [
      `Attached to ${codeSpan(compartment)}:`,
      "",
      ...block(report.statements.filter((s) => s.attachedTo === compartment).map((s) => s.text)),
      "",
    ]),
    ...table(
      ["Statement", "For"],
      report.statements.map((s, i) => [String(i + 1), sentence(s.grant)]),
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
        ["read the secret", codeSpan(report.secret), "allowed"],
        ...report.probes.map((p) => [
          sentence(p.client ? `${p.says} (through the proxy)` : p.says),
          codeSpan(p.target),
          p.expected === "always" ? "allowed (OCI allows it to every instance)" : p.expected,
        ]),
      ],
    ),
    "",
    "## Findings",
    "",
    ...(report.findings.length
      ? report.findings.map((f) => `- **${f.severity}** \`${f.code}\` (${f.where}): ${sentence(f.message)}`)
      : ["None."]),
    "",
  ];
  return lines.join("\n");
};
