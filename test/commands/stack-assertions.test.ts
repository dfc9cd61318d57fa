import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { assertionsOf, stackAssertions } from "../../commands/access/assertions.ts";
import { accessReport } from "../../commands/access/report.ts";
import { settingsIn } from "../../commands/access/stack-file.ts";
import type { AssertionResult } from "../../iam/index.ts";

const folder = mkdtempSync(join(tmpdir(), "keyless-assertions-"));
afterAll(() => rmSync(folder, { recursive: true }));

const STACK = `config:
  keyless:compartmentId: ocid1.compartment.oc1..aaaaaaaaexamplecompartmentaaaaaaaaaaaaaaaaaaaaaaaaaa
  keyless:access: { instance: [{ bucket: reports, access: read }] }
`;

/** The results of a stack with this setting. */
const checked = (setting: string): readonly AssertionResult[] => {
  const file = join(folder, "Pulumi.test.yaml");
  const text = `${STACK}  keyless:assertions: ${setting}\n`;
  writeFileSync(file, text);
  const settings = settingsIn(file, text);
  return stackAssertions(assertionsOf(settings, file)!, accessReport(settings).tenancy, true);
};

test("a list in the stack's file is held against the access that the stack declares", () => {
  expect(checked("[{ never: { permissions: [OBJECT_DELETE] } }]")).toMatchObject([{ holds: true }]);
  const [broken] = checked("[{ never: { permissions: [OBJECT_READ] } }]");
  expect(broken).toMatchObject({
    holds: false,
    witness: { variables: { "target.bucket.name": "reports" } },
    statements: [{ text: expect.stringContaining("target.bucket.name = 'reports'") }],
  });
});

test("a group that the stack does not have is noted: it is somebody else's", () => {
  expect(
    checked("[{ never: { except: [group Administrators], permissions: [OBJECT_DELETE] } }]"),
  ).toMatchObject([{ holds: true, notes: ["group Administrators is not in what was checked"] }]);
});

test("a file beside the stack's", () => {
  writeFileSync(join(folder, "must.yaml"), "- never: { permissions: [OBJECT_READ] }\n");
  expect(checked("must.yaml")).toMatchObject([{ holds: false }]);
  expect(() => checked("absent.yaml")).toThrow(/keyless:assertions: cannot read .*absent\.yaml/);
});

test("what is wrong in form is an error of the settings, and names that are none have their line", () => {
  expect(() => checked("[{ nevr: {} }]")).toThrow(
    /keyless:assertions\.0\.nevr: found nevr; allowed: never, only/,
  );
  expect(() => checked("[{ never: { operations: [GetBukket] } }]")).toThrow(
    /Pulumi\.test\.yaml:4: assertion 0, never\.operations\.0: found GetBukket; .*did you mean GetBucket/,
  );
  expect(() => checked("7")).toThrow(/keyless:assertions: .*allowed: a list of assertions/);
});
