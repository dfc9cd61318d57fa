/**
 * A grant: an entry of the declaration of access, and everything that follows from it.
 * @module
 */
import type { z } from "zod";
import type { AllowInput, ProbeInput } from "../document/schema.ts";
import type { StackIds } from "./ids.ts";
import type { DeployerNeed, Lookup, LookupIds } from "./lookup.ts";

/** A policy statement and the compartment that its policy is attached to. */
export interface AttachedStatement {
  compartmentId: string;
  text: string;
  /** The grant behind it, in words. */
  grant: string;
}

/** Probes that the check makes because of a grant. */
export interface GrantProbes {
  /** Calls that must work. */
  allowed: ProbeInput[];
  /** Neighbours of what is granted, which exist; must be refused. */
  refused: ProbeInput[];
}

/** Something too wide in a declaration of access. */
export interface AccessFinding {
  code: string;
  severity: "error" | "warning" | "info";
  /** Place in the declaration: `clients.metrics-agent[0]`; or a setting beside it: `signDocument`. */
  where: string;
  message: string;
}

/** A kind's finding about one of its grants; the caller adds the place. */
export type KindFinding = Omit<AccessFinding, "where">;

/** Facts on which a kind's findings depend, beside the grant. */
export interface GrantContext {
  tenancyId: string;
  /** OCID of an existing decoy. */
  decoyId?: string | undefined;
}

/** Something that a grant of a client must not say: the member's place in the grant, and the reason. */
export interface ClientProblem {
  path: (string | number)[];
  message: string;
}

/** A kind of grant: what may be declared, and everything that follows from it, side by side. */
export interface GrantKind<G> {
  /** The member that says which kind an entry is: `bucket`. */
  key: string;
  schema: z.ZodType<G>;
  /** Identifier, short and unique: `bucket invoices write`. */
  id: (grant: G) => string;
  /** The grant for people, as a sentence's end: `write objects into the bucket invoices`. */
  label: (grant: G) => string;
  /** Policy statements: fewest permissions, by OCID, one line each. */
  statements: (grant: G, ids: StackIds) => { compartmentId: string; text: string }[];
  /** Allow rules of the proxy for a client that has the grant. */
  allow: (grant: G, ids: StackIds) => Omit<AllowInput, "grant">[];
  /**
   * Allow rules as wide as the statements, where those open more than the proxy lets through.
   * @default as `allow`
   */
  scope?: (grant: G, ids: StackIds) => Omit<AllowInput, "grant">[];
  probes: (grant: G, ids: StackIds) => GrantProbes;
  /** Findings about what is too wide or pointless in the grant. @default none */
  findings?: (grant: G, context: GrantContext) => KindFinding[];
  /** Problems of a grant that the app itself may have, and no client. @default none */
  clientProblems?: (grant: G) => ClientProblem[];
  /** Reads by the deployer before anything is made, so that a refusal proves something. */
  lookups: (grant: G, ids: LookupIds) => Lookup[];
  /** Rights that the deployer needs for the lookups, beside those for every stack. @default none */
  deployerNeeds?: readonly DeployerNeed[];
  /** The compartment in which everything of the kind is granted, where the grant names one. */
  compartment: (grant: G) => string | undefined;
}

/** Declares a kind of grant: returns it as it is, with the type of its grants inferred. */
export const kind = <G>(k: GrantKind<G>): GrantKind<G> => k;
