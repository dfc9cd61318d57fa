/** Answers to who may do what. @module */
import type { Request, StatementRef } from "../decide/types.ts";

/** Whom an answer is about. The id of a group, a user, an instance is its OCID, that of a service its name. */
export interface Who {
  type: "any-user" | "any-group" | "group" | "dynamic-group" | "user" | "instance" | "resource" | "service";
  id: string;
}

/** A compartment of an answer. */
export interface Place {
  id: string;
  name?: string;
  /** True when the same holds of all compartments below. */
  subtree: boolean;
}

/** The requests that an answer is true of. */
export interface Extent {
  /** The condition, in the policy language, of the requests that it is about; absent when it is about all. */
  condition?: string;
  /** What is not known and decides whether these requests are allowed, in words; absent when they are for certain. */
  dependsOn?: string[];
}

/** Somebody who may do an operation. */
export interface WhoCan extends Extent {
  principal: Who;
  /** The name of the principal, where the tenancy says it. */
  name?: string;
  /** `allow` when every request of it is allowed; `depends` when what is not given, or not known, decides. */
  decision: "allow" | "depends";
  /** The statements that allow it. */
  statements: StatementRef[];
  /** Where, when the question names no compartment. */
  compartments?: Place[];
}

/** What is asked of `whoCan`. */
export type WhoCanQuestion = Pick<
  Request,
  "operation" | "service" | "cases" | "permissions" | "compartment" | "region" | "time" | "variables"
>;

/** Permissions that a principal has. */
export interface Reach extends Extent {
  permissions: string[];
  /** The permissions for people: verbs and types where they fit. */
  summary: string;
  /** The operations that need nothing beside these permissions. */
  operations: string[];
  /** OCID of the compartment. */
  compartment: string;
  compartmentName?: string;
  /** True when the same holds of all compartments below. */
  subtree: boolean;
  /** True where permissions that no table lists are among them: what they are depends on OCI. */
  unlisted?: true;
  statements: StatementRef[];
}
