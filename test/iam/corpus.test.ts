import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  lintRules,
  lintStatements,
  parseMatchingRule,
  parseStatement,
  printMatchingRule,
  printStatement,
} from "../../iam/index.ts";
import { bare } from "./trees.ts";

/** Statements and rules of real projects. */
const folder = new URL("../../data/", import.meta.url);
const lines = (file: string): string[] => {
  const found = readFileSync(new URL(file, folder), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  expect(found.length).toBeGreaterThan(20);
  return found;
};
const isRule = (text: string): boolean => /^(all|any|resource|instance|tag)\s*[{.]/i.test(text);

describe("published statements", () => {
  test("every valid statement parses and goes round", () => {
    for (const text of lines("policy-statements.txt")) {
      const parsed = parseStatement(text);
      if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
      const line = printStatement(parsed.statement);
      const again = parseStatement(line);
      expect(again.ok && bare(again.statement)).toEqual(bare(parsed.statement));
      expect(again.ok && printStatement(again.statement)).toBe(line);
    }
  });

  test("every rule parses and goes round", () => {
    for (const text of lines("matching-rules.txt")) {
      const parsed = parseMatchingRule(text);
      if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
      const again = parseMatchingRule(printMatchingRule(parsed.rule));
      expect(again.ok && bare(again.rule)).toEqual(bare(parsed.rule));
    }
  });

  test("every condition parses and goes round", () => {
    for (const line of lines("condition-fragments.txt")) {
      const parsed = parseStatement(`Allow any-user to read x in tenancy where ${line.split("\t")[0]}`);
      if (!parsed.ok) throw new Error(`${line}: ${parsed.error.message}`);
      const again = parseStatement(printStatement(parsed.statement));
      expect(again.ok && bare(again.statement)).toEqual(bare(parsed.statement));
    }
  });

  test("wrong ones are refused, or found", () => {
    for (const line of lines("policy-statements-wrong.txt")) {
      const [kind, text] = line.split("\t") as [string, string];
      const parsed = isRule(text) ? parseMatchingRule(text) : parseStatement(text);
      if (kind === "syntax") expect(parsed.ok, line).toBe(false);
      if (kind !== "semantic") continue;
      expect(parsed.ok, line).toBe(true);
      expect((isRule(text) ? lintRules : lintStatements)([text])[0], line).not.toEqual([]);
    }
  });

  test("at most 5 % of the valid statements carry an error", () => {
    const texts = lines("policy-statements.txt");
    const wrong = texts.filter((text) => lintStatements([text])[0]!.some((f) => f.severity === "error"));
    expect(wrong.length).toBeLessThanOrEqual(texts.length * 0.05);
  });
});
