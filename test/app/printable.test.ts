import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable, printableJson } from "../../app/printable.ts";

/** Characters that a terminal, a tool or a reader takes for something else than a letter. */
const UNSEEN = [
  ...["\0", "\x1b", "\r", "\n", "\x7f", "\u0085", "\u009b", "\u009d", "\u00ad", "\u061c", "\u115f"],
  ...["\u200b", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2060", "\u2066"],
  ...["\u2069", "\u3164", "\ufe0f", "\ufeff", "\ufff9", "\u{e0041}", "\u{e0100}", "\ud800", "\udfff"],
];

describe("what others have named", () => {
  it.each(UNSEEN.map((c) => [c.codePointAt(0)!.toString(16), c]))("U+%s stands as an escape", (_, c) => {
    expect(printable(`a${c}b`)).toMatch(/^a(\\u[0-9a-f]{4})+b$/);
    const json = printableJson({ [`k${c}`]: c });
    expect(json).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(json)).toEqual({ [`k${c}`]: c });
  });

  it("letters of every script stay as they are", () => {
    for (const text of ["plain", "Zürich", "東京", "مرحبا", "नमस्ते", "🙂"]) expect(printable(text)).toBe(text);
  });

  it("JSON reads back to the same value, and is one line to every tool", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), (value) => {
        const json = printableJson(value);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
