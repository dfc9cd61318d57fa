/** Changes of access as Markdown, short enough for a comment on a pull request. @module */
import { type AccessChange, type ClientEntry, changesAccess } from "./change.ts";
import type { AccessEntry } from "./entry.ts";
import { whereWords } from "./markdown.ts";
import { block, codeSpan, cut, sentence } from "./markdown-text.ts";
import { shown } from "./placeholders.ts";
import { type Attribution, attributionWords, type PresenceReport } from "./presence.ts";

/** Mark by which the one comment is found again. */
const COMMENT_MARK = "<!-- keyless: change of access -->";

/** Entries shown of each list; the rest is counted. */
const MOST = 12;
/** Statements shown of each side. */
const MOST_STATEMENTS = 25;
/** Characters of a condition or an example. */
const MOST_CONDITION = 300;
/** Characters of a statement: some are longer than a screen. */
const MOST_STATEMENT = 1_500;
/** Resource types named in one entry. */
const MOST_TYPES = 6;
/** Characters that GitHub takes in a comment are 65,536. */
const MOST_COMMENT = 60_000;

const more = (count: number): string => `… and ${count} more`;

const few = (lines: readonly string[]): string[] =>
  lines.length <= MOST ? [...lines] : [...lines.slice(0, MOST), `- ${more(lines.length - MOST)}`];

/** `manage keys, read buckets, {A, B}` in its parts: what is in braces is one. */
const shortened = (what: string): string => {
  const parts =
    what
      .match(/\{[^}]*\}|[^,{]+/g)
      ?.map((p) => p.trim())
      .filter(Boolean) ?? [];
  const short = parts.map((part) => cut(part, MOST_CONDITION));
  return short.length <= MOST_TYPES
    ? short.join(", ")
    : `${short.slice(0, MOST_TYPES).join(", ")}, ${more(short.length - MOST_TYPES)}`;
};

/** A policy's name: in italics where nothing in it is active. */
const policyName = (name: string): string => (sentence(name) === name ? `*${name}*` : codeSpan(name));

const attributionPart = ({ effect, by = [], through = [] }: Partial<Attribution>): string => {
  const words = effect && attributionWords({ effect, by, through }, policyName);
  return words ? `: ${words}` : "";
};

const entryLine = (entry: AccessEntry & Partial<Attribution>): string => {
  const { who, what, where, condition, example } = entry;
  return `- **${sentence(who)}**: ${shortened(what)} in ${sentence(where)}${
    condition ? ` where ${codeSpan(cut(condition, MOST_CONDITION))}` : ""
  }${attributionPart(entry)}; for example ${codeSpan(cut(example, MOST_CONDITION))}`;
};

const idleLine = (text: string): string =>
  `- no effect: nothing that it denies is allowed: ${codeSpan(cut(text, MOST_STATEMENT))}`;

/** What the tenancy's other policies make of a change, beside access gained and lost. */
const presenceLines = (presence: PresenceReport | undefined): string[] => {
  if (!presence) return [];
  const { file, recognised, withoutEffect, idleDenies, notes } = presence;
  const own = recognised.length
    ? `taken for the stack's own: ${recognised.map((r) => codeSpan(r)).join(", ")}`
    : "nothing in it is the stack's own";
  return [
    "",
    `In the presence of the other policies of ${codeSpan(file)} (${own}).`,
    ...notes.map((note) => `Not known: ${sentence(note)}.`),
    ...list("No change of access, because of them:", [
      ...withoutEffect.map(entryLine),
      ...idleDenies.map(idleLine),
    ]),
  ];
};

/** Operations of a client that have the same constraints. */
interface ClientGroup {
  client: string;
  operations: string[];
  where: ClientEntry["where"];
}

/** Operations of clients together where they have the same constraints; the least constrained first. */
export const clientGroups = (entries: readonly ClientEntry[]): ClientGroup[] => {
  const lines = new Map<string, ClientGroup>();
  for (const { client, operation, where } of entries) {
    const key = `${client} ${JSON.stringify(where)}`;
    const line = lines.get(key) ?? { client, operations: [], where };
    line.operations.push(operation);
    lines.set(key, line);
  }
  const constraints = ({ where }: { where: ClientEntry["where"] }): number => Object.keys(where).length;
  return [...lines.values()].sort((a, b) => Number(constraints(a) > 0) - Number(constraints(b) > 0));
};

const clientLines = (entries: readonly ClientEntry[]): string[] =>
  clientGroups(entries).map(({ client, operations, where }) => {
    const words = whereWords(where);
    return `- client **${client}** of the proxy: ${operations.join(", ")}${words ? ` where ${words}` : ", whatever the request asks for"}`;
  });

const diff = (title: string, { before, after }: { before: string[]; after: string[] }): string[] => {
  const side = (texts: readonly string[], sign: string): string[] => [
    ...texts.slice(0, MOST_STATEMENTS).map((t) => `${sign} ${cut(t, MOST_STATEMENT)}`),
    ...(texts.length > MOST_STATEMENTS ? [`${sign} ${more(texts.length - MOST_STATEMENTS)}`] : []),
  ];
  return before.length + after.length === 0
    ? []
    : ["", title, ...block([...side(before, "-"), ...side(after, "+")], "diff")];
};

const list = (title: string, lines: readonly string[]): string[] =>
  lines.length ? ["", title, ...few(lines)] : [];

/** Summary in a few words: `2 gained, 1 lost`, or `no change of access`. */
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
    change.replaced,
    change.findings,
    change.silenced,
    change.presence?.withoutEffect ?? [],
    change.presence?.idleDenies ?? [],
  ].every((texts) => texts.length === 0);

const findingLine = (f: AccessChange["findings"][number]): string =>
  `- **${f.severity}** \`${f.code}\` (${f.where}): ${sentence(cut(shown(f.message), MOST_CONDITION))}`;

const stackLines = (change: AccessChange): string[] => [
  `### Stack \`${change.stack}\`: ${changeSummary(change)}`,
  ...list("Gained, widest first:", [...change.gained.map(entryLine), ...clientLines(change.clients.gained)]),
  ...list("Lost:", [...change.lost.map(entryLine), ...clientLines(change.clients.lost)]),
  ...presenceLines(change.presence),
  ...list(
    "Not to be compared, so look at it yourself:",
    change.undecided.map((text) => `- ${codeSpan(cut(text, MOST_STATEMENT))}`),
  ),
  ...list("New findings:", change.findings.map(findingLine)),
  ...list("Findings switched off:", change.silenced.map(findingLine)),
  ...list(
    "Replaced:",
    change.replaced.map((r) => `- ${r.resource}: ${r.because.join(" and ")} cannot change in place`),
  ),
  ...diff("Whom the dynamic group selects:", change.principals),
  ...diff("Statements:", change.statements),
  "",
];

/** The stacks' parts that fit into one comment, and how many do not. */
const fitting = (parts: readonly string[][]): string[] => {
  const lines: string[] = [];
  let length = 0;
  for (const [i, part] of parts.entries()) {
    length += part.join("\n").length;
    if (length > MOST_COMMENT)
      return [
        ...lines,
        `${more(parts.length - i)} stacks with changes: \`npm run access -- --base\` says them all.`,
        "",
      ];
    lines.push(...part);
  }
  return lines;
};

/**
 * Makes the comment.
 * @param base what it is compared with, for people
 * @param page where the same stands as a page
 */
export const changesMarkdown = (
  changes: readonly AccessChange[],
  base: string,
  notes: readonly string[] = [],
  page?: string,
): string => {
  const silent = changes.filter(isSilent).map((c) => `\`${c.stack}\``);
  const loud = changes.filter((c) => !isSilent(c));
  return [
    COMMENT_MARK,
    `## Access, compared with ${codeSpan(base)}`,
    "",
    // In angle brackets a URL ends at the bracket only.
    ...(page === undefined
      ? []
      : [`[As a page, with a picture](<${page.replaceAll(/[<>\s]/g, encodeURIComponent)}>)`, ""]),
    ...notes.map((note) => `${note}\n`),
    ...fitting(loud.map(stackLines)),
    ...(silent.length ? [`No change of access: ${silent.join(", ")}.`, ""] : []),
  ].join("\n");
};
