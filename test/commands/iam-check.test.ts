import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import { afterAll, describe, expect, test } from "vitest";
import { iamCommand } from "../../commands/iam/command.ts";
import type { Tenancy } from "../../iam/index.ts";
import { ANN, APP, tenancyWith } from "../iam/fixture.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "keyless-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

const OPS = "Allow group Ops to read secret-family in compartment app where target.secret.name = 'x'";

const put = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, undefined, 1));
  return path;
};
const iam = (args: string[], terminal = false): { code: number; out: string } => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  return { code: iamCommand(args, { input: () => "", print, terminal }) as number, out: lines.join("\n") };
};
const ASSERTIONS = `# what must never be so
- name: "<secrets> & 'co'"
  because: audit
  never:
    operations: [GetSecretBundle]

- only: { principals: group Ops, permissions: ["SECRET_*"] }
`;
const tenancy = (statements = [OPS], change: Partial<Tenancy> = {}): string =>
  put("tenancy.json", tenancyWith(statements, change));

const textOf = (node: XmlElement): Record<string, string> => node.attributes;
const elements = (node: XmlElement, name: string): XmlElement[] =>
  node.children.flatMap((c) =>
    c instanceof XmlElement ? [...(c.name === name ? [c] : []), ...elements(c, name)] : [],
  );

describe("iam check", () => {
  test("a line of JSON for each assertion, and exit code 1 where one is broken", () => {
    const { code, out } = iam(["check", tenancy(), put("a.yaml", ASSERTIONS)]);
    expect(code).toBe(1);
    const [first, second] = out.split("\n").map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      assertion: 0,
      holds: false,
      witness: { principal: ANN, operation: "GetSecretBundle", compartment: APP },
      statements: [{ policy: 0, statement: 0, text: OPS }],
    });
    expect(second).toEqual({ assertion: 1, kind: "only", holds: true });
    expect(iam(["check", tenancy([]), put("a.yaml", ASSERTIONS)]).code).toBe(0);
  });

  test("words for people", () => {
    const { out } = iam(["check", tenancy(), put("a.yaml", ASSERTIONS)], true);
    expect(out.replaceAll(/\u001b\[\d+m/g, "").split("\n")).toEqual([
      `broken <secrets> & 'co' (${folder}/a.yaml:2)`,
      `  user ${ANN.id} (in group Ops) may GetSecretBundle in compartment app, with target.secret.name = 'x'`,
      `    by policy 0 statement 0: ${OPS}`,
      "  because: audit",
      `holds only group Ops: SECRET_* (${folder}/a.yaml:7)`,
    ]);
  });

  test("what is wrong is said with its line, all of it", () => {
    const wrong =
      "- never:\n    principals:\n      - group Ops\n      - group X\n    operations: [GetBukket]\n- name: second\n  only: { principals: group Y, permissions: [BUCKET_READ] }\n";
    const file = put("wrong.yaml", wrong);
    expect(() => iam(["check", tenancy(), file])).toThrow(
      [
        "the assertions cannot be checked:",
        `  ${file}:4: assertion 0, never.principals.1: found group X; no group of the tenancy has the name X`,
        `  ${file}:5: assertion 0, never.operations.0: found GetBukket; no table has an operation of that name; did you mean GetBucket?`,
        `  ${file}:7: assertion 1 (second), only.principals.0: found group Y; no group of the tenancy has the name Y`,
      ].join("\n"),
    );
    const form = put("form.yaml", "- 1\n- never: { operations: [] }\n");
    expect(() => iam(["check", tenancy(), form])).toThrow(
      `${form}:2: assertion 1, never.operations: found []`,
    );
    const broken = put("broken.yaml", "- never: {\n");
    expect(() => iam(["check", tenancy(), broken])).toThrow(`${broken} is no YAML:\n  ${broken}:2`);
  });

  test("SARIF and JUnit", () => {
    const [sarif, junit] = [join(folder, "o.sarif"), join(folder, "o.xml")];
    iam(["check", tenancy(), put("a.yaml", ASSERTIONS), "--sarif", sarif, "--junit", junit]);
    const [run] = JSON.parse(readFileSync(sarif, "utf8")).runs;
    expect(run.tool.driver.rules).toMatchObject([
      { id: "assertion-broken", help: { text: expect.any(String) } },
    ]);
    expect(run.results).toMatchObject([
      {
        ruleId: "assertion-broken",
        ruleIndex: 0,
        level: "error",
        message: { text: expect.stringContaining(OPS) },
        locations: [{ physicalLocation: { region: { startLine: 2 } } }],
      },
    ]);
    const document = parseXml(readFileSync(junit, "utf8")).root!;
    expect(
      elements(document, "testcase").map((c) => [textOf(c)["name"], elements(c, "failure").length]),
    ).toEqual([
      ["<secrets> & 'co'", 1],
      ["only group Ops: SECRET_*", 0],
    ]);
    expect(textOf(elements(document, "failure")[0]!)["message"]).toContain(OPS);
  });
});

describe("iam lint", () => {
  test("SARIF has the line and the column of each finding, relative to the working directory", () => {
    const sarif = join(folder, "lint.sarif");
    const file = put(
      "s.txt",
      "# first\nAllow any-user to manage all-resources in tenancy\nAllow group A to\n  reed buckets in tenancy\n",
    );
    iam(["lint", file, "--sarif", sarif, "--junit", join(folder, "lint.xml")]);
    const [run] = JSON.parse(readFileSync(sarif, "utf8")).runs;
    const places = run.results.map(
      (r: { ruleId: string; locations: { physicalLocation: { region: object } }[] }) => [
        r.ruleId,
        r.locations[0]!.physicalLocation.region,
      ],
    );
    expect(places).toContainEqual(["anybody", { startLine: 2, startColumn: expect.any(Number) }]);
    expect(places).toContainEqual(["syntax", { startLine: 4, startColumn: 3 }]);
    const cases = elements(parseXml(readFileSync(join(folder, "lint.xml"), "utf8")).root!, "testcase");
    expect(cases.map((c) => textOf(c)["file"])).toEqual([`${file}:2`, `${file}:3`]);
  });

  test("a tenancy's findings have the line of the statement, and no character that XML cannot have", () => {
    const [sarif, junit] = [join(folder, "t.sarif"), join(folder, "t.xml")];
    const file = tenancy(["Allow group Ops to read buckets in tenancy", "Allow \u0001 <any>"]);
    iam(["lint", file, "--sarif", sarif, "--junit", junit]);
    const line =
      readFileSync(file, "utf8")
        .split("\n")
        .findIndex((text) => text.includes("<any>")) + 1;
    const [run] = JSON.parse(readFileSync(sarif, "utf8")).runs;
    const syntax = run.results.find((r: { ruleId: string }) => r.ruleId === "syntax");
    expect(syntax.locations[0].physicalLocation.region).toEqual({ startLine: line });
    const failed = elements(parseXml(readFileSync(junit, "utf8")).root!, "failure");
    expect(failed.map((f) => textOf(f)["type"])).toContain("syntax");
  });
});

test("the commands of docs/assertions.md do what it says", () => {
  const groups = [...tenancyWith([]).groups!, { id: "ocid1.group.oc1..developers", name: "Developers" }];
  const readers = "Allow dynamic-group readers to read secret-bundles in compartment app:prod";
  const known = put("page.json", tenancyWith([readers], { groups }));
  const page = readFileSync(join(root, "docs/assertions.md"), "utf8");
  const commands = [...page.matchAll(/^npm run -s iam -- (.*)$/gm)].map(([, line]) =>
    line!.replace(/ > .*/, "").split(" "),
  );
  expect(commands.length).toBeGreaterThan(2);
  const codes = commands.map((args) =>
    iam(
      args.map((arg) => {
        if (arg === "tenancy.json") return known;
        if (arg.startsWith("examples/")) return join(root, arg);
        return /\.(sarif|xml)$/.test(arg) ? join(folder, arg) : arg;
      }),
    ),
  );
  expect(codes.map(({ code }) => code)).toEqual([0, 0, 0]);
  for (const name of ["assertions.sarif", "lint.sarif"])
    expect(JSON.parse(readFileSync(join(folder, name), "utf8")).version).toBe("2.1.0");
  const example = readFileSync(join(root, "examples/assertions.yaml"), "utf8");
  const [, block] = /```yaml\n([\s\S]*?)```/.exec(page)!;
  expect(example).toContain(block!.split("\n- name")[0]!);
});
