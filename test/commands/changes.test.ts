/** Typical pull requests, each with the exact summary that its reviewer reads. */
import { describe, expect, it } from "vitest";
import { accessChange } from "../../commands/access/change.ts";
import { changeSummary, changesMarkdown } from "../../commands/access/change-markdown.ts";
import { accessReport } from "../../commands/access/report.ts";
import { settingsIn } from "../../commands/access/stack-file.ts";
import { hardRequests } from "./changes/hard-requests.ts";
import { BASE, pullRequests } from "./changes/pull-requests.ts";

const changeOf = (edit: (text: string) => string) => {
  const after = edit(BASE);
  return accessChange(
    accessReport(settingsIn("Pulumi.test.yaml", BASE)),
    accessReport(settingsIn("Pulumi.test.yaml", after)),
  );
};

describe("a pull request's change of access", () => {
  it.each(pullRequests)("$name", ({ edit, summary, lines }) => {
    expect(edit(BASE), "the edit changes nothing").not.toBe(BASE);
    const change = changeOf(edit);
    expect(changeSummary(change)).toBe(summary);
    const said = changesMarkdown([change], "main")
      .split("\n")
      .filter((line) => line.startsWith("- ") || line.startsWith("+ "));
    expect(said).toEqual(lines);
  });

  it("is short enough for a comment", () => {
    for (const { edit } of pullRequests)
      expect(changesMarkdown([changeOf(edit)], "main").length).toBeLessThan(8_000);
  });
});

describe("a pull request that is easily misread", () => {
  it.each(hardRequests)("$name", ({ before = BASE, after, summary, says, never = [] }) => {
    const report = (text: string | undefined) =>
      text === undefined ? undefined : accessReport(settingsIn("Pulumi.test.yaml", text));
    const change = accessChange(report(before), report(after(before)));
    expect(changeSummary(change)).toBe(summary);
    const comment = changesMarkdown([change], "main");
    for (const text of says) expect(comment).toContain(text);
    for (const text of never) expect(comment).not.toContain(text);
    expect(comment.length).toBeLessThan(12_000);
  });

  it("fits into a comment with its neighbours, and counts those that do not fit", () => {
    const change = accessChange(undefined, accessReport(settingsIn("Pulumi.test.yaml", BASE)));
    const comment = changesMarkdown(Array(60).fill(change), "main");
    expect(comment.length).toBeLessThan(65_536);
    expect(comment).toMatch(/… and \d+ more stacks with changes/);
  });
});

it("an audit log is access: the report and a pull request's change show what follows from it", () => {
  const log = `ocid1.log.oc1.iad.${"a".repeat(40)}`;
  const report = accessReport(
    settingsIn("Pulumi.test.yaml", BASE.replace("config:\n", `config:\n  keyless:auditLogId: ${log}\n`)),
  );
  expect(report.statements.find((s) => s.grant === `the audit: logs ${log} write`)?.text).toMatch(
    /\{LOG_CONTENT_PUSH\} in compartment id \S+ where target\.loggroup\.id = '<log group of the audit's log>'/,
  );
  expect(report.probes).toContainEqual(
    expect.objectContaining({ operation: "loggingingestion.PutLogs", target: log, expected: "allowed" }),
  );
  const change = accessChange(accessReport(settingsIn("Pulumi.test.yaml", BASE)), report);
  expect(changesMarkdown([change], "main")).toContain("LOG_CONTENT_PUSH");
});
