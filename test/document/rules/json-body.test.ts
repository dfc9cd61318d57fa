import { expect, it } from "vitest";
import { parseJsonBody } from "../../../document/rules/json-body.ts";

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text));

it("reads no body of so many parts that other callers would wait for it", () => {
  const many = 100_001;
  for (const text of [
    `[${"{},".repeat(many)}{}]`,
    `[${"[],".repeat(many)}[]]`,
    `{${Array.from({ length: many }, (_, i) => `"${i}":1`).join(",")}}`,
    // Found before anything is made of it, be it JSON or not.
    "{".repeat(many),
  ])
    expect(() => parse(text)).toThrow("the body has more than 100000 objects, lists and members");
});

it("reads as many as that, however many signs of them stand in texts", () => {
  const text = JSON.stringify({ prompt: '{[:"\\'.repeat(100_000), numbers: Array(200_000).fill(1) });
  expect(parse(text)).toEqual(JSON.parse(text));
  expect(parse(`[${"{},".repeat(90_000)}{}]`)).toHaveLength(90_001);
});
