/**
 * Assertions of a team's own about a tenancy, and what comes of them.
 * @module
 */
import type { Request, StatementRef } from "../decide/types.ts";

/** An assertion: something that no request may be allowed to do. */
export interface Assertion {
  /** `never`: none of `principals` can. `only`: nobody but `principals` can. */
  kind: "never" | "only";
  name?: string;
  /** The reason for it. */
  because?: string;
  /** Principals, as statements name them, and in forms of their own (`user ocid1…`, `any instance`). */
  principals: readonly string[];
  /** Principals that a `never` does not speak of. */
  except: readonly string[];
  /** Operations, with or without a service before a dot; `*` stands for any text. */
  operations?: readonly string[];
  /** Permissions in place of operations; `*` stands for any text. */
  permissions?: readonly string[];
  /** Path from the root, a name that one compartment alone has, or OCID; compartments below count. @default the root */
  compartment?: string;
  /** A condition of the policy language that the requests meet. @default every request */
  where?: string;
}

/** The place of a thing in the list of assertions: index, then names and indices. */
export type AssertionPath = readonly (string | number)[];

/** Something that is wrong with a list of assertions. */
export interface AssertionProblem {
  path: AssertionPath;
  message: string;
}

/** A statement with its text. */
export interface StatementWithText extends StatementRef {
  text: string;
}

/** Somebody who can do what an assertion rules out. */
export interface Breach {
  /** The principal in words. */
  who: string;
  /** A request as in `decide`, which is allowed. */
  witness: Request;
  /** The request in words. */
  words: string;
  /** The statements that allow it. */
  statements: readonly StatementWithText[];
}

/** The outcome of one assertion. */
export interface AssertionResult {
  /** Place in the list, from 0. */
  assertion: number;
  kind: Assertion["kind"];
  name?: string;
  because?: string;
  /** True when no request at all breaks it. */
  holds: boolean;
  /** The first breach's request, words and statements. */
  witness?: Request;
  words?: string;
  statements?: readonly StatementWithText[];
  /** Others who break it, one for each set of statements, as far as they were looked for. */
  further?: readonly Breach[];
  /** The unknown values that it depends on, where it is not broken for certain and not proven. */
  dependsOn?: readonly string[];
  notes?: readonly string[];
}
