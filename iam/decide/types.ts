/**
 * The subjects of decisions: a tenancy, the requests to it, and the decisions. Shaped as the JSON of `npm run
 * iam -- decide`.
 * @module
 */

/** A defined tag's values by `namespace.key`. */
export type Tags = Readonly<Record<string, string | readonly string[]>>;

/** A compartment; the root is the tenancy itself and may be left out. */
export interface Compartment {
  id: string;
  name: string;
  /** The parent's OCID; the root's when absent. */
  parent?: string;
  tags?: Tags;
}

/** A group of users. */
export interface Group {
  id: string;
  name: string;
  /** The identity domain. @default "Default" */
  domain?: string;
  /** OCIDs of users. */
  members?: readonly string[];
  tags?: Tags;
}

/** A dynamic group. */
export interface DynamicGroup {
  id: string;
  name: string;
  /** The identity domain. @default "Default" */
  domain?: string;
  matchingRule: string;
  /** True when the rule is not known yet: `matchingRule` says what is known of it, and any machine may be in the group. */
  unknownRule?: boolean;
  tags?: Tags;
  /** Free-form tags, by which other programs find what is theirs. */
  freeformTags?: Readonly<Record<string, string>>;
}

/** A policy. */
export interface Policy {
  id?: string;
  name?: string;
  /** Free-form tags, by which other programs find what is theirs. */
  freeformTags?: Readonly<Record<string, string>>;
  /** OCID of the compartment that it is attached to. @default the root */
  compartment?: string;
  statements: readonly string[];
  /**
   * Indices of statements that are not known yet: their texts say what is known of them. Any of them may allow
   * anything where the policy is attached, and deny it where deny is enabled.
   */
  unknownStatements?: readonly number[];
}

/** An instance; decisions about one need it in the request. */
export interface Instance {
  id: string;
  name?: string;
  /** OCID of its compartment. */
  compartment?: string;
  tags?: Tags;
}

/** A tenancy: all that decisions depend on beside the request. */
export interface Tenancy {
  /** The tenancy's OCID, which is its root compartment's too. */
  tenancy: string;
  /** True when deny statements are enabled. @default false */
  denyEnabled?: boolean;
  compartments?: readonly Compartment[];
  groups?: readonly Group[];
  dynamicGroups?: readonly DynamicGroup[];
  policies?: readonly Policy[];
  /** Users, for `request.user.name`. */
  users?: readonly { id: string; name?: string }[];
  /** Instances, which dynamic groups may select. */
  instances?: readonly Instance[];
  /** Identity domains. */
  domains?: readonly { id?: string; name: string; compartment?: string }[];
  /** Tag namespaces, with the names of their tags. */
  tagNamespaces?: readonly { id?: string; name: string; compartment?: string; tags?: readonly string[] }[];
  /** What is not known of the tenancy, in words. */
  notes?: readonly string[];
  requests?: readonly Request[];
  /** Other tenancies, whose principals may act in this one where both sides' policies say so. */
  others?: readonly Tenancy[];
}

/** The tenancy that a principal lives in. */
interface Living {
  /** OCID of the tenancy, where it is not the one that the request is made in. */
  tenancy?: string;
}

/** The principal that makes a request. */
export type Principal =
  | (Living & {
      type: "user";
      id: string;
      name?: string;
      /** OCIDs of groups that the user is in beside those that list it. */
      groups?: readonly string[];
    })
  | (Living & {
      type: "instance";
      id: string;
      compartment?: string;
      tags?: Tags;
      /** OCIDs of the dynamic groups that it is in, where its token says so: rules are not asked then. */
      groups?: readonly string[];
    })
  | (Living & { type: "resource"; resourceType: string; id: string; compartment?: string; tags?: Tags })
  | { type: "service"; name: string };

/** A variable's value: a text, several (tags, lists), or one that is not known before deployment. */
export type VariableValue =
  | string
  | number
  | boolean
  | null
  | { readonly unknown: true }
  | readonly (string | { readonly unknown: true })[];

/**
 * A request. It has `operation`, or `permissions` in its place. With both, `permissions` are what it needs
 * (a part of the operation's, about one of its targets).
 */
export interface Request {
  principal: Principal;
  operation?: string;
  /** The service of the operation, where several share its name. */
  service?: string;
  /** Cases of a conditional operation that apply (keys of its `when` in the table of operations). */
  cases?: readonly string[];
  permissions?: readonly string[];
  /** OCID of the target's compartment. @default the root */
  compartment?: string;
  /** Time of the request, ISO 8601. Conditions on time are unknown without it. */
  time?: string;
  /** The three-letter region key. Conditions on the region are unknown without it. */
  region?: string;
  variables?: Readonly<Record<string, VariableValue>>;
}

/** A statement by its place, counted from 0. */
export interface StatementRef {
  policy: number;
  statement: number;
  /** OCID of its tenancy, where that is another than the request's. */
  tenancy?: string;
}

/** The statement that came nearest to granting what is missing. */
export interface Nearest extends StatementRef {
  text: string;
  permission: string;
  /** The first part that did not match. */
  part: "subject" | "action" | "location" | "condition";
  /** The part's text in the statement; of a condition the atoms that were not true. */
  detail: string;
}

/** The outcome of a request, and the statements behind it. */
export interface Decision {
  decision: "allow" | "deny" | "unknown";
  /** The statements that grant what the request needs, or a part of it. */
  granted: StatementRef[];
  /** The deny statements that take something of it. */
  denied: StatementRef[];
  /** The permissions that nothing grants; of an operation that needs one of several, all of them. */
  missing: string[];
  /** The statements that grant or deny depending on values that are not known. */
  undecided?: StatementRef[];
  notes?: string[];
  /** The nearest statement, for a refusal with missing permissions; found when it is read. */
  readonly nearest?: Nearest | undefined;
}
