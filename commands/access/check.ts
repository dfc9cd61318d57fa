/**
 * `access -- --check`: is each stack's snapshot current, does a finding forbid it, do its assertions hold. All of it is
 * looked at before it is said, so that the same goes to people and to files for other programs.
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { AssertionResult } from "../../iam/index.ts";
import type { AssertionsFile } from "../shared/assertions.ts";
import type { Checked, CheckedFinding } from "../shared/findings/checked.ts";
import { linedYaml } from "../shared/findings/yaml-lines.ts";
import { lineDiff } from "./line-diff.ts";
import { reportMarkdown } from "./markdown.ts";
import type { Surroundings } from "./presence.ts";
import { type AccessReport, accessReport, type StackSettings } from "./report.ts";
import { stackOf } from "./stack-file.ts";

/** What is checked, and where the outcome goes beside standard output. */
export interface CheckOptions {
  /** The tenancy in whose presence assertions are checked; without it, of what the stack declares. */
  surroundings?: Surroundings | undefined;
  sarif?: string | undefined;
  junit?: string | undefined;
}

/** Outcome for one stack. */
interface StackOutcome {
  good: boolean;
  /** For people. */
  lines: string[];
  checked: Checked[];
}

/** Path of the snapshot of a stack's file. */
export const snapshotOf = (file: string): string =>
  join(dirname(file), `Pulumi.${stackOf(file) ?? "stack"}.access.md`);

/** `clients.log-forwarder[0]` as a path in the stack's file. */
const pathOf = (where: string): (string | number)[] => [
  "config",
  "keyless:access",
  ...where.split(".").flatMap((part) => {
    const [, name, index] = /^(.*?)(?:\[(\d+)\])?$/.exec(part)!;
    return index === undefined ? [name!] : [name!, Number(index)];
  }),
];

const assertionsOf = async (
  file: string,
  settings: StackSettings,
  report: AccessReport,
  surroundings: Surroundings | undefined,
): Promise<{ read: AssertionsFile; results: readonly AssertionResult[] } | undefined> => {
  if (settings.assertions === undefined) return undefined;
  // Loaded only here: a report does not need the whole policy language.
  const [{ assertionsOf, stackAssertions }, { joined }] = await Promise.all([
    import("./assertions.ts"),
    import("./join.ts"),
  ]);
  const read = assertionsOf(settings, file)!;
  const results = surroundings
    ? stackAssertions(read, joined(report, report, surroundings.tenancy, surroundings.file).after, false)
    : stackAssertions(read, report.tenancy, true);
  return { read, results };
};

const checkStack = async (
  file: string,
  settings: StackSettings,
  surroundings: Surroundings | undefined,
): Promise<StackOutcome> => {
  const [{ checkedAssertions, resultLines }, { shown }] = await Promise.all([
    import("../shared/assertions.ts"),
    import("./placeholders.ts"),
  ]);
  const report = accessReport(settings);
  const name = relative(".", file);
  const { lineOf } = linedYaml(readFileSync(file, "utf8"));
  const lines: string[] = [];
  const asserted = await assertionsOf(file, settings, report, surroundings);
  let good = true;
  for (const result of asserted?.results ?? []) {
    good &&= result.holds;
    if (!result.holds || result.notes) lines.push(shown(resultLines(asserted!.read, result).join("\n")));
  }
  const findings = report.findings.map(
    ({ code, severity, message, where }): CheckedFinding => ({
      code,
      severity,
      message: `${where}: ${message}`,
      line: lineOf(pathOf(where)),
    }),
  );
  for (const { code, message, where, severity } of report.findings) {
    if (severity !== "error") continue;
    good = false;
    lines.push(`${name}: error ${code} (${where}): ${message}`);
  }
  const snapshot = snapshotOf(file);
  let kept = "";
  try {
    kept = readFileSync(snapshot, "utf8");
  } catch {}
  const made = reportMarkdown(report);
  if (kept !== made) {
    good = false;
    const message = `${relative(".", snapshot)} is not current: npm run access -- --write`;
    lines.push(message, ...lineDiff(kept, made));
    findings.push({ code: "snapshot-not-current", severity: "error", message });
  }
  const own: Checked = { name: `access of ${report.stack}`, file: name, line: 1, findings };
  const assertions = asserted ? checkedAssertions(asserted.read, asserted.results) : [];
  // Placeholders stand for what is not known before a deployment: in words, as everywhere.
  const inWords = assertions.map((one) => ({
    ...one,
    findings: one.findings.map((f) => ({ ...f, message: shown(f.message) })),
  }));
  return { good, lines, checked: [own, ...inWords] };
};

const EXPLAINED: Readonly<Record<string, { explanation: string; fix?: string }>> = {
  "snapshot-not-current": {
    explanation: "The committed report says something else than the configuration does.",
    fix: "Run npm run access -- --write, read the difference, and commit it.",
  },
};

/**
 * Checks stacks, and says the outcome.
 * @param read reads a stack's settings @throws ConfigError for what is wrong with them
 * @returns true when everything is as it must be
 * @throws ConfigError, UsageError
 */
export const checkStacks = async (
  files: readonly string[],
  read: (file: string) => StackSettings,
  { surroundings, sarif, junit }: CheckOptions,
): Promise<boolean> => {
  const outcomes: StackOutcome[] = [];
  for (const file of files) outcomes.push(await checkStack(file, read(file), surroundings));
  for (const { lines } of outcomes) for (const line of lines) console.log(line);
  const good = outcomes.every((one) => one.good);
  if (good) console.log("every snapshot is current");
  if (sarif !== undefined || junit !== undefined) {
    const [{ explainAssertion }, { FINDING_CODES }, { writeFindings }] = await Promise.all([
      import("../shared/assertions.ts"),
      import("../../access/finding-codes.ts"),
      import("../shared/findings/write.ts"),
    ]);
    const meanings: Readonly<Record<string, { meaning: string }>> = FINDING_CODES;
    const explained = (code: string): { explanation: string; fix?: string } | undefined => {
      const meaning = Object.hasOwn(meanings, code) ? { explanation: meanings[code]!.meaning } : undefined;
      return EXPLAINED[code] ?? explainAssertion(code) ?? meaning;
    };
    writeFindings(
      { sarif, junit },
      "access --check",
      outcomes.flatMap((one) => one.checked),
      explained,
    );
  }
  return good;
};
