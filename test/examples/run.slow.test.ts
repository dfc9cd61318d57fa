/** Each example, whole, on the local OCI: by the command that its page names. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readStackConfig } from "../../commands/shared/stack-config.ts";
import type { RunOutcome } from "../../commands/start/scenario.ts";
import { EmbeddedEngine } from "../../engine/engine.ts";
import type { LocalOci } from "../../local/index.ts";
import { examples, forLocalOci } from "../support/examples.ts";
import { localStack } from "../support/local-stack.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");

let folder: string;
const fileOf = (example: string): string => join(folder, `Pulumi.${example}.yaml`);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keyless-examples-"));
  for (const example of examples) writeFileSync(fileOf(example), forLocalOci(example));
});
afterAll(() => rmSync(folder, { recursive: true }));

let local: LocalOci | undefined;
afterEach(async () => {
  await local?.close();
  local = undefined;
});

test.each(examples)(
  "%s: good, and nothing is left but what OCI keeps",
  { timeout: 180_000 },
  async (name) => {
    const { stdout, stderr } = await run("npm", ["-s", "start", "--", "--json", "--config", fileOf(name)], {
      cwd: root,
    });
    const outcome = JSON.parse(stdout.trim().split("\n").at(-1)!) as RunOutcome;
    expect(outcome, stderr).toMatchObject({ ok: true, verdict: { ok: true } });
  },
);

test("a further member of the fleet is selected by the first one's tag", { timeout: 180_000 }, async () => {
  const stack = await localStack({ settings: { transitionMs: 0 } });
  local = stack.local;
  const member = (name: string, more: Record<string, string> = {}) =>
    new EmbeddedEngine({
      client: stack.client,
      regionId: stack.local.deployer.region,
      project: "keyless",
      stack: name,
      config: { ...readStackConfig(fileOf("fleet-member")), ...more },
      program: async () => (await import("../../infra/index.ts")).default(),
    });
  const first = member("fleet-member");
  const rule = String((await first.up()).outputs["matchingRule"]);
  // As the page says where the namespace stands.
  const [, namespace] = /tag\.([\w-]+)\.role\.value = 'fleet-member'/.exec(rule) ?? [];
  expect(namespace).toBeDefined();
  const second = member("fleet-member-2", { "keyless:tagNamespace": namespace! });
  const { outputs } = await second.up();
  expect(outputs["matchingRule"]).toBe(rule);
  const tagged = local.cloud.store.list("instance").map(({ model }) => model["definedTags"]);
  expect(tagged).toEqual(
    [1, 2].map(() => expect.objectContaining({ [namespace!]: { role: "fleet-member" } })),
  );
  await second.destroy();
  await first.destroy();
});
