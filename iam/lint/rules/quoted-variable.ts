import { isKnownVariable } from "../../tables/variables.ts";
import { comparedIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const quotedVariable: StatementRule = {
  code: "quoted-variable",
  severity: "warning",
  explanation: "In quotes a variable's name is a text, which nothing equals.",
  fix: "Take the quotes off the variable.",
  before:
    "Allow any-user to use keys in compartment app where request.principal.compartment.id = 'target.compartment.id'",
  after:
    "Allow any-user to use keys in compartment app where request.principal.compartment.id = target.compartment.id",
  check: (s) =>
    comparedIn(s)
      .filter(({ value }) => value.kind === "string" && isKnownVariable(value.text))
      .map(({ value }) => ({ message: `'${value.text}' in quotes is a text, not the variable`, at: value })),
};
