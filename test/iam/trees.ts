/**
 * fast-check arbitraries of statement and rule trees, without positions.
 * @module
 */
import fc from "fast-check";

const letters = (chars: string, maxLength = 8): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...chars), minLength: 1, maxLength });

/** Names as people give them: also words of the language, slashes, blanks, other scripts. */
const name = fc.oneof(
  letters("abcXYZ019_.-@+"),
  letters("ab /:,{}()=!é日"),
  fc.constantFrom("to", "In", "where", "of", "id", "allow", "ocid1.group.oc1..a", "any", "tenancy"),
);
const word = name.map((text) => ({ text }));
const ocid = letters("abc019.-_", 12).map((tail) => `ocid1.${tail}`);
const resource = letters("abcde-").map((text) => ({ text }));
const variable = letters("abcN.:@-_", 12)
  .filter((v) => !/^(any|all|not|sets-.*|in|before|after|between|and)$/i.test(v))
  .map((v) => ({ kind: "variable" as const, name: `request.${v}` }));
const text = fc
  .string({ unit: fc.constantFrom(...'ab*/ ,{}()=!"é日-') as fc.Arbitrary<string>, maxLength: 10 })
  .map((t) => ({ kind: "string" as const, text: t }));
const pattern = letters("ab*-. ", 6)
  .filter((t) => t.trim() !== "")
  .map((t) => ({ kind: "pattern" as const, text: t }));
const value = fc.oneof(text, pattern, variable);
const values = fc.array(value, { minLength: 1, maxLength: 3 });

const atom = fc.oneof(
  fc.record({ kind: fc.constant("compare"), variable, operator: fc.constantFrom("=", "!="), value }),
  fc.record({ kind: fc.constant("in"), variable, negated: fc.boolean(), values }),
  fc.record({
    kind: fc.constant("time"),
    variable,
    operator: fc.constantFrom("before", "after"),
    value: text,
  }),
  fc.record({ kind: fc.constant("between"), variable, from: text, to: text }),
  fc.record({ kind: fc.constant("present"), variable, negated: fc.boolean() }),
  fc.record({
    kind: fc.constant("function"),
    name: fc.constantFrom("sets-intersect", "sets-equal"),
    variable,
    list: fc.constant(true),
    values,
  }),
  fc.record({
    kind: fc.constant("function"),
    name: fc.constantFrom("sets-intersect", "sets-equal"),
    variable,
    list: fc.constant(false),
    values: value.map((v) => [v]),
  }),
);

const nested = <T>(leaf: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.record({
        kind: fc.constantFrom("any", "all"),
        conditions: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
      }),
    ),
  })).tree;

const entity = fc.oneof(
  fc.record({ by: fc.constant("id"), id: ocid }),
  fc.record({ by: fc.constant("name"), name }),
  fc.record({ by: fc.constant("name"), domain: name, name }),
);
const subject = fc.oneof(
  fc.record({ kind: fc.constantFrom("any-user", "any-group") }),
  fc.record({
    kind: fc.constantFrom("group", "dynamic-group"),
    names: fc.array(entity, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant("service"), names: fc.array(word, { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constant("resource"), service: word, resource: word }),
);
const here = fc.oneof(
  fc.record({ kind: fc.constant("tenancy") }),
  fc.record({ kind: fc.constant("compartment"), path: fc.array(word, { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constant("compartment-id"), id: ocid }),
);
const anywhere = fc.oneof(
  here,
  fc.record({ kind: fc.constant("any-tenancy") }),
  fc.record({ kind: fc.constant("tenancy"), alias: word }),
  fc.record({
    kind: fc.constant("compartment"),
    path: fc.array(word, { minLength: 1, maxLength: 2 }),
    of: word,
  }),
  fc.record({ kind: fc.constant("compartment-id"), id: ocid, of: word }),
);
const plain = fc.oneof(
  fc.record({
    kind: fc.constant("verb"),
    verb: fc.constantFrom("inspect", "read", "use", "manage"),
    resource,
  }),
  fc.record({
    kind: fc.constant("permissions"),
    permissions: fc.array(
      letters("ABC_").map((t) => ({ text: t })),
      { minLength: 1, maxLength: 3 },
    ),
  }),
);
const crossing = fc.oneof(
  plain,
  fc.record({ kind: fc.constant("associate"), resource, location: anywhere, with: resource }),
);
const common = { effect: fc.constantFrom("allow", "deny"), subject };
const condition = nested(atom);

/** Statement trees. */
export const statementTree: fc.Arbitrary<unknown> = fc.oneof(
  fc.record(
    { kind: fc.constant("permit"), ...common, action: plain, location: here, condition },
    { requiredKeys: ["kind", "effect", "subject", "action", "location"] },
  ),
  fc.record(
    { kind: fc.constant("endorse"), ...common, action: crossing, location: anywhere, condition },
    { requiredKeys: ["kind", "effect", "subject", "action", "location"] },
  ),
  fc.record(
    {
      kind: fc.constant("admit"),
      ...common,
      source: fc.oneof(
        fc.record({ kind: fc.constant("any-tenancy") }),
        fc.record({ kind: fc.constant("tenancy"), alias: word }),
      ),
      action: crossing,
      location: anywhere,
      condition,
    },
    { requiredKeys: ["kind", "effect", "subject", "action", "location"] },
  ),
  fc.record({
    kind: fc.constant("define"),
    entity: fc.constantFrom("tenancy", "group", "dynamic-group", "compartment"),
    alias: word,
    id: ocid,
  }),
);

/** Matching rule trees. */
export const ruleTree: fc.Arbitrary<unknown> = nested(
  fc.oneof(
    fc.record({ kind: fc.constant("compare"), variable, operator: fc.constantFrom("=", "!="), value: text }),
    fc.record({
      kind: fc.constant("present"),
      variable: fc
        .constantFrom("tag.ns.key.value", "TAG.a.b.c.value")
        .map((n) => ({ kind: "variable" as const, name: n })),
    }),
  ),
);

/** A tree without its positions. */
export const bare = (tree: unknown): unknown =>
  JSON.parse(JSON.stringify(tree, (key, v) => (key === "start" || key === "end" ? undefined : v)));
