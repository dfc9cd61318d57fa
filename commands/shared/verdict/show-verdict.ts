/** A verdict as lines that a person understands. @module */
import { styleText } from "node:util";
import { printable } from "../../../app/printable.ts";
import type { ProbeResult, Verdict } from "../../../document/verdict.ts";

const MARKS = { good: "✓", bad: "✗" } as const;

const outcome = (result: ProbeResult): string => {
  const seen: Record<string, string> = {
    stack: "and it exists",
    deployer: "and it exists",
    self: "and it exists",
    nobody: "but nobody has seen that it exists",
  };
  const by = result.client ? "through the proxy: " : "";
  if (result.observed === "error") return `${by}no telling (status ${result.status})`;
  if (result.expected === "always") return `${by}${result.observed}, as OCI always does`;
  if (result.observed === "allowed")
    return result.expected === "allowed" ? `${by}allowed, as granted` : `${by}ALLOWED, and must not be`;
  return result.expected === "refused"
    ? `${by}refused, ${seen[result.target.seen] ?? ""}`
    : `${by}REFUSED, and was granted`;
};

/** Time that a probe took, for people; empty where it was not waited for. */
const after = ({ ok, afterMs }: ProbeResult): string =>
  afterMs === undefined ? "" : ` (${ok ? "" : "still so "}after ${Math.round(afterMs / 1000)} s)`;

const line = (good: boolean, what: string, came: string, colour: boolean): string => {
  const mark = good ? MARKS.good : MARKS.bad;
  return `  ${colour ? styleText(good ? "green" : "red", mark) : mark} ${printable(what).padEnd(62)} ${printable(came)}`;
};

/** A verdict about another document, in a few words. */
export const beforeTheChange = (
  before: Pick<Verdict, "ok" | "cause" | "documentSha256" | "time">,
): string => {
  const { ok, cause, time = "at an unknown time", documentSha256 } = before;
  const word = ok ? "good" : `bad (${cause})`;
  return printable(
    `before the change: ${word}, ${time}, document ${documentSha256?.slice(0, 12) ?? "unnamed"}`,
  );
};

/** The verdict's lines. @param colour for a terminal */
export const verdictLines = (verdict: Verdict, colour: boolean): string[] => {
  const { secret } = verdict;
  const read = secret?.version !== undefined;
  const lines = secret
    ? [
        line(
          read,
          "read the secret",
          read
            ? `allowed, as granted (version ${secret.version}, ${(secret.stages ?? []).join(" ").toLowerCase()})`
            : "REFUSED, and was granted",
          colour,
        ),
      ]
    : [];
  lines.push(...verdict.probes.map((r) => line(r.ok, r.says, `${outcome(r)}${after(r)}`, colour)));
  for (const change of verdict.changed ?? []) lines.push(printable(`  changed: ${change}`));
  if (!verdict.ok) {
    lines.push("", printable(`  ${verdict.cause}: ${verdict.says ?? ""}`));
    if (verdict.advice) lines.push(printable(`  ${verdict.advice}`));
  }
  return lines;
};
