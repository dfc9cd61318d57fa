/** The commands of docs/export.md, run as they are written, against a local OCI. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTenancy } from "../../commands/iam/tenancy.ts";
import { clientVariables } from "../../commands/local/environment.ts";
import { LIVE_NEEDS, liveStatement } from "../../commands/shared/live/lists.ts";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import type { LocalOci } from "../../local/index.ts";
import { startTestOci } from "../support/local-oci.ts";

const root = resolve(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/export.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "keyless-export-"));
let oci: LocalOci;

beforeAll(async () => {
  const deployerStatements = LIVE_NEEDS.map((needs) => liveStatement(needs, "Deployers"));
  oci = await startTestOci({ deployerStatements });
});
afterAll(async () => {
  await oci.close();
  rmSync(folder, { recursive: true });
});

const tenancyIn = (name: string) => readTenancy(readFileSync(join(folder, name), "utf8"), name);

test("the page has exactly the statements that are enough", () => {
  const [, block] = /^```text\n(Allow[\s\S]*?)\n```/m.exec(page)!;
  expect(block!.split("\n")).toEqual(LIVE_NEEDS.map((needs) => liveStatement(needs, "Exporters")));
});

test("its commands do what it says", async () => {
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
  const iam = `node --import ${import.meta.resolve("tsx")} ${join(root, "commands/iam.ts")}`;
  const script = blocks.join("\n").replaceAll("npm run -s iam --", iam);
  const { proxyUrl, caFile } = oci.addresses;
  const variables = clientVariables({
    proxyUrl,
    caFile,
    configFile: "/nonexistent",
    identity: oci.deployer,
  });
  const env = { ...process.env, ...variables, COMPARTMENT: WELL_KNOWN.compartments.app };
  copyFileSync(join(import.meta.dirname, "plan/plan.json"), join(folder, "plan.json"));
  await promisify(execFile)("bash", ["-e", "-c", script], { cwd: folder, env });
  expect(tenancyIn("tenancy.json").compartments).toHaveLength(5);
  expect(tenancyIn("partial.json")).toEqual(tenancyIn("tenancy.json"));
  expect(
    tenancyIn("app.json")
      .compartments!.map((c) => c.name)
      .sort(),
  ).toEqual(["app", "keyless", "reports"]);
});
