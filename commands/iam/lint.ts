/** `iam -- lint`: what is legal and wrong, or too wide. @module */
import { styleText } from "node:util";
import {
  type Entry,
  explainCode,
  type Finding,
  lintRules,
  lintStatements,
  lintTenancy,
  type Tenancy,
} from "../../iam/index.ts";
import type { Checked } from "../shared/findings/checked.ts";
import { FINDING_FILES } from "../shared/findings/options.ts";
import { writeFindings } from "../shared/findings/write.ts";
import { linedYaml } from "../shared/findings/yaml-lines.ts";
import { type Io, read } from "./io.ts";
import { entriesIn, fileLine, inFile, lineOf, pointed, RULES } from "./lines.ts";
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

/** Options of the subcommand, read. */
interface LintOptions {
  rules: boolean;
  explained: boolean;
  json: boolean;
  sarif: string | undefined;
  junit: string | undefined;
}

/** The place of a tenancy's finding in its JSON: from "policy 0 statement 2", "dynamic group readers". */
const pathIn = (tenancy: Tenancy, where: string): (string | number)[] => {
  const [, policy, statement] = /^policy (\d+)(?: statement (\d+))?$/.exec(where) ?? [];
  if (policy !== undefined)
    return [
      "policies",
      Number(policy),
      ...(statement === undefined ? [] : ["statements", Number(statement)]),
    ];
  const group = (tenancy.dynamicGroups ?? []).findIndex(({ name }) => where === `dynamic group ${name}`);
  return group < 0 ? [] : ["dynamicGroups", group, "matchingRule"];
};

/** A tenancy's findings as what was checked: each statement, rule, and the tenancy itself, as far as something is found. */
const checkedTenancy = (
  content: string,
  file: string,
  tenancy: Tenancy,
  findings: readonly (Finding & { where: string })[],
): Checked[] => {
  const { lineOf } = linedYaml(content);
  const places = new Set(["tenancy", ...findings.map(({ where }) => where)]);
  return [...places].map((where) => ({
    name: where,
    file,
    line: lineOf(pathIn(tenancy, where)),
    // A column is the statement's own, not the file's.
    findings: findings
      .filter((f) => f.where === where)
      .map(({ code, severity, message }) => ({ code, severity, message })),
  }));
};

const checkedEntries = (
  file: string,
  entries: readonly Entry[],
  findings: readonly (readonly Finding[])[],
): Checked[] =>
  entries.map((entry, i) => ({
    name: entry.text.split("\n")[0]!,
    file,
    line: entry.line,
    findings: findings[i]!.map((f) => ({ ...f, line: fileLine(entry, f.line) })),
  }));

const lint = (io: Io, file: string, { rules, explained, json, sarif, junit }: LintOptions): number => {
  const content = read(io, file);
  const findingFiles = (checked: () => Checked[]): void => {
    if (sarif !== undefined || junit !== undefined)
      writeFindings({ sarif, junit }, "iam lint", checked(), explainCode);
  };
  const withExplanation = <T extends Finding>(f: T): T => (explained ? { ...f, ...explainCode(f.code) } : f);
  if (!rules && content.trimStart().startsWith("{")) {
    const tenancy = readTenancy(content, file);
    const findings = lintTenancy(tenancy);
    findingFiles(() => checkedTenancy(content, file, tenancy, findings));
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
  findingFiles(() => checkedEntries(file, entries, findings));
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
  options: { ...RULES, explain: { type: "boolean" }, ...FINDING_FILES },
  optionLines: ["--explain with each finding why it is one, what to do about it, and an example put right"],
  takes: { count: 1, what: "file" },
  run: (io, [file], values, json) =>
    lint(io, file!, {
      rules: values["rules"] === true,
      explained: values["explain"] === true,
      json,
      sarif: values["sarif"] as string | undefined,
      junit: values["junit"] as string | undefined,
    }),
};
