/**
 * The trees that the parser makes of policy statements and matching rules. Every node carries the offsets of
 * its first character and of the one after its last (`start`, `end`) in the parsed text.
 * @module
 */

/** Offsets of a node in the parsed text. */
export interface Positioned {
  start: number;
  end: number;
}

/** The four verbs, from the least to the most. */
export type Verb = "inspect" | "read" | "use" | "manage";

/** A word or a quoted text: an alias, a service, a resource type, a permission, a compartment's name. */
export interface Word extends Positioned {
  text: string;
}

/** A group or dynamic group, by OCID or by name; without `domain` the name is in Default. */
export type Entity =
  | (Positioned & { by: "id"; id: string })
  | (Positioned & { by: "name"; domain?: string; name: string });

/** The subject of a statement. */
export type Subject = Positioned &
  (
    | { kind: "any-user" | "any-group" }
    | { kind: "group" | "dynamic-group"; names: Entity[] }
    | { kind: "service"; names: Word[] }
    | { kind: "resource"; service: Word; resource: Word }
  );

/** The tenancy of the group of an `admit` statement. */
export type SourceTenancy = Positioned & ({ kind: "any-tenancy" } | { kind: "tenancy"; alias: Word });

/** The action that a statement allows or denies. */
export type Action = Positioned &
  (
    | { kind: "verb"; verb: Verb; resource: Word }
    | { kind: "permissions"; permissions: Word[] }
    | { kind: "associate"; resource: Word; location: Location; with: Word }
  );

/** The location of a statement. `alias` and `of` name another tenancy and stand in endorse and admit only. */
export type Location = Positioned &
  (
    | { kind: "tenancy"; alias?: Word }
    | { kind: "any-tenancy" }
    | { kind: "compartment"; path: Word[]; of?: Word }
    | { kind: "compartment-id"; id: string; of?: Word }
  );

/** A variable's name as it was spelled; comparison ignores case. */
export interface VariableNode extends Positioned {
  kind: "variable";
  name: string;
}

/** A text in single quotes, without them. */
export interface Text extends Positioned {
  kind: "string";
  text: string;
}

/** A pattern between slashes, without them. */
export interface Pattern extends Positioned {
  kind: "pattern";
  text: string;
}

/** The value that a variable is compared with. */
export type Value = Text | Pattern | VariableNode;

/** `= `, `!=`: a comparison with one value. */
export interface Comparison extends Positioned {
  kind: "compare";
  variable: VariableNode;
  operator: "=" | "!=";
  value: Value;
}

/** A condition's leaf. */
export type Atom =
  | Comparison
  | (Positioned & { kind: "in"; variable: VariableNode; negated: boolean; values: Value[] })
  | (Positioned & { kind: "time"; variable: VariableNode; operator: "before" | "after"; value: Text })
  | (Positioned & { kind: "between"; variable: VariableNode; from: Text; to: Text })
  | (Positioned & {
      kind: "function";
      name: "sets-intersect" | "sets-equal";
      variable: VariableNode;
      /** True when the second argument stands in parentheses of its own. */
      list: boolean;
      values: Value[];
    })
  | (Positioned & { kind: "present"; variable: VariableNode; negated: boolean });

/** `any {…}`. */
export interface AnyOf<T> extends Positioned {
  kind: "any";
  conditions: T[];
}

/** `all {…}`. */
export interface AllOf<T> extends Positioned {
  kind: "all";
  conditions: T[];
}

/** The condition after `where`. */
export type Condition = Atom | AnyOf<Condition> | AllOf<Condition>;

/** `define …`: gives an OCID a name for the other statements of the same policy. */
export interface DefineStatement extends Positioned {
  kind: "define";
  entity: "tenancy" | "group" | "dynamic-group" | "compartment";
  alias: Word;
  id: string;
}

/** Every other statement: `permit` is a plain allow or deny, `endorse` and `admit` cross tenancies. */
export interface AccessStatement extends Positioned {
  kind: "permit" | "endorse" | "admit";
  effect: "allow" | "deny";
  subject: Subject;
  /** `of tenancy …`, in admit only. */
  source?: SourceTenancy;
  action: Action;
  location: Location;
  condition?: Condition;
}

/** A policy statement. */
export type Statement = DefineStatement | AccessStatement;

/** A matching rule's leaf: a comparison with a text, or a tag that must be present. */
export type RuleAtom =
  | (Positioned & { kind: "compare"; variable: VariableNode; operator: "=" | "!="; value: Text })
  | (Positioned & { kind: "present"; variable: VariableNode });

/** A dynamic group's matching rule. */
export type MatchingRule = RuleAtom | AnyOf<MatchingRule> | AllOf<MatchingRule>;
