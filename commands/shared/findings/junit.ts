/** What was checked as JUnit's XML: one test case each, which fails where an error was found. @module */
import { createRequire } from "node:module";
import type { Builder } from "junit-report-builder";
import type { Checked, CheckedFinding } from "./checked.ts";

/** Characters that XML 1.0 cannot have, also as references. */
const NOT_XML =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const xml = (text: string): string => text.replace(NOT_XML, "\ufffd");

const said = ({ code, message }: CheckedFinding): string => xml(`${code}: ${message}`);

/**
 * The report.
 * @param suite the suite's name
 */
export const junitOf = (suite: string, checked: readonly Checked[]): string => {
  // Loaded only here, and as it is: its types say of its one export that it has a default.
  const made = (createRequire(import.meta.url)("junit-report-builder") as Builder).newBuilder();
  const cases = made.testSuite().name(suite);
  for (const { name, file, line, findings } of checked) {
    const one = cases
      .testCase()
      .className(xml(file))
      .name(xml(name))
      .file(xml(`${file}:${line}`));
    const errors = findings.filter((f) => f.severity === "error");
    const others = findings.filter((f) => f.severity !== "error");
    if (errors.length > 0) one.failure(errors.map(said).join("\n"), errors[0]!.code);
    if (others.length > 0) one.standardOutput(others.map(said).join("\n"));
  }
  return made.build();
};
