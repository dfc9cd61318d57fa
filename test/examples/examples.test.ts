/** The examples are stacks: their settings are read, their access has no error, their pages say what is there. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { accessReport } from "../../commands/access/report.ts";
import { settingsIn } from "../../commands/access/stack-file.ts";
import { SettingsError } from "../../infra/settings/error.ts";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import { examples, forLocalOci, pageOf, stackFileOf } from "../support/examples.ts";

const root = resolve(import.meta.dirname, "../..");
const invented = /ocid1\.[a-z-]+\.oc1\.[a-z]*\.a{8}example\w*/g;
const named = (text: string): string[] => [...text.matchAll(invented)].map(([ocid]) => ocid);

const index = readFileSync(join(root, "examples/README.md"), "utf8");

it("the index lists every example", () => {
  const rows = [...index.matchAll(/^\| \[([a-z-]+)\]/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(examples);
});

it("local.sed has what is invented, and no more", () => {
  const script = readFileSync(join(root, "examples/local.sed"), "utf8");
  const used = examples.flatMap((example) => named(readFileSync(stackFileOf(example), "utf8")));
  expect(named(script).sort()).toEqual([...new Set(used)].sort());
});

describe.each(examples)("%s", (example) => {
  const file = stackFileOf(example);
  const text = readFileSync(file, "utf8");
  const page = readFileSync(pageOf(example), "utf8");

  it("can be read, and no finding about its access is an error", () => {
    const { findings } = accessReport(settingsIn(file, text));
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("is refused before OCI is called, until its OCIDs are replaced", () => {
    expect(() => settingsIn(file, text, { calls: true })).toThrow(SettingsError);
    expect(() => settingsIn(file, text, { calls: true })).toThrow(/keyless:compartmentId.*invented OCID/);
  });

  it("has the local OCI's OCIDs after local.sed", () => {
    const local = forLocalOci(example);
    expect(named(local)).toEqual([]);
    const settings = settingsIn(file, local, { calls: true });
    expect(settings.tenancyId).toBe(WELL_KNOWN.tenancy);
    expect(settings.compartmentId).toBe(WELL_KNOWN.compartments.app);
  });

  it("its page names its clients, its commands and what there is", () => {
    const { access } = settingsIn(file, text);
    for (const client of Object.keys(access.clients)) expect(page).toContain(`\`${client}\``);
    for (const command of [
      `sed -f examples/local.sed examples/${example}/Pulumi.${example}.yaml > /tmp/Pulumi.${example}.yaml`,
      `npm start -- --config /tmp/Pulumi.${example}.yaml`,
      `npm run access -- --stack ${example}`,
      `pulumi stack init ${example} && pulumi up`,
      `npm run verify -- --stack ${example}`,
      `npm run teardown -- --stack ${example}`,
    ])
      expect(page).toContain(command);
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !existsSync(join(dirname(pageOf(example)), path)))).toEqual([]);
  });
});
