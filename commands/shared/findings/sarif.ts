/**
 * Findings as SARIF 2.1.0 (OASIS), as GitHub's code scanning reads it: rules with help, and each result with a place
 * and a fingerprint that stays when lines move.
 * @module
 */
import { createHash } from "node:crypto";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Log, ReportingDescriptor, Result } from "sarif";
import type { Checked, CheckedFinding, Explained } from "./checked.ts";

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;

/** A file's URI: relative to the working directory where it lies below, as a repository has it. */
const uriOf = (file: string): string => {
  if (file === "-") return "stdin";
  const path = relative(".", resolve(file));
  if (path.startsWith("..") || isAbsolute(path)) return pathToFileURL(resolve(file)).href;
  return path.split(sep).map(encodeURIComponent).join("/");
};

const resultOf = ({ name, file, line }: Checked, finding: CheckedFinding, ruleIndex: number): Result => {
  const uri = uriOf(file);
  const fingerprint = createHash("sha256").update([finding.code, uri, name, finding.message].join("\n"));
  return {
    ruleId: finding.code,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: { text: `${name}: ${finding.message}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri, ...(!uri.startsWith("file:") && { uriBaseId: "%SRCROOT%" }) },
          region: {
            startLine: finding.line ?? line,
            ...(finding.column !== undefined && { startColumn: finding.column }),
          },
        },
      },
    ],
    partialFingerprints: { "keyless/v1": fingerprint.digest("hex") },
  };
};

/** The SARIF log of what was checked. */
export const sarifOf = (checked: readonly Checked[], explained: Explained): Log => {
  const codes = [...new Set(checked.flatMap(({ findings }) => findings.map((f) => f.code)))];
  const rules = codes.map((id): ReportingDescriptor => {
    const texts = explained(id);
    if (!texts) return { id };
    return {
      id,
      fullDescription: { text: texts.explanation },
      ...(texts.fix !== undefined && { help: { text: texts.fix } }),
    };
  });
  return {
    version: "2.1.0",
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    runs: [
      {
        tool: { driver: { name: "keyless", rules } },
        columnKind: "utf16CodeUnits",
        results: checked.flatMap((one) =>
          one.findings.map((finding) => resultOf(one, finding, codes.indexOf(finding.code))),
        ),
      },
    ],
  };
};
