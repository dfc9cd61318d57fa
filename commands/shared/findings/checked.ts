/**
 * What a command has checked, one thing after another, with what it found: the one shape from which files for other
 * programs are made (SARIF, JUnit).
 * @module
 */
import { writeFileSync } from "node:fs";
import { UsageError } from "../exit.ts";
import { junitOf } from "./junit.ts";
import { sarifOf } from "./sarif.ts";

/** Something found in what was checked. */
export interface CheckedFinding {
  /** Stable: `tautology`, `assertion-broken`. */
  code: string;
  severity: "error" | "warning" | "info";
  message: string;
  /** In the file, from 1. @default the line of what was checked */
  line?: number;
  /** In its line, from 1. */
  column?: number;
}

/** One thing that was checked: a statement, an assertion, a stack. */
export interface Checked {
  name: string;
  /** Path of the file in which it stands; `-` is standard input. */
  file: string;
  /** From 1. */
  line: number;
  findings: readonly CheckedFinding[];
}

/** Explanations of codes, for programs that show them beside a finding. */
export type Explained = (code: string) => { explanation: string; fix?: string } | undefined;

/** Options of commands that write such files. */
export const FINDING_FILES = { sarif: { type: "string" }, junit: { type: "string" } } as const;

const write = (file: string, text: string): void => {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as Error).message}`);
  }
};

/**
 * Writes the files that were asked for.
 * @param tool what checked: `iam lint`
 * @throws UsageError where a file cannot be written
 */
export const writeFindings = (
  { sarif, junit }: { sarif?: string | undefined; junit?: string | undefined },
  tool: string,
  checked: readonly Checked[],
  explained: Explained = () => undefined,
): void => {
  if (sarif !== undefined) write(sarif, `${JSON.stringify(sarifOf(checked, explained), undefined, 2)}\n`);
  if (junit !== undefined) write(junit, junitOf(tool, checked));
};
