import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { accessSchema, kinds } from "../../access/index.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/access.md"), "utf8");

test("the example in docs/access.md is a declaration", () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(page)![1]!;
  const access = accessSchema.parse((parse(example) as Record<string, unknown>)["keyless:access"]);
  expect(Object.keys(access.clients)).toEqual(["invoices-export", "metrics-agent"]);
});

test("every kind of grant has a row there", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map((m) => m[1]);
  expect(rows.filter((r) => kinds.some((k) => k.key === r))).toEqual(kinds.map((k) => k.key));
});

test("every finding has a row there", () => {
  const source = ["findings.ts", "kinds/bucket.ts", "kinds/logs.ts", "kinds/instance.ts", "kinds/raw.ts"]
    .map((f) => readFileSync(resolve(import.meta.dirname, "../../access", f), "utf8"))
    .join("\n");
  const codes = [...source.matchAll(/code: "([a-z-]+)"/g)].map((m) => m[1]!).filter((c) => c !== "custom");
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (?:error|warning|info)/gm)].map((m) => m[1]!);
  expect([...new Set(codes)].sort()).toEqual(rows.sort());
});
