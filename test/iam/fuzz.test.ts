import { describe, expect, test } from "vitest";
import { parseMatchingRule, parseStatement, printMatchingRule, printStatement } from "../../iam/index.ts";
import { Random, statement, tenancy } from "./random.ts";

const CASES = Number(process.env["KEYLESS_FUZZ"] ?? 10_000);
const SLOWEST_MS = 50;

const PIECES = [
  ..."{}(),=!/'\"*:#\n\t .-_@",
  ...[
    "//",
    "all {",
    "any{",
    "'a'",
    "/x*/",
    "in (",
    "not in",
    "between",
    "and",
    "where",
    "group ",
    "id ocid1.x",
    "allow ",
    " to ",
    "é",
    "\u0000",
    "\ud800",
    "sets-equal(",
  ],
];

/** Cuts, repeats, swaps and inserts. */
const mutate = (r: Random, text: string): string => {
  let result = text;
  for (let i = r.below(4); i >= 0; i--) {
    const [a, b] = [r.below(result.length + 1), r.below(result.length + 1)];
    const [from, to] = [Math.min(a, b), Math.max(a, b)];
    const kind = r.below(5);
    if (kind === 0) result = result.slice(0, from) + result.slice(to);
    else if (kind === 1) result = result.slice(0, from) + r.pick(PIECES) + result.slice(from);
    else if (kind === 2)
      result =
        result.slice(0, to) +
        result.slice(from, to).repeat(1 + r.below(r.chance(0.05) ? 200 : 3)) +
        result.slice(to);
    else if (kind === 3)
      result = result.slice(0, from) + String.fromCharCode(r.below(0x2100)) + result.slice(from + 1);
    else result = result.slice(from) + result.slice(0, from);
    if (result.length > 200_000) return result.slice(0, 200_000);
  }
  return result;
};

const noise = (r: Random): string => r.some(40, () => r.pick(PIECES)).join("");

describe("the parsers", () => {
  test(`${CASES} random and mutated inputs: no exception, none slow`, { timeout: 3_600_000 }, () => {
    const r = new Random(Number(process.env["KEYLESS_SEED"] ?? 7));
    let text = "";
    for (let i = 0; i < CASES; i++) {
      const kind = r.below(10);
      if (kind < 6) text = mutate(r, statement(r));
      else if (kind < 8) text = mutate(r, tenancy(r).dynamicGroups![0]!.matchingRule);
      else text = kind === 8 ? noise(r) : mutate(r, text);
      const start = performance.now();
      const [s, rule] = [parseStatement(text), parseMatchingRule(text)];
      const took = performance.now() - start;
      // One slow run may be the machine's; an input is slow when it is slow again.
      if (took > SLOWEST_MS) {
        const again = Array.from({ length: 5 }, () => {
          const begin = performance.now();
          parseStatement(text);
          parseMatchingRule(text);
          return performance.now() - begin;
        });
        expect(Math.min(...again), text.slice(0, 200)).toBeLessThan(SLOWEST_MS);
      }
      if (s.ok) expect(parseStatement(printStatement(s.statement)).ok, text).toBe(true);
      if (rule.ok) expect(parseMatchingRule(printMatchingRule(rule.rule)).ok, text).toBe(true);
      if (!s.ok && (s.error.line < 1 || s.error.column < 1 || s.error.message === ""))
        expect.fail(`no place: ${text}`);
    }
  });

  test.each([
    ["white space", " ".repeat(99_000)],
    ["slashes", `Allow any-user to read x in tenancy where a = /${"/ ".repeat(49_000)}`],
    ["commas", `Allow group ${"a,".repeat(49_000)}b to read x in tenancy`],
    ["quotes", `Allow any-user to read x in tenancy where any {${"a = 'b', ".repeat(11_000)}c}`],
    ["a long word", `Allow group ${"a".repeat(99_000)}`],
    ["a long misspelt keyword", `${"allow".repeat(19_000)} group a`],
    ["lines", `Allow group a to read x in ${"\n".repeat(90_000)} tenancyy`],
    ["empty patterns", `Allow any-user to read x in tenancy where a in (${"/*/, ".repeat(19_000)}b)`],
  ])("a text of %s takes no longer than others", (_, text) => {
    // The best of some runs: the machine may be busy with other tests.
    const took = Array.from({ length: 40 }, () => {
      const start = performance.now();
      parseStatement(text);
      return performance.now() - start;
    });
    expect(Math.min(...took)).toBeLessThan(SLOWEST_MS);
  });
});
