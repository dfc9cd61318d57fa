/**
 * Conditions made ready to be evaluated. A comparison whose variable does not apply to the request is no, `!=`
 * and `not in` included (Oracle, "Variables Not Applicable to a Request Result in a Declined Request").
 * @module
 */
import type { Atom, Condition, Value, VariableNode } from "../syntax/tree.ts";
import type { DecisionContext } from "./context.ts";
import { parseInstant, parseTimeOfDay } from "./time.ts";
import { NO, opposite, type Truth, UNKNOWN, YES } from "./truth.ts";
import { type Matcher, matcher, type VariableValues } from "./values.ts";
import { lookup, type VariableReader } from "./variables.ts";

/** A condition made ready. */
export type Test = (context: DecisionContext) => Truth;

/** Decides whether one of the values matches. */
const someMatch = (values: VariableValues, matches: Matcher): Truth => {
  for (const value of values.known) if (matches(value)) return YES;
  return values.unknown ? UNKNOWN : NO;
};

const isSubset = (a: VariableValues, b: VariableValues): boolean =>
  a.known.every((value) => b.known.includes(value));

/** Decides whether one side's values are a subset of the other's. */
const nested = (a: VariableValues, b: VariableValues): Truth => {
  if (a.unknown || b.unknown) return UNKNOWN;
  return isSubset(a, b) || isSubset(b, a) ? YES : NO;
};

/** Decides whether the two share a value. */
const overlap = (a: VariableValues, b: VariableValues): Truth => {
  if (a.known.some((value) => b.known.includes(value))) return YES;
  return a.unknown || b.unknown ? UNKNOWN : NO;
};

/**
 * Compares two variables (Oracle, "Supported Operators"): `=` when they share a value, `!=` when neither side
 * is a subset of the other.
 */
const variables = (left: VariableReader, right: VariableReader, operator: "=" | "!="): Test => {
  return (context) => {
    const a = left(context);
    const b = right(context);
    if (!a || !b) return NO;
    return operator === "=" ? overlap(a, b) : opposite(nested(a, b));
  };
};

const comparison = (
  left: VariableReader,
  variable: VariableNode,
  operator: "=" | "!=",
  value: Value,
): Test => {
  if (value.kind === "variable") return variables(left, lookup(value.name), operator);
  const matches = matcher(value, variable.name);
  if (operator === "=") {
    return (context) => {
      const values = left(context);
      return values ? someMatch(values, matches) : NO;
    };
  }
  return (context) => {
    const values = left(context);
    return values ? opposite(someMatch(values, matches)) : NO;
  };
};

/** A member of `in (…)`: a value matches, or, for a variable, one side is a subset of the other. */
type MemberTest = (values: VariableValues, context: DecisionContext) => Truth | undefined;

const member = (value: Value, variable: VariableNode): MemberTest => {
  if (value.kind !== "variable") {
    const matches = matcher(value, variable.name);
    return (values) => someMatch(values, matches);
  }
  const right = lookup(value.name);
  return (values, context) => {
    const other = right(context);
    return other && nested(values, other);
  };
};

const membership = (left: VariableReader, variable: VariableNode, list: Value[], negated: boolean): Test => {
  const members = list.map((value) => member(value, variable));
  return (context) => {
    const values = left(context);
    if (!values) return NO;
    let result: Truth = NO;
    for (const m of members) {
      const truth = m(values, context);
      if (truth === YES) return negated ? NO : YES;
      if (truth === UNKNOWN) result = UNKNOWN;
      // A variable in the list that does not apply: nothing is in it, and `not in` is declined.
      if (truth === undefined && negated) return NO;
    }
    return negated ? opposite(result) : result;
  };
};

/** Makes a test: some value is a time for which `holds`; a text that is no time is none. */
const timeTest = (
  left: VariableReader,
  read: (text: string) => number | undefined,
  holds: (at: number) => boolean,
): Test => {
  return (context) => {
    const values = left(context);
    if (!values) return NO;
    return someMatch(values, (value) => {
      const at = read(value);
      return at !== undefined && holds(at);
    });
  };
};

const beforeOrAfter = (left: VariableReader, operator: "before" | "after", text: string): Test => {
  const limit = parseInstant(text);
  if (limit === undefined) return () => NO;
  return timeTest(left, parseInstant, operator === "before" ? (at) => at < limit : (at) => at > limit);
};

/**
 * Makes a test that a time is in a range, both ends included. A time of day whose first end is later than its
 * second goes over midnight.
 */
const between = (left: VariableReader, from: string, to: string): Test => {
  for (const read of [parseTimeOfDay, parseInstant]) {
    const first = read(from);
    const last = read(to);
    if (first === undefined || last === undefined) continue;
    const wraps = read === parseTimeOfDay && first > last;
    return timeTest(left, read, (at) => (wraps ? at >= first || at <= last : at >= first && at <= last));
  }
  return () => NO;
};

/** The set functions: `sets-intersect` when the two share a value, `sets-equal` when they have the same values. */
const setFunction = (left: VariableReader, atom: Extract<Atom, { kind: "function" }>): Test => {
  const equal = atom.name === "sets-equal";
  const matchers: Matcher[] = [];
  const lookups: VariableReader[] = [];
  for (const value of atom.values) {
    if (value.kind === "variable") lookups.push(lookup(value.name));
    else matchers.push(matcher(value, atom.variable.name));
  }
  return (context) => {
    const values = left(context);
    if (!values) return NO;
    const others: VariableValues[] = [];
    for (const right of lookups) {
      const other = right(context);
      if (!other) return NO;
      others.push(other);
    }
    const unknown = values.unknown || others.some((other) => other.unknown);
    const right = others.flatMap((other) => other.known);
    const matches: Matcher = (value) => right.includes(value) || matchers.some((m) => m(value));
    if (!equal) return values.known.some(matches) ? YES : unknown ? UNKNOWN : NO;
    if (unknown) return UNKNOWN;
    const covered =
      matchers.every((m) => values.known.some(m)) && right.every((v) => values.known.includes(v));
    return covered && values.known.every(matches) ? YES : NO;
  };
};

const atom = (a: Atom): Test => {
  const left = lookup(a.variable.name);
  switch (a.kind) {
    case "compare":
      return comparison(left, a.variable, a.operator, a.value);
    case "in":
      return membership(left, a.variable, a.values, a.negated);
    case "time":
      return beforeOrAfter(left, a.operator, a.value.text);
    case "between":
      return between(left, a.from.text, a.to.text);
    case "function":
      return setFunction(left, a);
    case "present":
      return (context) => {
        const values = left(context);
        const present: Truth = !values ? NO : values.known.length > 0 ? YES : UNKNOWN;
        return a.negated ? opposite(present) : present;
      };
  }
};

/** Makes a condition ready to be evaluated for many requests. */
export const compileCondition = (condition: Condition): Test => {
  if (condition.kind !== "any" && condition.kind !== "all") return atom(condition);
  const parts = condition.conditions.map(compileCondition);
  if (parts.length === 1) return parts[0]!;
  const decisive = condition.kind === "any" ? YES : NO;
  return (context) => {
    let result: Truth = condition.kind === "any" ? NO : YES;
    for (const part of parts) {
      const truth = part(context);
      if (truth === decisive) return truth;
      if (truth === UNKNOWN) result = UNKNOWN;
    }
    return result;
  };
};
