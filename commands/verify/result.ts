/** The result of `npm run verify`, and its lines for people. @module */
import { styleText } from "node:util";
import { printable } from "../../app/printable.ts";
import { readUpdates, type Update } from "../../document/update.ts";
import type { Verdict } from "../../document/verdict.ts";
import { type Explanation, explanationLines } from "../shared/explain/explanation.ts";
import type { Age } from "../shared/verdict/age.ts";
import type { Awaited } from "../shared/verdict/await.ts";
import { beforeTheChange, verdictLines } from "../shared/verdict/show-verdict.ts";

/** The last line of `--json`. */
export interface VerifyResult {
  ok: boolean;
  cause?: string;
  /** Digest of what is deployed now. */
  documentSha256?: string;
  /** Time since the check last said so, in s, by the machine's clock. */
  ageS?: number;
  /** The verdict about what is deployed now. */
  verdict?: Verdict & { ageS?: number };
  /** The last verdict about another document, where there is none about this one. */
  before?: Pick<Verdict, "ok" | "cause" | "documentSha256" | "time">;
  /** Place where the check said so last: with `metrics`, the console's last line is older. */
  provedBy?: Age["by"];
  explanation?: Explanation;
  /** The updater's last run that is on the console. No verdict depends on it. */
  update?: Update;
}

/** Facts that are known when the waiting is over. */
export interface Findings {
  awaited: Partial<Awaited>;
  /** The verdict, with its targets looked at. */
  verdict: Verdict | undefined;
  /** Age of the verdict; undefined for one that is not said again. */
  age: Age | undefined;
  /** True when the instance is not as the stack deployed it last. */
  isAltered?: boolean;
  explanation: Explanation | undefined;
}

/**
 * Cause of a result that is not good; undefined when it is. A good verdict counts only while the check says
 * that it is so.
 */
export const causeOf = (verdict: Verdict | undefined, age: Age | undefined): string | undefined => {
  if (!verdict?.ok) return verdict?.cause ?? "no-verdict";
  return !age || age.isStale ? "stale" : undefined;
};

/** Puts the result together. */
export const verifyResult = ({ awaited, verdict, age, isAltered, explanation }: Findings): VerifyResult => {
  const { documentSha256, before, console } = awaited;
  const update = console === undefined ? undefined : readUpdates(console).at(-1);
  const cause = isAltered ? "altered" : causeOf(verdict, age);
  const old = age && { ageS: age.ageS };
  const provedBy = age && { provedBy: age.by };
  return {
    ok: cause === undefined,
    ...(cause && { cause }),
    ...(documentSha256 && { documentSha256 }),
    ...old,
    ...provedBy,
    ...(verdict && { verdict: { ...verdict, ...old } }),
    ...(before && {
      before: {
        ok: before.ok,
        ...(before.cause && { cause: before.cause }),
        ...(before.documentSha256 && { documentSha256: before.documentSha256 }),
        ...(before.time && { time: before.time }),
      },
    }),
    ...(explanation && { explanation }),
    ...(update && { update }),
  };
};

/** One run of the updater, for people. */
const updateLine = ({ ok, says, updated, restarted, time }: Update): string => {
  const what = [
    ...(says === undefined ? [] : [says]),
    ...(updated.length > 0 ? [`updated ${updated.join(", ")}`] : []),
    ...(restarted ? ["the app was started anew"] : []),
  ];
  const outcome = what.length > 0 ? what.join("; ") : "nothing to update";
  return printable(`  security updates${ok ? "" : " FAILED"}, ${time}: ${outcome}`);
};

/** A result as lines for people. @param colour for a terminal */
export const resultLines = (result: VerifyResult, colour: boolean): string[] => {
  const { ok, cause, verdict, before, explanation, update } = result;
  const word = `verdict: ${ok ? "good" : `bad (${cause})`}`;
  return [
    ...(verdict ? verdictLines(verdict, colour) : ["  no verdict"]),
    ...(verdict?.proof && verdict.ageS !== undefined
      ? [
          `  proved ${verdict.ageS} s ago${result.provedBy === "metrics" ? ", by the posted metric" : ""}; all is tried every ${verdict.proof.everyS} s`,
        ]
      : []),
    ...(before ? [`  ${beforeTheChange(before)}`] : []),
    ...(update ? [updateLine(update)] : []),
    ...(explanation ? explanationLines(explanation) : []),
    colour ? styleText(ok ? "green" : "red", word) : word,
  ];
};
