/**
 * The condition of an assertion: parsed, and looked at for what would make the assertion hold for a wrong reason.
 * @module
 */
import { compileCondition, type Test } from "../decide/condition.ts";
import { atomsOf, variablesOf } from "../lint/conditions.ts";
import { lintStatement } from "../lint/lint.ts";
import { parseStatement } from "../syntax/statement.ts";
import type { Atom } from "../syntax/tree.ts";

/** A condition made ready. */
export interface ReadyCondition {
  test: Test;
  atoms: readonly Atom[];
}

const BEFORE = "Allow any-user to {X} in tenancy where ";

/** Findings about a condition that is never true, or not the one that was meant: the assertion would say nothing. */
const MISSPELT = new Set(["time-format", "unknown-variable"]);
const ODD = new Set(["contradiction", "quoted-variable"]);

/** A condition that was read, with what is wrong with it, and what is odd about it. */
interface ConditionText {
  condition?: ReadyCondition;
  atoms: Atom[];
  problems: string[];
  notes: string[];
}

const wrong = (problem: string): ConditionText => ({ atoms: [], problems: [problem], notes: [] });

/** Reads a condition. */
export const conditionIn = (text: string): ConditionText => {
  const parsed = parseStatement(`${BEFORE}${text}`);
  if (!parsed.ok) {
    const { message, column, line } = parsed.error;
    const at = line > 1 ? `line ${line}, column ${column}` : `column ${column - BEFORE.length}`;
    return wrong(`${message} (${at})`);
  }
  const tree = parsed.statement;
  if (tree.kind !== "permit" || !tree.condition) return wrong("there is no condition");
  const findings = lintStatement(tree);
  const atoms = atomsOf(tree.condition);
  return {
    condition: { test: compileCondition(tree.condition), atoms },
    atoms,
    // A variable that no table has and that is near to none may be another service's.
    problems: findings.filter((f) => MISSPELT.has(f.code) && f.severity !== "info").map((f) => f.message),
    notes: findings
      .filter((f) => ODD.has(f.code) || (MISSPELT.has(f.code) && f.severity === "info"))
      .map((f) => `its condition: ${f.message.replace("never true, grants nothing", "never true")}`),
  };
};

/** True when some comparison is about a variable. @param name tells by the name in lower case */
export const speaksOf = (atoms: readonly Atom[], name: RegExp): boolean =>
  atoms.some((atom) => variablesOf(atom).some((v) => name.test(v.name.toLowerCase())));
