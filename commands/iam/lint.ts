/** `iam -- lint`: what is legal and wrong, or too wide. @module */
import { styleText } from "node:util";
import { explainCode, type Finding, lintRules, lintStatements, lintTenancy } from "../../iam/index.ts";
import { type Io, read } from "./io.ts";
import { entriesIn, inFile, lineOf, pointed, RULES } from "./lines.ts";
import type { Subcommand } from "./subcommand.ts";
import { readTenancy } from "./tenancy.ts";

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

/** `lint [--rules] [--explain] FILE` */
export const lintCommand: Subcommand = {
  usage: "lint [--rules] [--explain] FILE",
  about: ["each of FILE's lines: what is legal and wrong, or too wide; a tenancy (JSON) is linted whole"],
  options: { ...RULES, explain: { type: "boolean" } },
  optionLines: ["--explain with each finding why it is one, what to do about it, and an example put right"],
  takes: { count: 1, what: "file" },
  run: (io, [file], values, json) =>
    lint(io, file!, values["rules"] === true, values["explain"] === true, json),
};
