/**
 * Lints single statements and matching rules, and lists of them.
 * @module
 */
import { positionOf, type SyntaxProblem } from "../syntax/error.ts";
import { parseMatchingRule } from "../syntax/rule.ts";
import { parseStatement } from "../syntax/statement.ts";
import type { MatchingRule, Statement } from "../syntax/tree.ts";
import { matchingRuleRules, statementRules } from "./registry.ts";
import { repeated } from "./repeated.ts";
import type { Finding, LintProblem, Severity } from "./types.ts";

const placeIn = (text: string, offset: number): Pick<Finding, "line" | "column"> => {
  const { line, column } = positionOf(text, offset);
  return text.includes("\n") ? { line, column } : { column };
};

const finding = (
  rule: { code: string; severity: Severity },
  problem: LintProblem,
  text: string | undefined,
): Finding => ({
  code: rule.code,
  severity: problem.severity ?? rule.severity,
  message: problem.message,
  ...(problem.at && text !== undefined && placeIn(text, problem.at.start)),
});

/**
 * Finds what is legal and wrong, or too wide, in a statement.
 * @param text the text that the statement was parsed from; without it findings have no columns
 */
export const lintStatement = (statement: Statement, text?: string): Finding[] =>
  statement.kind === "define"
    ? []
    : statementRules.flatMap((rule) => rule.check(statement).map((problem) => finding(rule, problem, text)));

/**
 * Finds what is legal and wrong, or too wide, in a matching rule.
 * @param text the text that the rule was parsed from; without it findings have no columns
 */
export const lintRule = (rule: MatchingRule, text?: string): Finding[] =>
  matchingRuleRules.flatMap((r) => r.check(rule).map((problem) => finding(r, problem, text)));

const syntax = (text: string, error: SyntaxProblem): Finding[] => [
  { code: "syntax", severity: "error", message: error.message, ...placeIn(text, error.offset) },
];

/**
 * Lints the statements of one policy: each alone, and for those that repeat or are covered by another.
 * @returns the findings of each text
 */
export const lintStatements = (texts: readonly string[]): Finding[][] => {
  const parsed = texts.map(parseStatement);
  const among = repeated(parsed.map((p) => (p.ok ? p.statement : undefined)));
  return parsed.map((p, i) =>
    p.ok ? [...lintStatement(p.statement, texts[i]), ...among[i]!] : syntax(texts[i]!, p.error),
  );
};

/**
 * Lints matching rules, each alone.
 * @returns the findings of each text
 */
export const lintRules = (texts: readonly string[]): Finding[][] =>
  texts.map((text) => {
    const parsed = parseMatchingRule(text);
    return parsed.ok ? lintRule(parsed.rule, text) : syntax(text, parsed.error);
  });
