/** The audit's log: one setting is enough for lines to arrive there. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accessSchema } from "../../../access/index.ts";
import type { AuditLine } from "../../../app/proxy/observe/audit.ts";
import { driftOf } from "../../../commands/access/drift.ts";
import { settingsIn } from "../../../commands/access/stack-file.ts";
import { readConsole } from "../../../commands/shared/verdict/console-history.ts";
import { readVerdicts } from "../../../document/verdict.ts";
import type { Stack } from "../../../engine/engine.ts";
import { clientAs } from "../../../local/client.ts";
import { processDriver } from "../../../local/machines/process/driver.ts";
import { localConfig, localStack } from "../../support/local-stack.ts";

const ACCESS = accessSchema.parse({ clients: { "metrics-agent": [{ metrics: "app" }] } });

let up: Awaited<ReturnType<typeof localStack>>;
let stack: Stack;
const logId = /ocid1\.log\.[a-z0-9.]+/.exec(localConfig()["keyless:access"]!)![0];
beforeAll(async () => {
  up = await localStack({ machineDriver: processDriver() });
  stack = await up
    .engine({
      "keyless:access": JSON.stringify(ACCESS),
      "keyless:auditLogId": logId,
    })
    .up();
});
afterAll(() => up.local.close());

it("is granted, tried by the check, and gets the lines of the proxy's clients", async () => {
  const statements = (stack.outputs["statements"] as string[]).filter((text) => text.includes("LOG_"));
  expect(statements).toEqual([
    expect.stringMatching(/\{LOG_CONTENT_PUSH\} in compartment id \S+ where target\.loggroup\.id = 'ocid1/),
  ]);
  const verdicts = async () => readVerdicts(await readConsole(up.client, String(stack.outputs["instance"])));
  await expect.poll(verdicts, { timeout: 60_000, interval: 250 }).toHaveLength(1);
  const [verdict] = await verdicts();
  expect(verdict).toMatchObject({ ok: true });
  const tried = verdict!.probes.filter((p) => p.target.id === logId);
  expect(tried.map((p) => [p.operation, p.observed])).toEqual([
    ["loggingingestion.PutLogs", "allowed"],
    ["logging.GetLog", "refused"],
  ]);
  const lines = (): AuditLine[] =>
    up.local.cloud.store
      .get(logId, "log")!
      .hidden.entries.filter((entry) => entry.type === "keyless.proxy.audit")
      .map((entry) => JSON.parse(entry.data) as AuditLine);
  await expect
    .poll(lines, { timeout: 20_000 })
    .toContainEqual(
      expect.objectContaining({ client: "metrics-agent", operation: "PostMetricData", decision: "allowed" }),
    );
  const file = resolve(import.meta.dirname, "../../../Pulumi.local.yaml");
  const settings = { ...settingsIn(file, readFileSync(file, "utf8")), access: ACCESS, auditLogId: logId };
  const administrator = clientAs(up.local.administrator, up.local.addresses, up.local.cloud.realm.domain);
  const instance = String(stack.outputs["instance"]);
  expect((await driftOf(administrator, settings, up.local.cloud.tenancy.id, instance)).drift).toEqual([]);
}, 90_000);
