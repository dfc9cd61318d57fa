/** A document's signature is judged in the same way by the app and by the launcher, which can import nothing. */
import { createHash, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { signatureProblem } from "../../document/signature.ts";
import { signatureCases, trust } from "../support/signature-cases.ts";

const source = readFileSync(new URL("../../infra/boot/launcher.mjs", import.meta.url), "utf8");
/** A declaration of the launcher at its outermost level, to its end. */
const declaration = (begin: string): string => {
  const at = source.indexOf(`\n${begin}`);
  expect(at, begin).toBeGreaterThan(0);
  const line = source.slice(at + 1, source.indexOf("\n", at + 1));
  return /[;}]$/.test(line) ? line : source.slice(at + 1, /\n};?\n/g.exec(source.slice(at))!.index + at + 3);
};
const parts = [
  "class Failure ",
  "const sha256 =",
  "const canonicalJson =",
  "const refuse =",
  "const parse =",
  "const verified =",
].map(declaration);
const verified = new Function("createHash", "verify", `${parts.join("\n")} return verified;`)(
  createHash,
  verify,
) as (text: string, trusts: unknown) => { sequence: number };

const refusalOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: "document" });
    return (error as Error).message.replace(/^the document in the metadata was refused: /, "");
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

describe.each(signatureCases)("$what", ({ text, refusal }) => {
  it("by the launcher", () => expect(refusalOf(() => verified(text, trust))).toBe(refusal));
  it("by the app", () => expect(signatureProblem(parsed(text), trust)).toBe(refusal));
});
