/** The policy language from the command line: what `npm run -s iam` does with its arguments. @module */
import { readFileSync } from "node:fs";
import { styleText } from "node:util";
import {
  compareTenancies,
  compile,
  type Decision,
  decide,
  type Entry,
  explainCode,
  type Finding,
  lintRules,
  lintStatements,
  lintTenancy,
  parseMatchingRule,
  parseStatement,
  printMatchingRule,
  printStatement,
  rulesIn,
  type SyntaxProblem,
  statementsIn,
  type Tenancy,
} from "../../iam/index.ts";
import { commandLine, UsageError } from "../shared/exit.ts";
import { operations, permissions } from "./lookup.ts";
import { readTenancy } from "./tenancy.ts";

/** What `--help` prints. */
export const USAGE = `usage: npm run -s iam -- COMMAND [options] FILE|NAME

  parse [--rules] FILE    each of FILE's lines: is it a statement (a matching rule), and its canonical form
  lint [--rules] [--explain] FILE
                          each of FILE's lines: what is legal and wrong, or too wide; a tenancy (JSON) is linted whole
  decide FILE             the requests of a tenancy (JSON): allowed or not, and why
  diff BEFORE AFTER       two tenancies (JSON): the access gained and lost between them
  permissions OPERATION   what an operation (GetObject, objectstorage.GetObject) needs: permissions, the resource types
                          and verbs that grant them, the source; every service's where several have the name
  operations PERMISSION   the operations that need a permission, and the resource types and verbs that grant it
  export [--profile P] [--compartment C] [--region R]… [--deny-enabled] [--partial]
                          the live tenancy as JSON, for decide, diff and lint; needs read-only rights (docs/export.md)

  FILE may be - for standard input. In parse and lint, blank lines and lines that begin with # are skipped; a
  statement (a rule) may go on over several lines, as a heredoc leaves it, to the next blank line or first word.
  --profile       the profile of OCI's configuration file; without it OCI_* variables come first, then DEFAULT
  --compartment   OCID of a compartment: it, what is below it, and the policies above it
  --region        a region whose instances are read; without it all that are subscribed. May be repeated
  --deny-enabled  deny statements are enabled in the tenancy: no operation says so
  --partial       what may not be read becomes a note, and is no error
  --rules   lines are matching rules of dynamic groups
  --explain with each finding why it is one, what to do about it, and an example put right
  --json    JSON also on a terminal
  --help    this text

exit codes: 0 good; 1 a line does not parse, an error was found, the tenancies differ, or no table lists
what the operation needs; 2 wrong use, or no such operation or permission`;

/** Input and output of the command. */
export interface Io {
  /** All of standard input. */
  input(): string;
  /** Prints a text and a newline to standard output. */
  print(text: string): void;
  /** True where standard output is a terminal: a person reads it. */
  terminal: boolean;
}

/** Reads a text. @param file a path, or - for standard input @throws UsageError */
const read = (io: Io, file: string): string => {
  try {
    // A byte order mark is no part of the text.
    return (file === "-" ? io.input() : readFileSync(file, "utf8")).replace(/^\ufeff/, "");
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
};

const entriesIn = (content: string, rules: boolean): Entry[] =>
  rules ? rulesIn(content) : statementsIn(content);

/** The file's number of one of an entry's lines; the first where it says none. */
const fileLine = (entry: Entry, line = 1): number => entry.lines[line - 1] ?? entry.line;

/** An entry's line, in the numbers of the file where it is not the first. */
const inFile = <T extends { line?: number }>(entry: Entry, { line, ...rest }: T): Omit<T, "line"> => ({
  ...rest,
  ...(line !== undefined && line > 1 && { line: fileLine(entry, line) }),
});

const lineOf = (text: string, line = 1): string => text.split("\n")[line - 1] ?? "";

/** A line with a caret below the place. */
const pointed = (text: string, column: number): string => `    ${text}\n    ${" ".repeat(column - 1)}^`;

const parse = (io: Io, file: string, rules: boolean, json: boolean): number => {
  let bad = false;
  const canonical = (text: string): { ok: true; canonical: string } | { ok: false; error: SyntaxProblem } => {
    const parsed = rules ? parseMatchingRule(text) : parseStatement(text);
    if (!parsed.ok) return parsed;
    return {
      ok: true,
      canonical: "rule" in parsed ? printMatchingRule(parsed.rule) : printStatement(parsed.statement),
    };
  };
  for (const entry of entriesIn(read(io, file), rules)) {
    const { line, text } = entry;
    const result = canonical(text);
    if (result.ok) {
      io.print(json ? JSON.stringify({ line, ...result }) : `${line}: ${result.canonical}`);
      continue;
    }
    bad = true;
    const { column, message, found, expected, nearest } = result.error;
    const at = fileLine(entry, result.error.line);
    const error = { line, ok: false, column, message, found, expected, nearest };
    io.print(
      json
        ? JSON.stringify({ ...error, ...(at !== line && { errorLine: at }) })
        : `${at}:${column}: ${styleText("red", message)}\n${pointed(lineOf(text, result.error.line), column)}`,
    );
  }
  return bad ? 1 : 0;
};

const COLOUR = { error: "red", warning: "yellow", info: "cyan" } as const;

/** Lines about a finding's code: the reason for it, what to do, and an example. */
const explanation = (code: string): string[] => {
  const found = explainCode(code);
  if (!found) return [];
  const { explanation, fix, before, after } = found;
  return [explanation, `fix: ${fix}`, `before: ${before}`, `after:  ${after}`].map((text) => `    ${text}`);
};

const human = (finding: Finding, text: string, explained: boolean): string => {
  const { severity, code, message, line, column } = finding;
  return [
    `  ${styleText(COLOUR[severity], severity)} ${code}: ${message}`,
    ...(column === undefined ? [] : [pointed(lineOf(text, line), column)]),
    ...(explained ? explanation(code) : []),
  ].join("\n");
};

const lint = (io: Io, file: string, rules: boolean, explained: boolean, json: boolean): number => {
  const content = read(io, file);
  const withExplanation = <T extends Finding>(f: T): T => (explained ? { ...f, ...explainCode(f.code) } : f);
  if (!rules && content.trimStart().startsWith("{")) {
    const findings = lintTenancy(readTenancy(content, file));
    for (const f of findings) {
      io.print(
        json ? JSON.stringify(withExplanation(f)) : `${f.where}\n${human(f, f.text ?? "", explained)}`,
      );
    }
    return findings.some((f) => f.severity === "error") ? 1 : 0;
  }
  const entries = entriesIn(content, rules);
  const texts = entries.map((entry) => entry.text);
  const findings = rules ? lintRules(texts) : lintStatements(texts);
  for (const [i, entry] of entries.entries()) {
    const found = findings[i]!;
    const { line, text } = entry;
    if (json)
      io.print(JSON.stringify({ line, findings: found.map((f) => inFile(entry, withExplanation(f))) }));
    else if (found.length > 0)
      io.print(`${line}:\n${found.map((f) => human(f, text, explained)).join("\n")}`);
  }
  return findings.flat().some((f) => f.severity === "error") ? 1 : 0;
};

const WORD_COLOUR = { allow: "green", deny: "red", unknown: "yellow" } as const;

const explained = (decision: Decision, tenancy: Tenancy, i: number): string => {
  const texts = (refs: { policy: number; statement: number }[], label: string): string[] =>
    refs.map((r) => `  ${label}: ${tenancy.policies?.[r.policy]?.statements[r.statement]}`);
  const { nearest } = decision;
  return [
    `request ${i}: ${styleText(WORD_COLOUR[decision.decision], decision.decision)}`,
    ...texts(decision.granted, "granted by"),
    ...texts(decision.denied, "denied by"),
    ...texts(decision.undecided ?? [], "depends on"),
    ...decision.missing.map((p) => `  missing: ${p}`),
    ...(nearest
      ? [`  nearest: ${nearest.text}`, `           its ${nearest.part} does not match: ${nearest.detail}`]
      : []),
    ...(decision.notes ?? []).map((note) => `  note: ${note}`),
  ].join("\n");
};

const decideAll = (io: Io, file: string, json: boolean): number => {
  const tenancy = readTenancy(read(io, file), file);
  const compiled = compile(tenancy);
  for (const problem of compiled.problems) console.error(`note: ${problem}`);
  for (const [i, request] of (tenancy.requests ?? []).entries()) {
    const decision = decide(compiled, request);
    io.print(json ? JSON.stringify({ request: i, ...decision }) : explained(decision, tenancy, i));
  }
  return 0;
};

const diff = (io: Io, before: string, after: string, json: boolean): number => {
  const comparison = compareTenancies(
    readTenancy(read(io, before), before),
    readTenancy(read(io, after), after),
  );
  const { gained, lost, undecided = [] } = comparison;
  const equal = gained.length + lost.length + undecided.length === 0;
  if (json) io.print(JSON.stringify(comparison));
  else {
    for (const [sign, colour, entries] of [
      ["+", "green", gained],
      ["-", "red", lost],
    ] as const) {
      for (const e of entries) {
        const where = `${e.compartmentName ?? e.compartment}${e.subtree ? " and below" : ""}`;
        const condition = e.condition ? ` where ${e.condition}` : "";
        io.print(styleText(colour, `${sign} ${e.principal}: ${e.summary} in ${where}${condition}`));
      }
    }
    for (const text of undecided)
      io.print(styleText("yellow", `? ${text}: what it grants is not known for certain`));
    if (equal) io.print("equal: neither side allows what the other does not");
  }
  return equal ? 0 : 1;
};

const OPTIONS = {
  rules: { type: "boolean" },
  explain: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const COMMANDS = ["parse", "lint", "decide", "diff", "permissions", "operations"];

/**
 * Runs the command.
 * @param args the command line after the script's name
 * @returns the exit code
 * @throws UsageError, TenancyError
 */
export const iamCommand = (args: readonly string[], io: Io): number => {
  const { values, positionals } = commandLine(
    { args: [...args], allowPositionals: true, options: OPTIONS },
    USAGE,
  );
  if (values.help) {
    io.print(USAGE);
    return 0;
  }
  const [command, ...files] = positionals;
  const json = values.json === true || !io.terminal;
  const rules = values.rules === true;
  const wanted = command === "diff" ? 2 : 1;
  if (!command || !COMMANDS.includes(command)) throw new UsageError(USAGE);
  const lookup = command === "permissions" || command === "operations";
  if (files.length !== wanted) {
    const what = lookup ? "name" : "file";
    throw new UsageError(`${command} takes ${wanted} ${what}${wanted > 1 ? "s" : ""}`, USAGE);
  }
  if (rules && command !== "parse" && command !== "lint")
    throw new UsageError("--rules goes with parse and lint", USAGE);
  if (values.explain && command !== "lint") throw new UsageError("--explain goes with lint", USAGE);
  const [file, second] = files as [string, string];
  if (command === "permissions") return permissions(file, io.print, json);
  if (command === "operations") return operations(file, io.print, json);
  if (file === "-" && second === "-") throw new UsageError("only one of the two can be standard input (-)");
  if (command === "parse") return parse(io, file, rules, json);
  if (command === "lint") return lint(io, file, rules, values.explain === true, json);
  return command === "decide" ? decideAll(io, file, json) : diff(io, file, second, json);
};
