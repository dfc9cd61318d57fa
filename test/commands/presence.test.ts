/** A stack's change beside the tenancy's other policies, as an export tells them. */
import { expect, it } from "vitest";
import { type AccessChange, accessChange } from "../../commands/access/change.ts";
import { changeSummary, changesMarkdown } from "../../commands/access/change-markdown.ts";
import { accessReport } from "../../commands/access/report.ts";
import { settingsIn } from "../../commands/access/stack-file.ts";
import type { Tenancy } from "../../iam/index.ts";
import { BASE, COMPARTMENTS } from "./changes/pull-requests.ts";

const GROUP = "ocid1.dynamicgroup.oc1..deployed";
const reportOf = (text: string) => accessReport(settingsIn("Pulumi.test.yaml", text));
const NAME = reportOf(BASE).workload!.name;

/** The tenancy of the stack's file, with the stack deployed in it. */
const tenancyWith = (policies: Tenancy["policies"] & object, change: Partial<Tenancy> = {}): Tenancy => ({
  tenancy: COMPARTMENTS.tenancy,
  denyEnabled: true,
  compartments: [
    { id: COMPARTMENTS.workload, name: "billing", parent: COMPARTMENTS.tenancy },
    { id: COMPARTMENTS.security, name: "security", parent: COMPARTMENTS.tenancy },
  ],
  dynamicGroups: [
    { id: GROUP, name: NAME, matchingRule: "All {instance.id = 'ocid1.instance.oc1.iad.old'}" },
    {
      id: "ocid1.dynamicgroup.oc1..all",
      name: "every-instance",
      matchingRule: `All {instance.compartment.id = '${COMPARTMENTS.workload}'}`,
    },
  ],
  policies: [
    {
      name: NAME,
      compartment: COMPARTMENTS.security,
      statements: ["Allow any-user to manage all-resources in compartment security"],
    },
    { name: `${NAME}-0a1b2c`, statements: ["Allow any-user to manage all-resources in tenancy"] },
    ...policies,
  ],
  ...change,
});

const changeIn = (tenancy: Tenancy, edit: (text: string) => string): AccessChange =>
  accessChange(reportOf(BASE), reportOf(edit(BASE)), { tenancy, file: "tenancy.json" });

const widened = (text: string): string => text.replace("to use keys", "to manage keys");
const opsReadAll = {
  name: "ops-read-all",
  statements: [`Allow dynamic-group every-instance to manage keys in compartment security`],
};

it("says that another policy already allows it, and that this is no change", () => {
  const change = changeIn(tenancyWith([opsReadAll]), widened);
  expect(changeSummary(change)).toBe("no change of access");
  expect(change.gained).toEqual([]);
  expect(change.presence).toMatchObject({
    file: "tenancy.json",
    recognised: [`policy ${NAME}`, `policy ${NAME}-0a1b2c`, `dynamic group ${NAME}`],
    withoutEffect: [
      {
        effect: "already-allowed",
        where: "compartment security",
        condition: "target.key.id = 'k'",
        by: [{ policy: "ops-read-all", statement: opsReadAll.statements[0] }],
      },
    ],
    notes: [],
  });
  const comment = changesMarkdown([change], "main");
  expect(comment).toContain("No change of access, because of them:");
  expect(comment).toMatch(
    /where `target\.key\.id = 'k'`: no change: \*ops-read-all\* already allows it; for example/,
  );
});

it("says what is new where the other policy allows a part of it", () => {
  const part = {
    name: "some",
    statements: [`Allow dynamic-group every-instance to {KEY_DELETE} in compartment security`],
  };
  const change = changeIn(tenancyWith([part]), widened);
  expect(changeSummary(change)).toBe("1 gained");
  expect(change.gained[0]!.what).not.toContain("KEY_DELETE");
  expect(change.presence!.withoutEffect).toMatchObject([{ what: "{KEY_DELETE}", effect: "already-allowed" }]);
});

it("does not take the stack's own deployed policies for another's: by name, or by its free-form tag", () => {
  expect(changeSummary(changeIn(tenancyWith([]), widened))).toBe("1 gained");
  const { stack } = reportOf(BASE).workload!;
  const renamed = {
    name: "an-older-name",
    freeformTags: { "keyless-stack": stack },
    statements: ["Allow any-user to manage all-resources in tenancy"],
  };
  expect(changeSummary(changeIn(tenancyWith([renamed]), widened))).toBe("1 gained");
  const { freeformTags: _, ...other } = renamed;
  expect(changeSummary(changeIn(tenancyWith([other]), widened))).toBe("no change of access");
});

it("knows what others allow the stack's group, by its OCID and by its name", () => {
  for (const subject of [`id ${GROUP}`, NAME]) {
    const other = {
      name: "for-us",
      statements: [`Allow dynamic-group ${subject} to manage keys in tenancy`],
    };
    expect(changeSummary(changeIn(tenancyWith([other]), widened))).toBe("no change of access");
  }
});

const withDeny = (text: string): string =>
  `${text}        - raw:
            name: stop
            statement: Deny dynamic-group id <group> to inspect keys in compartment id ${COMPARTMENTS.security}
            compartment: ${COMPARTMENTS.security}
`;

it("says that the stack's deny is the first to stop it, and who allowed it", () => {
  const change = changeIn(tenancyWith([opsReadAll]), withDeny);
  expect(change.lost.map((e) => e.effect)).toContain("stopped");
  const comment = changesMarkdown([change], "main");
  expect(comment).toContain("your deny is the first to stop it: *ops-read-all* allows it");
});

it("says that a new allow has no effect where another policy denies it, and names that", () => {
  const denied = {
    name: "[no](keys)",
    statements: [`Deny any-user to inspect keys in compartment security`],
  };
  const comment = changesMarkdown([changeIn(tenancyWith([denied]), widened)], "main");
  expect(comment).toContain("no effect: `[no](keys)` denies it");
});

it("says that a deny stops nothing where nothing is allowed", () => {
  const elsewhere = (text: string): string => withDeny(text).replace("inspect keys", "inspect volumes");
  const change = changeIn(tenancyWith([]), elsewhere);
  expect(changeSummary(change)).toBe("no change of access");
  expect(change.presence!.idleDenies).toEqual([
    `Deny dynamic-group id ${GROUP} to inspect volumes in compartment id ${COMPARTMENTS.security}`,
  ]);
  expect(changesMarkdown([change], "main")).toContain("no effect: nothing that it denies is allowed");
});

it("says what it does not know, and refuses another tenancy's export", () => {
  const bare = tenancyWith([], { compartments: [], denyEnabled: false });
  const { notes } = changeIn(bare, withDeny).presence!;
  expect(notes.join("\n")).toContain(`the compartment ${COMPARTMENTS.security} is not in tenancy.json`);
  expect(notes.join("\n")).toContain("deny statements are not enabled in tenancy.json");
  expect(() => changeIn(tenancyWith([], { tenancy: "ocid1.tenancy.oc1..other" }), widened)).toThrow(
    "tenancy.json is of ocid1.tenancy.oc1..other; the stack test is of",
  );
});
