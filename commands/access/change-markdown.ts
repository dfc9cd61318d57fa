/** Changes of access as Markdown, short enough for a comment on a pull request. @module */
import { type AccessChange, type AccessEntry, type ClientEntry, changesAccess } from "./change.ts";
import { whereWords } from "./markdown.ts";
import { shown } from "./placeholders.ts";

/** By this the one comment is found again. */
export const COMMENT_MARK = "<!-- keyless: change of access -->";

/** Entries shown of each list; the rest is counted. */
const MOST = 12;

const few = (lines: readonly string[]): string[] =>
  lines.length <= MOST ? [...lines] : [...lines.slice(0, MOST), `- … and ${lines.length - MOST} more`];

const entryLine = ({ who, what, where, condition, example }: AccessEntry): string =>
  `- **${who}**: ${what} in ${where}${condition ? ` where \`${condition}\`` : ""}; for example ${example}`;

/** One line for the operations of a client that have the same constraints. */
const clientLines = (entries: readonly ClientEntry[]): string[] => {
  const lines = new Map<string, { client: string; operations: string[]; where: ClientEntry["where"] }>();
  for (const { client, operation, where } of entries) {
    const key = `${client} ${JSON.stringify(where)}`;
    const line = lines.get(key) ?? { client, operations: [], where };
    line.operations.push(operation);
    lines.set(key, line);
  }
  return [...lines.values()].map(
    ({ client, operations, where }) =>
      `- client **${client}** of the proxy: ${operations.join(", ")} where ${shown(whereWords(where))}`,
  );
};

const diff = (title: string, { before, after }: { before: string[]; after: string[] }): string[] =>
  before.length + after.length === 0
    ? []
    : ["", title, "```diff", ...before.map((t) => `- ${t}`), ...after.map((t) => `+ ${t}`), "```"];

const list = (title: string, lines: readonly string[]): string[] =>
  lines.length ? ["", title, ...few(lines)] : [];

/** In a few words: `2 gained, 1 lost`, or `no change of access`. */
export const changeSummary = (change: AccessChange): string => {
  const { kind, gained, lost, clients, undecided, replaced } = change;
  const count = (n: number, word: string): string[] => (n ? [`${n} ${word}`] : []);
  const access = changesAccess(change)
    ? [
        ...count(gained.length, "gained"),
        ...count(lost.length, "lost"),
        ...count(clientLines(clients.gained).length, "gained by clients"),
        ...count(clientLines(clients.lost).length, "lost by clients"),
        ...count(undecided.length, "not to be compared"),
      ].join(", ")
    : "no change of access";
  return [
    ...(kind === "changed" ? [] : [kind === "added" ? "new" : "removed"]),
    access,
    ...(replaced.length ? [`replaces ${replaced.map((r) => r.resource).join(", ")}`] : []),
  ].join("; ");
};

const isSilent = (change: AccessChange): boolean =>
  !changesAccess(change) &&
  change.kind === "changed" &&
  [
    change.statements.before,
    change.statements.after,
    change.principals.before,
    change.principals.after,
  ].every((texts) => texts.length === 0) &&
  change.replaced.length + change.findings.length === 0;

const stackLines = (change: AccessChange): string[] => [
  `### Stack \`${change.stack}\`: ${changeSummary(change)}`,
  ...list("Gained, widest first:", [...change.gained.map(entryLine), ...clientLines(change.clients.gained)]),
  ...list("Lost:", [...change.lost.map(entryLine), ...clientLines(change.clients.lost)]),
  ...list(
    "Not to be compared:",
    change.undecided.map((text) => `- ${text}`),
  ),
  ...list(
    "New findings:",
    change.findings.map((f) => `- **${f.severity}** \`${f.code}\` (${f.where}): ${shown(f.message)}`),
  ),
  ...list(
    "Replaced:",
    change.replaced.map((r) => `- ${r.resource}: ${r.because.join(" and ")} cannot change in place`),
  ),
  ...diff("Whom the dynamic group selects:", change.principals),
  ...diff("Statements:", change.statements),
  "",
];

/** The comment. @param base what it is compared with, for people */
export const changesMarkdown = (
  changes: readonly AccessChange[],
  base: string,
  notes: readonly string[] = [],
): string => {
  const silent = changes.filter(isSilent).map((c) => `\`${c.stack}\``);
  const loud = changes.filter((c) => !isSilent(c));
  return [
    COMMENT_MARK,
    `## Access, compared with \`${base}\``,
    "",
    ...notes.map((note) => `${note}\n`),
    ...loud.flatMap(stackLines),
    ...(silent.length ? [`No change of access: ${silent.join(", ")}.`, ""] : []),
  ].join("\n");
};
