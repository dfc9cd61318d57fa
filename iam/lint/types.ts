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
  /** From 1, in the text. */
  column?: number;
}

/** A finding in a tenancy. */
export interface TenancyFinding extends Finding {
  /** "policy 0 statement 2", "dynamic group readers", "tenancy". */
  where: string;
  text?: string;
}

/** What a check says: a message, the node it is about, and a severity other than the rule's. */
export interface Problem {
  message: string;
  at?: Positioned;
  severity?: Severity;
}

interface RuleAbout<T> {
  /** Stable: settings and suppressions name it. */
  code: string;
  severity: Severity;
  explanation: string;
  /** An example that the rule finds something in. */
  before: string;
  /** The same, put right. */
  after: string;
  check: (tree: T) => Problem[];
}

/** A rule about one statement that allows or denies. */
export type StatementRule = RuleAbout<AccessStatement>;

/** A rule about one matching rule. */
export type MatchingRuleRule = RuleAbout<MatchingRule>;
