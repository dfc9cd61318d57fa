/**
 * What a lint rule is and what it finds.
 * @module
 */
import type { AccessStatement, MatchingRule, Positioned } from "../syntax/tree.ts";

/** error: does not do what it says; warning: too wide, or probably meant otherwise; info: worth knowing. */
export type Severity = "error" | "warning" | "info";

/** What a rule found in a statement or matching rule. */
export interface Finding {
  code: string;
  severity: Severity;
  message: string;
  /** From 1, in its line. */
  column?: number;
  /** Which line of the text, from 1; absent where the text has one, or it is about none. */
  line?: number;
}

/** A finding in a tenancy. */
export interface TenancyFinding extends Finding {
  /** "policy 0 statement 2", "dynamic group readers", "tenancy". */
  where: string;
  text?: string;
}

/** What a check says: a message, the node it is about, and a severity other than the rule's. */
export interface RuleProblem {
  message: string;
  at?: Positioned;
  severity?: Severity;
}

/** What is said of a code to those who ask. */
export interface CodeExplanation {
  explanation: string;
  /** What to do about it: sentences in the imperative. */
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
  check: (tree: T) => RuleProblem[];
}

/** A rule about one statement that allows or denies. */
export type StatementRule = RuleAbout<AccessStatement>;

/** A rule about one matching rule. */
export type MatchingRuleRule = RuleAbout<MatchingRule>;
