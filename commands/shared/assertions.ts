/** A team's assertions from a file, and what is wrong with them by line. @module */
import { styleText } from "node:util";
import {
  type Assertion,
  type AssertionProblem,
  type AssertionResult,
  readAssertions,
} from "../../iam/index.ts";
import { UsageError } from "./exit.ts";
import type { Checked } from "./findings/checked.ts";
import { linedYaml } from "./findings/yaml-lines.ts";

/** A file of assertions. */
export interface AssertionsFile {
  file: string;
  assertions: readonly Assertion[];
  /** The line of an assertion, from 1. */
  lineOf: (path: readonly (string | number)[]) => number;
}

/** "assertion 1 (no secrets), never.principals.0". */
const placeOf = (assertions: readonly Assertion[], [i, ...rest]: AssertionProblem["path"]): string => {
  if (i === undefined) return "";
  const name = assertions[Number(i)]?.name;
  const within = rest.length > 0 ? `, ${rest.join(".")}` : "";
  return `assertion ${i}${name === undefined ? "" : ` (${name})`}${within}: `;
};

/** @throws UsageError with a line for each problem */
export const refuseProblems = (
  { file, assertions, lineOf }: AssertionsFile,
  problems: readonly AssertionProblem[],
): void => {
  if (problems.length === 0) return;
  const lines = problems.map(
    ({ path, message }) => `  ${file}:${lineOf(path)}: ${placeOf(assertions, path)}${message}`,
  );
  throw new UsageError(`the assertions cannot be checked:\n${lines.join("\n")}`);
};

/**
 * Reads a file of assertions.
 * @param text YAML, or JSON
 * @param file where it is from, for messages
 * @throws UsageError with everything that is wrong with its form, by line
 */
export const readAssertionsFile = (text: string, file: string): AssertionsFile => {
  const { value, errors, lineOf } = linedYaml(text);
  if (errors.length > 0)
    throw new UsageError(
      `${file} is no YAML:\n${errors.map(({ line, message }) => `  ${file}:${line}: ${message}`).join("\n")}`,
    );
  const { assertions, problems } = readAssertions(value ?? null);
  const read = { file, assertions, lineOf };
  refuseProblems(read, problems);
  return read;
};

/** An assertion's name for people: its own, or its kind and what it is about. */
const assertionName = ({ kind, name, principals, operations, permissions, compartment }: Assertion): string =>
  name ??
  `${kind} ${principals.join(", ")}: ${(operations ?? permissions ?? []).join(", ")}${compartment === undefined ? "" : ` in ${compartment}`}`;

/** What is to be said of an assertion that does not hold. */
const failure = ({ words, statements = [], dependsOn = [], notes = [] }: AssertionResult): string => {
  const by = statements.map(
    ({ policy, statement, text }) => `policy ${policy} statement ${statement}: ${text}`,
  );
  if (words !== undefined) return [words, ...by].join("\n");
  return ["it is not proven", ...dependsOn.map((text) => `depends on ${text}`), ...notes].join("\n");
};

const CODES: Readonly<Record<string, { explanation: string; fix?: string }>> = {
  "assertion-broken": {
    explanation: "Some request that the assertion rules out is allowed.",
    fix: "Take away, or narrow, the statements that allow the request; or say in the assertion who may.",
  },
  "assertion-unproven": {
    explanation: "Whether a request that the assertion rules out is allowed depends on what is not known.",
    fix: "Write the statements that it depends on so that tables and tenancy say what they grant.",
  },
  "assertion-note": { explanation: "The assertion holds, and may say less than was meant." },
};

/** The explanation of a code of {@link checkedAssertions}. */
export const explainAssertion = (code: string): (typeof CODES)[string] | undefined => CODES[code];

/** Results as what was checked, for files of findings. */
export const checkedAssertions = (
  { file, assertions, lineOf }: AssertionsFile,
  results: readonly AssertionResult[],
): Checked[] =>
  results.map((result) => {
    const assertion = assertions[result.assertion]!;
    const because = assertion.because === undefined ? "" : `\nbecause: ${assertion.because.trim()}`;
    return {
      name: assertionName(assertion),
      file,
      line: lineOf([result.assertion]),
      findings: result.holds
        ? (result.notes ?? []).map((message) => ({ code: "assertion-note", severity: "info", message }))
        : [
            {
              code: result.witness ? "assertion-broken" : "assertion-unproven",
              severity: "error",
              message: `${failure(result)}${because}`,
            },
          ],
    };
  });

/** One result for people. */
export const resultLines = (file: AssertionsFile, result: AssertionResult): string[] => {
  const { holds, words, statements = [], further = [], dependsOn = [], notes = [], because } = result;
  const word = holds
    ? styleText("green", "holds")
    : words === undefined
      ? styleText("yellow", "not proven")
      : styleText("red", "broken");
  const name = assertionName(file.assertions[result.assertion]!);
  const by = (list: typeof statements): string[] =>
    list.map(({ policy, statement, text }) => `    by policy ${policy} statement ${statement}: ${text}`);
  return [
    `${word} ${name} (${file.file}:${file.lineOf([result.assertion])})`,
    ...(words === undefined ? [] : [`  ${words}`, ...by(statements)]),
    ...further.flatMap((breach) => [`  ${breach.words}`, ...by(breach.statements)]),
    ...dependsOn.map((text) => `  depends on ${text}`),
    ...notes.map((text) => `  note: ${text}`),
    ...(holds || because === undefined ? [] : [`  because: ${because.trim()}`]),
  ];
};
