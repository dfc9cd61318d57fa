/**
 * What a grant is: an entry of the declaration of access, and the answers that follow from it.
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

/** What the check tries because of a grant. */
export interface GrantProbes {
  /** Must work. */
  allowed: ProbeInput[];
  /** Neighbours of what is granted, which exist; must be refused. */
  refused: ProbeInput[];
}

/** Something too wide in a declaration of access. */
export interface AccessFinding {
  code: string;
  severity: "error" | "warning" | "info";
  /** Where it stands in the declaration: `clients.metrics-agent[0]`; or a setting beside it: `signDocument`. */
  where: string;
  message: string;
}

/** What a kind says is too wide in one of its grants; the place is added. */
export type KindFinding = Omit<AccessFinding, "where">;

/** What a kind's findings depend on beside the grant. */
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
  /** Short and unique: `bucket invoices write`. */
  id: (grant: G) => string;
  /** For people, a sentence's end: `write objects into the bucket invoices`. */
  label: (grant: G) => string;
  /** Fewest permissions, by OCID, one line each. */
  statements: (grant: G, ids: StackIds) => { compartmentId: string; text: string }[];
  /** What the proxy lets a client do that has the grant. */
  allow: (grant: G, ids: StackIds) => Omit<AllowInput, "grant">[];
  /** What the statements open where that is more than the proxy lets through. @default as `allow` */
  scope?: (grant: G, ids: StackIds) => Omit<AllowInput, "grant">[];
  probes: (grant: G, ids: StackIds) => GrantProbes;
  /** What is too wide or pointless in the grant. @default nothing */
  findings?: (grant: G, context: GrantContext) => KindFinding[];
  /** What a client's grant must not say, and the app's own may. @default nothing */
  clientProblems?: (grant: G) => ClientProblem[];
  /** What the deployer reads before anything is made, so that a refusal proves something. */
  lookups: (grant: G, ids: LookupIds) => Lookup[];
  /** What the deployer needs for the lookups beside what every stack needs. @default nothing */
  deployerNeeds?: readonly DeployerNeed[];
  /** The compartment in which everything of the kind is granted, where the grant names one. */
  compartment: (grant: G) => string | undefined;
}

/** Says of a kind what its grants are. */
export const kind = <G>(k: GrantKind<G>): GrantKind<G> => k;
