/** What `npm run verify` comes to, and says of it. @module */
import { styleText } from "node:util";
import type { Verdict } from "../../document/verdict.ts";
import { type Explanation, explanationLines } from "../shared/explain/explanation.ts";
import type { Awaited } from "../shared/verdict/await.ts";
import { beforeTheChange, verdictLines } from "../shared/verdict/show-verdict.ts";

/** The last line of `--json`. */
export interface Result {
  ok: boolean;
  cause?: string;
  /** Digest of what is deployed now. */
  documentSha256?: string;
  /** About what is deployed now. */
  verdict?: Verdict;
  /** The last verdict about another document, where there is none about this one. */
  before?: Pick<Verdict, "ok" | "cause" | "documentSha256" | "time">;
  explanation?: Explanation;
}

/** What is known when the waiting is over. */
export interface Findings {
  awaited: Partial<Awaited>;
  /** With its targets looked at. */
  verdict: Verdict | undefined;
  explanation: Explanation | undefined;
}

/** Puts the result together. */
export const resultOf = ({ awaited, verdict, explanation }: Findings): Result => {
  const { documentSha256, before } = awaited;
  return {
    ok: verdict?.ok === true,
    ...(!verdict?.ok && { cause: verdict?.cause ?? "no-verdict" }),
    ...(documentSha256 && { documentSha256 }),
    ...(verdict && { verdict }),
    ...(before && {
      before: {
        ok: before.ok,
        ...(before.cause && { cause: before.cause }),
        ...(before.documentSha256 && { documentSha256: before.documentSha256 }),
        ...(before.time && { time: before.time }),
      },
    }),
    ...(explanation && { explanation }),
  };
};

/** A result as lines for people. @param colour for a terminal */
export const resultLines = (result: Result, colour: boolean): string[] => {
  const { ok, cause, verdict, before, explanation } = result;
  const word = `verdict: ${ok ? "good" : `bad (${cause})`}`;
  return [
    ...(verdict ? verdictLines(verdict, colour) : ["  no verdict"]),
    ...(before ? [`  ${beforeTheChange(before)}`] : []),
    ...(explanation ? explanationLines(explanation) : []),
    colour ? styleText(ok ? "green" : "red", word) : word,
  ];
};
