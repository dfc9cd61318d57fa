import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { checkStacks } from "../../commands/access/check.ts";
import { settingsIn } from "../../commands/access/stack-file.ts";
import type { Tenancy } from "../../iam/index.ts";

const folder = mkdtempSync(join(tmpdir(), "keyless-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

const COMPARTMENT = "ocid1.compartment.oc1..aaaaaaaaexamplecompartmentaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TENANCY = "ocid1.tenancy.oc1..aaaaaaaaexampletenancyaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

const STACK = `config:
  oci:tenancyOcid: ${TENANCY}
  keyless:compartmentId: ${COMPARTMENT}
  keyless:access:
    instance:
      - bucket: reports
        access: read
    clients:
      agent:
        - raw: { name: volumes, statement: "Allow dynamic-group id <group> to {VOLUME_INSPECT} in compartment id ${COMPARTMENT}", compartment: ${COMPARTMENT}, operations: [core.ListVolumes] }
  keyless:assertions:
    - name: nobody but the stack reads reports
      only: { principals: [any instance], permissions: [OBJECT_READ] }
`;

const stack = (text = STACK): string => {
  const file = join(folder, "Pulumi.check.yaml");
  writeFileSync(file, text);
  return file;
};

const read = (file: string) => settingsIn(file, readFileSync(file, "utf8"));

/** Checks the stack. @returns the outcome, what people see, and the files */
const check = async (tenancy?: Tenancy) => {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
  const files = { sarif: join(folder, "out.sarif"), junit: join(folder, "out.xml") };
  try {
    const surroundings = tenancy && { tenancy, file: "tenancy.json" };
    const good = await checkStacks([stack()], read, { surroundings, ...files });
    const { runs } = JSON.parse(readFileSync(files.sarif, "utf8")) as {
      runs: { results: { ruleId: string; level: string; locations: unknown[] }[] }[];
    };
    return {
      good,
      lines: lines.join("\n"),
      results: runs[0]!.results,
      junit: readFileSync(files.junit, "utf8"),
    };
  } finally {
    log.mockRestore();
  }
};

const lineOf = (text: string): number => STACK.split("\n").findIndex((line) => line.includes(text)) + 1;

test("findings, and a snapshot that is not current, go to people and to files, with their lines", async () => {
  const { good, lines, results, junit } = await check();
  expect(good).toBe(false);
  expect(lines).toContain("Pulumi.check.access.md is not current");
  expect(results.map((r) => r.ruleId)).toContain("snapshot-not-current");
  const raw = results.find((r) => r.ruleId === "raw-grant");
  expect(raw).toMatchObject({
    level: "warning",
    locations: [{ physicalLocation: { region: { startLine: lineOf("name: volumes") } } }],
  });
  expect(junit).toContain("snapshot-not-current");
});

test("assertions are checked of a tenancy with the stack in it", async () => {
  const tenancy: Tenancy = {
    tenancy: TENANCY,
    compartments: [{ id: COMPARTMENT, name: "app" }],
    groups: [{ id: "ocid1.group.oc1..staff", name: "Staff", members: ["ocid1.user.oc1..a"] }],
    policies: [],
  };
  const alone = await check(tenancy);
  expect(alone.results.map((r) => r.ruleId)).not.toContain("assertion-broken");
  const others = await check({
    ...tenancy,
    policies: [{ name: "staff", statements: ["Allow group Staff to read objects in tenancy"] }],
  });
  const broken = others.results.find((r) => r.ruleId === "assertion-broken");
  expect(broken).toMatchObject({
    level: "error",
    locations: [{ physicalLocation: { region: { startLine: lineOf("nobody but the stack") } } }],
  });
  expect(others.lines).toContain("Allow group Staff to read objects in tenancy");
});
