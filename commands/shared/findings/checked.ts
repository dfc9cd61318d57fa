/**
 * What a command has checked, one thing after another, with what it found: the one shape from which files for other
 * programs are made (SARIF, JUnit).
 * @module
 */
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
