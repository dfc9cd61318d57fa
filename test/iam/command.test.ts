import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { iamCommand } from "../../commands/iam/command.ts";
import { endingOf } from "../../commands/shared/exit.ts";
import type { Request } from "../../iam/index.ts";
import { ANN, APP, tenancyWith } from "./fixture.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "keyless-iam-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface CommandResult {
  code: number;
  lines: unknown[];
  stderr: string;
}

/** Runs the command here; standard output is no terminal, so it is JSON lines. */
const iam = (args: string[], input = ""): CommandResult => {
  const lines: unknown[] = [];
  const print = (text: string): void => {
    for (const line of text.split("\n")) lines.push(line.startsWith("{") ? JSON.parse(line) : line);
  };
  try {
    const code = iamCommand(args, { input: () => input, print, terminal: false });
    if (typeof code !== "number") throw new Error("a subcommand that waits is tested by itself");
    return { code, lines, stderr: "" };
  } catch (error) {
    const { code, text } = endingOf(error);
    return { code, lines, stderr: text };
  }
};

/** The command as a process. */
const asProcess = (command: string, input = "") =>
  spawnSync("sh", ["-c", command], { cwd: root, encoding: "utf8", input });

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe("npm run -s iam", () => {
  // A process each: what it has of its own is standard input and output, and its exit code.
  test("reads standard input, prints JSON lines where there is no terminal, ends with an exit code", () => {
    const command = "node --import tsx commands/iam.ts parse -";
    const good = asProcess(command, "allow group A to read buckets in tenancy\n");
    const line = { line: 1, ok: true, canonical: "Allow group A to read buckets in tenancy" };
    expect(good).toMatchObject({ status: 0, stdout: `${JSON.stringify(line)}\n`, stderr: "" });
    expect(asProcess(command, "allow\n")).toMatchObject({ status: 1, stderr: "" });
    const wrong = asProcess(`${command} --nothing`);
    expect(wrong).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("usage:") });
  }, 120_000);

  test("parse", () => {
    const { code, lines } = iam(
      ["parse", "-"],
      "# note\n\nallow GROUP A to read buckets in tenancy\nallow group A to raed buckets in tenancy\n",
    );
    expect(code).toBe(1);
    expect(lines).toEqual([
      { line: 3, ok: true, canonical: "Allow group A to read buckets in tenancy" },
      expect.objectContaining({
        line: 4,
        ok: false,
        column: 18,
        message: expect.stringContaining('did you mean "read"'),
      }),
    ]);
    const rules = iam(["parse", "--rules", "-"], "ANY {instance.id='x'}");
    expect(rules).toMatchObject({
      code: 0,
      lines: [{ line: 1, ok: true, canonical: "any {instance.id = 'x'}" }],
    });
  });

  test("lint", () => {
    const { code, lines } = iam([
      "lint",
      file(
        "statements",
        "Allow group A to read buckets in compartment c\nAllow group A to read buckets in tenancy\n",
      ),
    ]);
    expect(code).toBe(0);
    expect(lines).toEqual([
      { line: 1, findings: [expect.objectContaining({ code: "shadowed", severity: "warning" })] },
      {
        line: 2,
        findings: [{ code: "tenancy-wide", severity: "warning", message: expect.any(String), column: 34 }],
      },
    ]);
    const rules = iam(["lint", "--rules", "-"], "ALL {instance.id = 'a', instance.id = 'b'}");
    expect(rules.code).toBe(1);
    expect(rules.lines).toEqual([
      {
        line: 1,
        findings: expect.arrayContaining([
          expect.objectContaining({ code: "rule-unsatisfiable", severity: "error" }),
        ]),
      },
    ]);
  });

  test("statements and rules over several lines", () => {
    const broken =
      "# a\nAllow group A\n  to raed buckets\n  in tenancy\n\nAllow group B to read buckets\n  in tenancy\n";
    expect(iam(["parse", "-"], broken)).toMatchObject({
      code: 1,
      lines: [
        { line: 2, ok: false, errorLine: 3, column: 6, nearest: "read" },
        { line: 6, ok: true, canonical: "Allow group B to read buckets in tenancy" },
      ],
    });
    expect(iam(["lint", "-"], broken).lines).toMatchObject([
      { line: 2, findings: [{ code: "syntax", line: 3, column: 6 }] },
      { line: 6, findings: [{ code: "tenancy-wide", line: 7, column: 6 }] },
    ]);
    const rule = "All {\n  instance.id = 'a',\n  instance.id = 'b'\n}\n";
    expect(iam(["lint", "--rules", "-"], rule).lines).toMatchObject([
      {
        line: 1,
        findings: expect.arrayContaining([expect.objectContaining({ code: "rule-unsatisfiable" })]),
      },
    ]);
  });

  test("lint --explain", () => {
    const { lines } = iam(["lint", "--explain", "-"], "Allow group A to read buckets in tenancy");
    expect(lines).toEqual([
      {
        line: 1,
        findings: [
          {
            code: "tenancy-wide",
            severity: "warning",
            message: expect.any(String),
            column: 34,
            explanation: expect.stringContaining("every compartment"),
            fix: expect.stringContaining("in compartment <name>"),
            before: "Allow group Ops to read buckets in tenancy",
            after: "Allow group Ops to read buckets in compartment app",
          },
        ],
      },
    ]);
    expect(iam(["parse", "--explain", "-"], "x")).toMatchObject({ code: 2, lines: [] });
  });

  test("decide", () => {
    const requests: Request[] = [
      { principal: ANN, operation: "GetBucket", compartment: APP },
      { principal: ANN, operation: "DeleteBucket", compartment: APP },
      {
        principal: ANN,
        permissions: ["BUCKET_READ"],
        compartment: APP,
        variables: { "target.x": { unknown: true } },
      },
    ];
    const tenancy = tenancyWith(["Allow group Ops to read buckets in tenancy"], { requests });
    const { code, lines } = iam(["decide", file("tenancy.json", JSON.stringify(tenancy))]);
    expect(code).toBe(0);
    expect(lines).toEqual([
      { request: 0, decision: "allow", granted: [{ policy: 0, statement: 0 }], denied: [], missing: [] },
      expect.objectContaining({
        request: 1,
        decision: "deny",
        granted: [],
        missing: ["BUCKET_DELETE"],
        nearest: expect.objectContaining({ part: "action" }),
      }),
      expect.objectContaining({ request: 2, decision: "allow" }),
    ]);
  });

  test("diff", () => {
    const before = file(
      "before.json",
      JSON.stringify(tenancyWith(["Allow group Ops to read buckets in tenancy"])),
    );
    const after = file(
      "after.json",
      JSON.stringify(tenancyWith(["Allow group Ops to use buckets in tenancy"])),
    );
    expect(iam(["diff", before, before])).toMatchObject({ code: 0, lines: [{ gained: [], lost: [] }] });
    const { code, lines } = iam(["diff", before, after]);
    expect(code).toBe(1);
    expect(lines).toMatchObject([
      {
        gained: [
          {
            principal: "group Ops",
            permissions: ["BUCKET_UPDATE"],
            witness: { principal: ANN, permissions: ["BUCKET_UPDATE"] },
          },
        ],
        lost: [],
      },
    ]);
  });

  test("a byte order mark, and a reader that has seen enough", () => {
    expect(iam(["decide", file("bom.json", '\ufeff{"tenancy": "ocid1.tenancy.oc1..t"}')])).toMatchObject({
      code: 0,
    });
    const many = file("many", "allow any-user to read buckets in tenancy\n".repeat(50_000));
    const run = asProcess(`node --import tsx commands/iam.ts parse ${many} | head -1`);
    expect(run.stderr).toBe("");
    expect(run.stdout.split("\n")).toHaveLength(2);
  });

  test("wrong use", () => {
    expect(iam(["--help"])).toMatchObject({ code: 0 });
    for (const args of [
      ["decide", "--rules", "x"],
      ["parse", join(folder, "none")],
    ]) {
      const { code, stderr, lines } = iam(args);
      expect({ args, code, lines }).toEqual({ args, code: 2, lines: [] });
      expect(stderr).not.toBe("");
    }
    const broken = iam([
      "decide",
      file(
        "broken.json",
        '{"tenancy": "t", "policies": [{}], "requests": [{"principal": {"type": "user", "id": "u"}}]}',
      ),
    ]);
    expect(broken.code).toBe(2);
    expect(broken.stderr).toContain("policies.0.statements");
    expect(broken.stderr).toContain("either operation or permissions");
    expect(broken.stderr).toContain("broken.json");
    const late = { tenancy: "t", requests: [{ principal: ANN, operation: "GetBucket", time: "yesterday" }] };
    const { code, stderr } = iam(["decide", "-"], JSON.stringify(late));
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("requests.0.time") });
    expect(iam(["diff", "-", "-"], "{}")).toMatchObject({ code: 2, lines: [] });
  });
});
