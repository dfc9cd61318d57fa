/**
 * The types of lint rules and their findings.
 * @module
 */
import type { AccessStatement, MatchingRule, Positioned } from "../syntax/tree.ts";

/**
 * Severity of a finding. error: does not do what it says; warning: too wide, or probably meant otherwise;
 * info: worth knowing.
 */
export type Severity = "error" | "warning" | "info";

/** A finding of a rule in a statement or matching rule. */
export interface Finding {
  code: string;
  severity: Severity;
  message: string;
  /** Column in its line, from 1. */
  column?: number;
  /** Line of the text, from 1; absent where the text has one, or it is about none. */
  line?: number;
}

/** A finding in a tenancy. */
export interface TenancyFinding extends Finding {
  /** "policy 0 statement 2", "dynamic group readers", "tenancy". */
  where: string;
  text?: string;
}

/** A problem that a check reports: a message, the node it is about, and a severity other than the rule's. */
export interface LintProblem {
  message: string;
  at?: Positioned;
  severity?: Severity;
}

/** The explanation of a code. */
export interface CodeExplanation {
  explanation: string;
  /** The remedy: sentences in the imperative. */
  fix: string;
  /** An example that something is found in. */
  before: string;
  /** The same, put right. */
  after: string;
}

interface RuleAbout<T> extends CodeExplanation {
  /** Stable: settings and suppressions name it. */
  code: string;
  severity: Severity;
  check: (tree: T) => LintProblem[];
}

/** A rule about one statement that allows or denies. */
export type StatementRule = RuleAbout<AccessStatement>;

/** A rule about one matching rule. */
export type MatchingRuleRule = RuleAbout<MatchingRule>;
