import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

/**
 * Statements and rules in the forms that public projects use. `KEYLESS_CORPUS` names a folder with files of the same
 * names and format: whoever has collected real ones has them checked in the same way.
 */
const folder = process.env["KEYLESS_CORPUS"] ?? fileURLToPath(new URL("../../data", import.meta.url));
const lines = (file: string): string[] => {
  const found = readFileSync(join(folder, file), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  expect(found.length).toBeGreaterThanOrEqual(20);
  return found;
};
const isRule = (text: string): boolean => /^(all|any|resource|instance|tag)\s*[{.]/i.test(text);

describe("statements as they are written", () => {
  test("every valid statement parses and goes round", () => {
    for (const text of lines("statements.txt")) {
      const parsed = parseStatement(text);
      if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
      const line = printStatement(parsed.statement);
      const again = parseStatement(line);
      expect(again.ok && bare(again.statement)).toEqual(bare(parsed.statement));
      expect(again.ok && printStatement(again.statement)).toBe(line);
    }
  });

  test("every rule parses and goes round", () => {
    for (const text of lines("rules.txt")) {
      const parsed = parseMatchingRule(text);
      if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
      const again = parseMatchingRule(printMatchingRule(parsed.rule));
      expect(again.ok && bare(again.rule)).toEqual(bare(parsed.rule));
    }
  });

  test("wrong ones are refused, or found", () => {
    for (const line of lines("wrong.txt")) {
      const [kind, text] = line.split("\t") as [string, string];
      const parsed = isRule(text) ? parseMatchingRule(text) : parseStatement(text);
      if (kind === "syntax") expect(parsed.ok, line).toBe(false);
      if (kind !== "semantic") continue;
      expect(parsed.ok, line).toBe(true);
      expect((isRule(text) ? lintRules : lintStatements)([text])[0], line).not.toEqual([]);
    }
  });

  test("at most 5 % of the valid statements carry an error", () => {
    const texts = lines("statements.txt");
    const wrong = texts.filter((text) => lintStatements([text])[0]!.some((f) => f.severity === "error"));
    expect(wrong.length).toBeLessThanOrEqual(texts.length * 0.05);
  });
});
