/** Statements and rules of a file, one a line or over several lines. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lintStatements, parseStatement, printStatement, rulesIn, statementsIn } from "../../iam/index.ts";

const starts = (content: string): number[] => statementsIn(content).map((e) => e.line);
const canonical = (text: string): string => {
  const parsed = parseStatement(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
  return printStatement(parsed.statement);
};

const LONG =
  "Allow dynamic-group id ocid1.dynamicgroup.oc1..a, id ocid1.dynamicgroup.oc1..b to {SECRET_BUNDLE_READ, SECRET_READ} in compartment id ocid1.compartment.oc1..c where all {target.secret.id = 'ocid1.vaultsecret.oc1..s', any {request.operation = 'GetSecretBundle', request.region = 'iad'}}";

describe("statements over several lines", () => {
  test.each<[string, string]>([
    ["before where", "Allow group A to read buckets in compartment app\n  where target.bucket.name = 'x'"],
    [
      "without indentation",
      "Allow group A\nto read buckets\nin compartment app\nwhere target.bucket.name = 'x'",
    ],
    ["inside braces", "Allow group A to {\n  BUCKET_READ,\n  BUCKET_INSPECT\n} in compartment app"],
    [
      "commas first",
      "Allow group A to read buckets in compartment app where any {\ntarget.bucket.name = 'x'\n, target.bucket.name = 'y'\n}",
    ],
    ["names", "Allow group A,\n  B\n  to read buckets in tenancy"],
    ["a # line within", "Allow group A to read buckets\n# which ones\n  in tenancy"],
    ["deny", "Deny\nendorse group A to read buckets in any-tenancy"],
    ["CRLF", "Allow group A to read buckets\r\n  in tenancy"],
    ["in, indented", "    Allow group A to read buckets\n    in tenancy"],
  ])("%s", (_, content) => {
    const all = statementsIn(`${content}\nAllow group Z to read buckets in tenancy\n`);
    expect(all).toHaveLength(2);
    canonical(all[0]!.text);
    expect(all[1]!.text).toBe("Allow group Z to read buckets in tenancy");
  });

  test("wherever a blank stands, a line may end", () => {
    const words = LONG.split(" ");
    for (let i = 1; i < words.length; i += 1) {
      const broken = `${words.slice(0, i).join(" ")}\n${words.slice(i).join(" ")}`;
      const all = statementsIn(`${broken}\n${LONG}`);
      expect(
        all.map((e) => e.line),
        broken,
      ).toEqual([1, 3]);
      expect(canonical(all[0]!.text)).toBe(canonical(LONG));
    }
    const every = statementsIn(words.join("\n"));
    expect(every).toHaveLength(1);
    expect(canonical(every[0]!.text)).toBe(canonical(LONG));
  });

  test("know which line of the file is which", () => {
    const [first, second] = statementsIn(
      "# a\n\nAllow group A\n# b\n  to raed buckets\n  in tenancy\nAllow group B to x\n",
    );
    expect(first).toMatchObject({ line: 3, lines: [3, 5, 6] });
    expect(second).toMatchObject({ line: 7, lines: [7] });
  });
});

describe("a statement a line stays one", () => {
  const good = "Allow group A to read buckets in tenancy";
  test.each<[string, string, number[]]>([
    ["blank lines part", `Allow group A to\n\nread buckets in tenancy`, [1, 3]],
    [
      "a misspelt first word behind a good one",
      `${good}\nAlow group B to read buckets in tenancy\n${good}`,
      [1, 2, 3],
    ],
    ["a missing first word", `${good}\ngroup B to read buckets in tenancy\n${good}`, [1, 2, 3]],
    [
      "wrong ones",
      `Allow group A to raed buckets in tenancy\nAlow group B to read x in tenancy\n${good}`,
      [1, 2, 3],
    ],
    ["incomplete ones", `Allow group A to\nAllow group B to read\n${good}`, [1, 2, 3]],
    ["a comment at the end", `${good} // where\nwhere target.bucket.name = 'x'`, [1, 2]],
    ["a comment line", `${good}\n// note\n${good}`, [1, 2, 3]],
    [
      "a URL in quotes is no comment",
      `Allow group A to read buckets in tenancy where target.x = 'http://x'\n${good}`,
      [1, 2],
    ],
    ["words that look like a first one", `Allow group A to\nallow-all buckets in tenancy`, [1, 2]],
  ])("%s", (_, content, expected) => expect(starts(content)).toEqual(expected));

  test("what is wrong in the middle takes its indented lines along", () => {
    expect(
      starts(`Allow group A\n  to raed buckets\n  in tenancy\n  where target.bucket.name = 'x'\n${good}`),
    ).toEqual([1, 5]);
  });
});

const corpus = new URL("../../data/wrong.txt", import.meta.url);
test("wrong statements are refused line by line", () => {
  const texts = readFileSync(corpus, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t")[1]!);
  const rules = texts.filter((text) => /^(all|any)\s*\{/i.test(text));
  const statements = texts.filter((text) => !rules.includes(text));
  expect(statementsIn(statements.join("\n")).map((e) => e.text)).toEqual(statements);
  expect(rulesIn(rules.join("\n")).map((e) => e.text)).toEqual(rules);
  expect(statementsIn(texts.join("\n")).map((e) => e.text)).toEqual(texts);
});

describe("rules", () => {
  test("over several lines", () => {
    const rule =
      "All {\n  instance.compartment.id = 'ocid1.compartment.oc1..a',\n  Any {\n    tag.a.b.value = 'x',\n    tag.a.c.value,\n  }\n}";
    const all = rulesIn(
      `${rule}\ninstance.id = 'x'\nAny {instance.id = 'a', instance.id = 'b'}\ntag.a.b.value\n= 'x'\n${rule}`,
    );
    expect(all.map((e) => e.line)).toEqual([1, 8, 9, 10, 12]);
    expect(all.at(-1)!.text).toBe(rule);
  });

  test("a rule a line stays one, also a wrong one", () => {
    const content =
      "All {instance.id = 'a'\nAll {instance.id = 'b'}\nAll {instance.id = b}\ntag.a.b.value\ntag.a.c.value";
    expect(rulesIn(content).map((e) => e.line)).toEqual([1, 2, 3, 4, 5]);
  });

  test("of many lines take no longer for it", () => {
    const started = performance.now();
    const ids = Array.from({ length: 2000 }, (_, i) => `  instance.id = 'ocid1.instance.oc1..${i}'`);
    expect(rulesIn(`Any {\n${ids.join(",\n")}\n}`)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test("findings say the line and the column in it", () => {
  const [found] = lintStatements(["Allow group A to read buckets\n  in tenancy"]);
  expect(found).toEqual([expect.objectContaining({ code: "tenancy-wide", line: 2, column: 6 })]);
});
