/** The document's one spelling: by the app, the commands and the launcher. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, documentSha256, metadataSha256 } from "../../document/digest.ts";

const json = fc.jsonValue({ maxDepth: 4 });

/** The same value with every object's members in the opposite order. */
const turned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, turned(member)]),
  );
};

describe("the canonical spelling", () => {
  it("is the same whatever the order of members and the white space, and loses nothing", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(turned(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(metadataSha256(JSON.stringify(turned(value), null, 3))).toBe(documentSha256(value));
      }),
    );
  });

  it("is that of RFC 8785: names by UTF-16 code units, no white space", () => {
    const document = JSON.parse(
      '{ "\\ufb33": 1, "\\ud83d\\ude00": 2, "a": [1e2, 0.5, "\\u00e9\\n"], "10": {}, "9": null, "__proto__": 3 }',
    ) as unknown;
    expect(canonicalJson(document)).toBe(
      '{"10":{},"9":null,"__proto__":3,"a":[100,0.5,"é\\n"],"\u{1f600}":2,"\ufb33":1}',
    );
  });

  it("leaves out what JSON leaves out, and refuses what is no JSON", () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    for (const none of [Number.NaN, JSON.parse("1e999"), () => 1, [undefined]])
      expect(() => canonicalJson(none)).toThrow(TypeError);
  });

  it("tells text that is no JSON from every document, by the text itself", () => {
    expect(metadataSha256("{")).toBe(createHash("sha256").update("{").digest("hex"));
  });
});

it("the launcher spells as the app does", () => {
  const source = readFileSync(new URL("../../infra/boot/launcher.mjs", import.meta.url), "utf8");
  const spelling = /const canonicalJson = [\s\S]*?\n};\n/.exec(source)![0];
  const launcher = new Function(`${spelling} return canonicalJson;`)() as (value: unknown) => string;
  fc.assert(
    fc.property(json, (value) => {
      const parsed = JSON.parse(JSON.stringify(value)) as unknown;
      expect(launcher(parsed)).toBe(canonicalJson(parsed));
    }),
  );
  expect(() => launcher(JSON.parse("[1e999]"))).toThrow(TypeError);
});
