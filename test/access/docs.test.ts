import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { accessSchema, FINDING_CODES } from "../../access/index.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/access.md"), "utf8");

test("the example in docs/access.md is a declaration", () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(page)![1]!;
  const access = accessSchema.parse((parse(example) as Record<string, unknown>)["keyless:access"]);
  expect(Object.keys(access.clients)).toEqual(["invoices-export", "metrics-agent"]);
});

test("every finding has a row there, as it is", () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (error|warning|info) \| (.*?) \|$/gm)];
  const expected = Object.entries(FINDING_CODES).map(([code, { severity, meaning }]) => [
    code,
    severity,
    meaning,
  ]);
  expect(rows.map(([, ...cells]) => cells)).toEqual(expected);
});

test("no finding has a code or a severity that is not in the table", () => {
  const folder = resolve(import.meta.dirname, "../../access");
  const sources = [
    "findings.ts",
    "log-grant.ts",
    "resource-grant.ts",
    ...readdirSync(resolve(folder, "kinds")).map((f) => `kinds/${f}`),
  ].map((f) => readFileSync(resolve(folder, f), "utf8"));
  const written = sources.flatMap((text) => [...text.matchAll(/severity: "|code: "([a-z-]+)"/g)]);
  expect(written.map(([found]) => found).filter((found) => found !== 'code: "custom"')).toEqual([]);
  const used = sources.flatMap((text) => [...text.matchAll(/findingOf\(\s*"([a-z-]+)"/g)].map((m) => m[1]));
  expect([...new Set(used)].sort()).toEqual(Object.keys(FINDING_CODES).sort());
});
