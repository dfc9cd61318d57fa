/**
 * The condition under which a principal holds a permission in a compartment: the statements' conditions with what
 * is known put in, allow and not deny.
 * @module
 */

import { TIME } from "../compare/free.ts";
import {
  ANY_GROUP,
  type CompiledStatement,
  type CompiledTenancy,
  KNOWN_LATER,
  keyOf,
} from "../decide/compile.ts";
import { compileCondition, type Test } from "../decide/condition.ts";
import { DecisionContext, type Membership } from "../decide/context.ts";
import { holds } from "../decide/decide.ts";
import type { CompartmentNode } from "../decide/directory.ts";
import { keysOf, membershipsOf } from "../decide/principals.ts";
import { refusesTargetTag } from "../decide/target-tags.ts";
import { parseInstant } from "../decide/time.ts";
import { NO, UNKNOWN, YES } from "../decide/truth.ts";
import type { Principal, Request, VariableValue } from "../decide/types.ts";
import { isDerived, lookup } from "../decide/variables.ts";
import { variablesOf } from "../lint/conditions.ts";
import type { Atom } from "../syntax/tree.ts";
import { ALWAYS, allOf, anyOf, type Formula, leaf, NEVER, unknownOn } from "./formula.ts";
import { type Fold, formulaOf } from "./negate.ts";

/** A permission that no table lists, in place of all of these. */
export const UNLISTED = "*";

/** What is known of a request beside who asks where. */
export interface Known {
  operation?: string;
  region?: string;
  time?: string;
  variables?: Readonly<Record<string, VariableValue>>;
}

/** A principal with what follows from who it is. */
export interface Standing {
  principal: Principal;
  memberships: readonly Membership[];
  /** The subjects by which statements speak of it. */
  keys: readonly string[];
  /** True where whether any-group means it is not documented. */
  undocumented: boolean;
  /** True for administrators, whom no deny statement stops. */
  exempt: boolean;
  /** Subjects of which nobody knows yet whether it is one: dynamic groups whose rules are known later. */
  perhaps?: ReadonlySet<string>;
  /** The variables (in lower case) that differ among those that it stands for; none for one principal. */
  open?: RegExp;
}

/** Finds what follows from who a principal is. */
export const standingOf = (compiled: CompiledTenancy, principal: Principal): Standing => {
  const memberships = membershipsOf(compiled, principal);
  const { keys, undocumented } = keysOf(principal, memberships);
  const exempt = principal.type === "user" && memberships.some((m) => m.id === compiled.administrators);
  const sure = { principal, memberships, keys, undocumented, exempt };
  if (principal.type === "user" || principal.type === "service") return sure;
  if (principal.type === "instance" && principal.groups) return sure;
  const open = compiled.dynamicGroups.filter((group) => group.open);
  if (open.length === 0) return sure;
  const perhaps = new Set(
    open.map((group) => keyOf("dynamic-group", group.id)).filter((k) => !keys.includes(k)),
  );
  return { ...sure, keys: [...keys, ...perhaps], perhaps };
};

/** A deny statement that speaks of some of those that a standing is of. */
export interface PerhapsDenied {
  statement: CompiledStatement;
  /** True for those of whom it does not speak. */
  unless: Formula;
}

/** What a variable is in a situation: known, absent included; given as not known; or open. */
type Status = "known" | "unknown" | "open";

/** The names that are open where the tenancy does not tell them. */
const NOT_TOLD = /\.tag\.|^request\.user\.name$|^target\.compartment\.name$/;

/** A principal in a compartment, with what is known of its requests. */
export class Situation {
  readonly standing: Standing;
  private readonly known: Known;
  private readonly context: DecisionContext;

  constructor(compiled: CompiledTenancy, standing: Standing, place: CompartmentNode, known: Known) {
    this.standing = standing;
    this.known = known;
    const { principal } = standing;
    const { operation, region, time, variables } = known;
    const request: Request = {
      principal,
      compartment: place.id,
      ...(operation !== undefined && { operation }),
      ...(region !== undefined && { region }),
      ...(time !== undefined && { time }),
      ...(variables && { variables }),
    };
    const user = principal.type === "user" ? compiled.userNames.get(principal.id.toLowerCase()) : undefined;
    this.context = new DecisionContext(request, place, compiled.directory.places, standing.memberships, user);
  }

  /**
   * The condition under which the principal holds a permission.
   * @param statements those that speak of it, there
   * @param granting is given the statements that may grant it
   */
  permission(
    permission: string,
    statements: readonly CompiledStatement[],
    granting?: (statement: CompiledStatement) => void,
    perhapsDenied: readonly PerhapsDenied[] = [],
  ): Formula {
    const { principal, exempt } = this.standing;
    // Every instance can list compartments; no policy can take that away (Oracle, "Managing Dynamic Groups").
    if (permission === "COMPARTMENT_INSPECT" && principal.type === "instance") return ALWAYS;
    const allow: Formula[] = [];
    const deny: CompiledStatement[] = [];
    for (const s of statements) {
      if (s.effect === "deny") deny.push(s);
      else {
        const formula = this.allows(s, permission);
        if (formula.kind === "no") continue;
        allow.push(formula);
        granting?.(s);
      }
    }
    if (allow.length === 0) return NEVER;
    if (exempt) return anyOf(allow);
    const further = perhapsDenied.map(({ statement, unless }) =>
      anyOf([unless, this.spares(statement, permission)]),
    );
    return allOf([anyOf(allow), ...deny.map((s) => this.spares(s, permission)), ...further]);
  }

  private allows(s: CompiledStatement, permission: string): Formula {
    if (this.standing.undocumented && s.keys[0] === ANY_GROUP) return NEVER;
    const held = holds(s, permission);
    if (held === NO) return NEVER;
    const condition = s.tree.condition ? this.condition(s, permission, false) : ALWAYS;
    const member = this.perhapsMember(s);
    const certain = member ? allOf([member, condition]) : condition;
    return held === UNKNOWN ? allOf([unknownHolding(s, permission), certain]) : certain;
  }

  /** What it depends on whether a statement speaks of the principal, where nobody knows yet. */
  private perhapsMember({ keys }: CompiledStatement): Formula | undefined {
    const { perhaps, keys: mine } = this.standing;
    if (!perhaps || keys.some((key) => mine.includes(key) && !perhaps.has(key))) return undefined;
    return unknownOn(`whether it is in ${keys.filter((key) => perhaps.has(key)).join(" or ")}`);
  }

  private spares(s: CompiledStatement, permission: string): Formula {
    const held = holds(s, permission);
    if (held === NO) return ALWAYS;
    const condition = s.tree.condition ? this.condition(s, permission, true) : NEVER;
    const member = this.perhapsMember(s);
    const certain = member ? anyOf([member, condition]) : condition;
    return held === UNKNOWN ? anyOf([unknownHolding(s, permission), certain]) : certain;
  }

  private condition(s: CompiledStatement, permission: string, negated: boolean): Formula {
    this.context.permission = permission;
    this.context.effect = s.effect;
    return formulaOf(s.tree.condition!, negated, this.fold);
  }

  /** Somebody else's formula with what is known of this principal put in. */
  resolve(formula: Formula): Formula {
    // Where a target's tag cannot grant the permission its comparisons are gone from the formula already.
    this.context.permission = "-";
    this.context.effect = "allow";
    switch (formula.kind) {
      case "leaf":
        return formulaOf(formula.atom, formula.negated, this.fold);
      case "all":
        return allOf(formula.parts.map((part) => this.resolve(part)));
      case "any":
        return anyOf(formula.parts.map((part) => this.resolve(part)));
      default:
        return formula;
    }
  }

  private readonly fold: Fold = (atom) => {
    if (atom.variable.name === KNOWN_LATER) return unknownOn("a statement that is known after apply");
    if (atom.kind === "time" && parseInstant(atom.value.text) === undefined) return NEVER;
    const status = variablesOf(atom).map((v) => this.status(v.name.toLowerCase()));
    if (status.includes("open")) return this.open(atom, status);
    const truth = testOf(atom)(this.context);
    if (truth !== UNKNOWN) return truth === YES ? ALWAYS : NEVER;
    const names = variablesOf(atom).filter((v) => this.context.given(v.name.toLowerCase())?.unknown);
    return unknownOn([...new Set(names.map((v) => v.name))].join(" and "));
  };

  private status(name: string): Status {
    const { context, known } = this;
    if (name === "request.permission") return "known";
    const given = context.given(name);
    if (name.startsWith("target.resource.tag.")) {
      const operation = known.operation ?? "Get";
      if (refusesTargetTag(operation, context.permission)) return "known";
    }
    if (given !== undefined) return given?.unknown && given.known.length === 0 ? "unknown" : "known";
    if (this.standing.open?.test(name)) return "open";
    if (name === "request.operation") return known.operation === undefined ? "open" : "known";
    if (name === "request.region") return known.region === undefined ? "open" : "known";
    if (name === TIME || name.startsWith(`${TIME}.`)) return known.time === undefined ? "open" : "known";
    // ListCompartments alone has no target compartment.
    if (
      /^target\.compartment\.(id|name)$/.test(name) &&
      known.operation === undefined &&
      context.permission === "COMPARTMENT_INSPECT"
    )
      return "open";
    if (context.effect === "deny" && name.startsWith("target.dynamicgroup.")) return "known";
    if (!isDerived(name)) return "open";
    if (lookup(name)(context)) return "known";
    if (name === "request.user.name" && this.standing.principal.type !== "user") return "known";
    return NOT_TOLD.test(name) ? "open" : "known";
  }

  /** A comparison with some variable open; what is known of the other stands in its place. */
  private open(atom: Atom, [left, right]: readonly Status[]): Formula {
    if (atom.kind !== "compare" || atom.value.kind !== "variable") return this.withoutAbsent(atom);
    if (left === "unknown" || right === "unknown" || left === right) return leaf(atom);
    const [open, fixed] = left === "open" ? [atom.variable, atom.value] : [atom.value, atom.variable];
    const values = lookup(fixed.name)(this.context);
    if (!values) return NEVER;
    const [value, ...more] = values.known;
    if (value === undefined || more.length > 0 || values.unknown || /['*\n]/.test(value)) return leaf(atom);
    const { start, end } = atom;
    return leaf({
      kind: "compare",
      variable: open,
      operator: atom.operator,
      value: { kind: "string", text: value, start, end },
      start,
      end,
    });
  }

  /** A comparison of a variable that does not apply is not true, whatever it is compared with. */
  private withoutAbsent(atom: Atom): Formula {
    const { name } = atom.variable;
    const absent =
      atom.kind !== "present" && this.status(name.toLowerCase()) === "known" && !lookup(name)(this.context);
    return absent ? NEVER : leaf(atom);
  }
}

const unknownHolding = (s: CompiledStatement, permission: string): Formula => {
  const [unlisted] = s.permissions.unlisted;
  if (permission === UNLISTED) return unknownOn("which permissions that no table lists its verb has");
  return unknownOn(
    unlisted === undefined
      ? `whether statement ${s.ref.statement} of policy ${s.ref.policy} holds ${permission}`
      : `what ${unlisted} grants`,
  );
};

const tests = new WeakMap<Atom, Test>();
const testOf = (atom: Atom): Test => {
  let test = tests.get(atom);
  if (!test) {
    test = compileCondition(atom);
    tests.set(atom, test);
  }
  return test;
};
