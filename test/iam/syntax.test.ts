import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMatchingRule, parseStatement, printMatchingRule, printStatement } from "../../iam/index.ts";
import { quietest } from "../support/quietest.ts";
import { bare, ruleTree, statementTree } from "./trees.ts";

/** A statement and its canonical line. */
const CANONICAL: [string, string][] = [
  ["ALLOW  GROUP a , B TO Manage BUCKETS\n in Tenancy", "Allow group a, B to manage buckets in tenancy"],
  [
    "allow group X use buckets in compartment A : b // why",
    "Allow group X to use buckets in compartment A:b",
  ],
  [
    "allow group 'D' / 'g h',id ocid1.a,ocid1.b to {P_Q ,r} in compartment id ocid1.c",
    "Allow group D/'g h', id ocid1.a, id ocid1.b to {P_Q, r} in compartment id ocid1.c",
  ],
  ["allow group 'Dom/Grp' to read x in tenancy", "Allow group 'Dom/Grp' to read x in tenancy"],
  [
    "deny any-user to inspect x in tenancy where !request.a",
    "Deny any-user to inspect x in tenancy where !request.a",
  ],
  [
    "deny any-group inspect x in tenancy where NOT request.a",
    "Deny any-group to inspect x in tenancy where !request.a",
  ],
  [
    "allow service a,'b c' to use x in tenancy where request.a",
    "Allow service a, 'b c' to use x in tenancy where request.a",
  ],
  ["Allow resource psmrp psm to use x in tenancy", "Allow resource psmrp psm to use x in tenancy"],
  ["define tenancy T as id ocid1.t", "Define tenancy T as ocid1.t"],
  ["Define group 'a b' as ocid1.g", "Define group 'a b' as ocid1.g"],
  [
    "endorse group g to associate a in compartment c of tenancy T with b in any-tenancy",
    "Endorse group g to associate a in compartment c of tenancy T with b in any-tenancy",
  ],
  [
    "admit group g of any-tenancy to read x in tenancy T where a='b'",
    "Admit group g of any-tenancy to read x in tenancy T where a = 'b'",
  ],
  ["deny endorse group g to read x in tenancy T", "Deny endorse group g to read x in tenancy T"],
  [
    "deny admit dynamic-group g of tenancy T to read x in tenancy",
    "Deny admit dynamic-group g of tenancy T to read x in tenancy",
  ],
  [
    "allow any-user to read x in tenancy where ALL{a.b='c',any {d != /e*/,f IN ('g',/*h/,i.j)}}",
    "Allow any-user to read x in tenancy where all {a.b = 'c', any {d != /e*/, f in ('g', /*h/, i.j)}}",
  ],
  [
    "allow any-user to read x in tenancy where a not in ('b')",
    "Allow any-user to read x in tenancy where a not in ('b')",
  ],
  [
    "allow any-user to read x in tenancy where a Before '2022-01-01Z'",
    "Allow any-user to read x in tenancy where a before '2022-01-01Z'",
  ],
  [
    "allow any-user to read x in tenancy where a between '1' AND '2'",
    "Allow any-user to read x in tenancy where a between '1' and '2'",
  ],
  [
    "allow any-user to read x in tenancy where SETS-intersect(a.b, ('c')) //x",
    "Allow any-user to read x in tenancy where sets-intersect(a.b, ('c'))",
  ],
  [
    "allow any-user to read x in tenancy where sets-equal(a.b, c.d)",
    "Allow any-user to read x in tenancy where sets-equal(a.b, c.d)",
  ],
  ["allow any-user to read x in tenancy where a='b'//c", "Allow any-user to read x in tenancy where a = 'b'"],
  [
    "allow any-user to read x in tenancy where a=/b/c*///d",
    "Allow any-user to read x in tenancy where a = /b/c*/",
  ],
  [
    "allow any-user to read x in tenancy where a='//no comment'",
    "Allow any-user to read x in tenancy where a = '//no comment'",
  ],
  [
    "allow any-user to read x in tenancy where a.tag.n:s.k@=2.b.c",
    "Allow any-user to read x in tenancy where a.tag.n:s.k@ = 2.b.c",
  ],
];

describe("statements", () => {
  test.each(CANONICAL)("%s", (text, canonical) => {
    const parsed = parseStatement(text);
    expect(parsed).toMatchObject({ ok: true });
    if (!parsed.ok) return;
    expect(printStatement(parsed.statement)).toBe(canonical);
    const again = parseStatement(canonical);
    expect(again.ok && bare(again.statement)).toEqual(bare(parsed.statement));
  });

  test("parse after print is the identity on trees", () => {
    fc.assert(
      fc.property(statementTree, (tree) => {
        const line = printStatement(tree as Parameters<typeof printStatement>[0]);
        const parsed = parseStatement(line);
        expect(parsed.ok ? bare(parsed.statement) : parsed.error.message, line).toEqual(bare(tree));
        expect(parsed.ok && printStatement(parsed.statement)).toBe(line);
      }),
      { numRuns: 2000 },
    );
  });

  test("every node says where it stands", () => {
    const text =
      "Allow group 'A', B/C to use buckets in compartment x:y where all {a.b = 'c', d in (/e*/, f)}";
    const parsed = parseStatement(text);
    if (!parsed.ok) throw new Error(parsed.error.message);
    const seen: string[] = [];
    const walk = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      if ("start" in node && "end" in node) seen.push(text.slice(node.start as number, node.end as number));
      else if (!Array.isArray(node)) throw new Error(`no position: ${JSON.stringify(node)}`);
      Object.values(node).forEach(walk);
    };
    walk(parsed.statement);
    expect(seen).toContain(
      "Allow group 'A', B/C to use buckets in compartment x:y where all {a.b = 'c', d in (/e*/, f)}",
    );
    for (const part of [
      "group 'A', B/C",
      "'A'",
      "B/C",
      "use buckets",
      "compartment x:y",
      "y",
      "all {a.b = 'c', d in (/e*/, f)}",
      "a.b = 'c'",
      "a.b",
      "'c'",
      "d in (/e*/, f)",
      "/e*/",
      "f",
    ]) {
      expect(seen).toContain(part);
    }
  });

  test("what the language cannot quote cannot be printed", () => {
    const parsed = parseStatement("define tenancy T as ocid1.t");
    if (!parsed.ok || parsed.statement.kind !== "define") throw new Error("a define");
    const tree = { ...parsed.statement, alias: { text: "it's", start: 0, end: 0 } };
    expect(() => printStatement(tree)).toThrow(RangeError);
  });
});

/** A text that is no statement; the column; what the message holds. */
const WRONG: [string, number, string][] = [
  ["", 1, "the statement ends"],
  ["Alow group A to read x in tenancy", 1, 'did you mean "allow"'],
  ["Allow grup A to read x in tenancy", 7, 'did you mean "group"'],
  ["Allow dynamic group A to read x in tenancy", 7, 'did you mean "dynamic-group"'],
  ["Allow group A to raed x in tenancy", 18, 'did you mean "read"'],
  ["Allow group A to reads x in tenancy", 18, 'did you mean "read"'],
  ["Allow group A to read x in compartement c", 28, 'did you mean "compartment"'],
  ["Allow group A to read x in tenancy whre a = 'b'", 36, 'did you mean "where"'],
  ["Allow group A to read x in tenancy where alll {a = 'b'}", 42, 'did you mean "all"'],
  ["Allow group A to read x in tenancy where set-equal(a, ('b'))", 42, 'did you mean "sets-equal"'],
  [
    "Allow group A to read x in tenancy where a = \u2018b\u2019",
    46,
    "the only quote is the plain single one",
  ],
  ['Allow group "A" to read x in tenancy', 13, "the only quote is the plain single one"],
  ["Allow group id to read x in tenancy", 16, "an OCID"],
  ["Allow group A to read x in compartment id where a = 'b'", 43, "an OCID"],
  ["Allow group to read x in tenancy", 13, "a group's name"],
  ["Allow group A to read repos x in tenancy", 29, '"in"'],
  ["Allow group A to manage read x in tenancy", 30, '"in"'],
  ["Allow group A to {} in tenancy", 19, "a permission"],
  ["Allow group A to {P in tenancy", 21, '"}" or ","'],
  ["Allow group A to read x", 24, '"in"'],
  ["Allow group A to read x in any-tenancy", 28, '"tenancy" or "compartment"'],
  ["Allow group A to associate x in tenancy", 18, '"read"'],
  ["Allow group A to read x in tenancy where", 41, "a condition"],
  ["Allow group A to read x in tenancy where a = 'b", 46, "does not close"],
  ["Allow group A to read x in tenancy where a = /b", 46, "does not close"],
  ["Allow group A to read x in tenancy where a = 'b' and c = 'd'", 50, "the end of the statement"],
  ["Allow group A to read x in tenancy where a contains 'b'", 44, '"not in"'],
  ["Allow group A to read x in tenancy where any(a = 'b')", 45, '"{"'],
  ["Allow group A to read x in tenancy where all {a = 'b'", 54, '"}" or ","'],
  ["Allow group A to read x in tenancy where all {a = 'b',}", 55, "a condition"],
  ["Allow group A to read x in tenancy where a between '1' or '2'", 56, '"and"'],
  ["Allow group A to read x in tenancy where a before 5", 51, "a time in single quotes"],
  ["Allow group A to read x in tenancy # note", 36, '"where"'],
  ["Allow group A of tenancy T to read x in tenancy", 15, '"to"'],
  ["define tenancy T ocid1.t", 18, '"as"'],
];

describe("errors", () => {
  test.each(WRONG)("%s", (text, column, message) => {
    const parsed = parseStatement(text);
    if (parsed.ok) throw new Error("it parses");
    expect(parsed.error).toMatchObject({ line: 1, column });
    expect(parsed.error.message).toContain(message);
  });

  test("line and column in a text of several lines", () => {
    const parsed = parseStatement("Allow group A\n  to read x\n  in compartement c");
    expect(parsed).toMatchObject({
      ok: false,
      error: { line: 3, column: 6, found: "compartement", nearest: "compartment" },
    });
  });

  test("100,000 nested braces and 10 MB are refused clearly and at once", async () => {
    const head = "Allow any-user to read x in tenancy where ";
    const inputs = [
      [`${head}${"all {".repeat(10_000)}a = 'b'${"}".repeat(10_000)}`, "nested deeper than 200"],
      [`${head}${"all {".repeat(100_000)}`, "the limit"],
      [`${head}a = '${"b".repeat(10_000_000)}'`, "the limit"],
    ] as const;
    for (const [text, message] of inputs) {
      const parse = (): number => {
        const start = performance.now();
        const parsed = parseStatement(text);
        const ms = performance.now() - start;
        expect(!parsed.ok && parsed.error.message).toContain(message);
        return ms;
      };
      expect(await quietest(50, parse)).toBeLessThan(50);
      const rule = parseMatchingRule(text.slice(head.length));
      expect(!rule.ok && rule.error.message).toContain(message);
    }
    expect(parseStatement(`${head}${"all {".repeat(200)}a${"}".repeat(200)}`)).toMatchObject({ ok: true });
  });
});

describe("matching rules", () => {
  test.each([
    ["ALL{instance.id='a'}", "all {instance.id = 'a'}"],
    [
      "Any {instance.id = 'a', All {resource.type != 'b',},}",
      "any {instance.id = 'a', all {resource.type != 'b'}}",
    ],
    ["tag.Ns.Key.value", "tag.Ns.Key.value"],
    ["resource.id = 'x'", "resource.id = 'x'"],
  ])("%s", (text, canonical) => {
    const parsed = parseMatchingRule(text);
    if (!parsed.ok) throw new Error(parsed.error.message);
    expect(printMatchingRule(parsed.rule)).toBe(canonical);
  });

  test.each([
    ["ALL {resource.type = fnfunc}", 22],
    ["ALL {instance.id = 'a'", 23],
    ["instance.id", 12],
    ["ALL {}", 6],
    ["any instance.id = 'a'", 5],
    ["instance.id = 'a', instance.id = 'b'", 18],
    ["instance.id = /a*/", 15],
  ])("refuses %s", (text, column) => {
    expect(parseMatchingRule(text)).toMatchObject({ ok: false, error: { column } });
  });

  test("parse after print is the identity on trees", () => {
    fc.assert(
      fc.property(ruleTree, (tree) => {
        const line = printMatchingRule(tree as Parameters<typeof printMatchingRule>[0]);
        const parsed = parseMatchingRule(line);
        expect(parsed.ok ? bare(parsed.rule) : parsed.error.message, line).toEqual(bare(tree));
      }),
      { numRuns: 1000 },
    );
  });
});
