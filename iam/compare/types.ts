/**
 * The result of a comparison of two tenancies.
 * @module
 */
import type { CompiledStatement, CompiledTenancy } from "../decide/compile.ts";
import type { Decision, Principal, Request } from "../decide/types.ts";

/** Access that one side gives and the other does not. */
export interface Difference {
  /** "group Ops", "dynamic-group readers", "user ocid1…", "any-user", … */
  principal: string;
  permissions: string[];
  /** The permissions for people: verbs and types where they fit. */
  summary: string;
  /** The operations that need nothing beside these permissions. */
  operations: string[];
  compartment: string;
  compartmentName?: string;
  /** True when all compartments below have the same difference. */
  subtree: boolean;
  /** The condition of the requests that differ, when only some do. */
  condition?: string;
  /** A request that one side allows and the other does not. */
  witness: Request;
}

/** The difference between two tenancies. */
export interface AccessComparison {
  gained: Difference[];
  lost: Difference[];
  /** Statements that differ and cannot be compared: their resource types are not in the tables. */
  undecided?: string[];
  /** Reasons why the comparison is not complete. */
  notes?: string[];
}

/** The tenancies that are compared: before, after. */
export type Sides = readonly [CompiledTenancy, CompiledTenancy];

/**
 * The class of a request by its decisions before and after; undefined for a request that makes no difference.
 * Requests of one class are said together.
 */
export type Judge = (before: Decision, after: Decision) => string | undefined;

/** Statements of both sides that concern a principal and a compartment. */
export interface Cell {
  sides: Sides;
  statements: readonly [readonly CompiledStatement[], readonly CompiledStatement[]];
  principal: Principal;
  /** OCID of the compartment. */
  compartment: string;
  /** The operation that requests name, where no condition asks for it and it matters all the same. */
  operation?: string;
}
