/** `iam -- parse`: is each line a statement (a matching rule), and its canonical form. @module */
import { styleText } from "node:util";
import {
  parseMatchingRule,
  parseStatement,
  printMatchingRule,
  printStatement,
  type SyntaxProblem,
} from "../../iam/index.ts";
import { type Io, read } from "./io.ts";
import { entriesIn, fileLine, lineOf, pointed, RULES } from "./lines.ts";
import type { Subcommand } from "./subcommand.ts";

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

/** `parse [--rules] FILE` */
export const parseCommand: Subcommand = {
  usage: "parse [--rules] FILE",
  about: ["each of FILE's lines: is it a statement (a matching rule), and its canonical form"],
  options: RULES,
  optionLines: ["--rules   lines are matching rules of dynamic groups"],
  takes: { count: 1, what: "file" },
  run: (io, [file], values, json) => parse(io, file!, values["rules"] === true, json),
};
