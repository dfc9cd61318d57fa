/** `npm run teardown` as a process: what it prints, and what it does after it was killed. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { clientVariables } from "../../commands/local/environment.ts";
import type { LocalOci } from "../../local/index.ts";
import { localStack } from "../support/local-stack.ts";
import { KEPT, leftOf, storeOf } from "../support/store.ts";

let local: LocalOci;
let restore: () => void;

beforeAll(async () => {
  const started = await localStack({ settings: { transitionMs: 0 } });
  ({ local } = started);
  await started.engine().up();
  restore = storeOf(local);
});
afterAll(() => local.close());

it("plans without a change, is killed, is run again, and says what is left", async () => {
  restore();
  const { proxyUrl, caFile } = local.addresses;
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OCI|TF_VAR)_/.test(name))),
    ...clientVariables({ proxyUrl, caFile, configFile: "/nonexistent", identity: local.deployer }),
  };
  // The name keeps a run that somebody has up from being meant.
  const args = [
    "commands/run.mjs",
    "teardown",
    "--config",
    "Pulumi.local.yaml",
    "--stack",
    "nobodys",
    "--engine",
    "none",
  ];
  const root = resolve(import.meta.dirname, "../..");
  const command = (...more: string[]) => spawn(process.execPath, [...args, ...more], { cwd: root, env });
  const ended = async (child: ReturnType<typeof command>) => {
    let text = "";
    child.stdout.on("data", (piece: Buffer) => {
      text += piece.toString();
    });
    const code = await new Promise<number | null>((done) => child.on("close", done));
    const last = text.trim().split("\n").at(-1) ?? "";
    return { code, result: last ? JSON.parse(last) : undefined };
  };
  const states = () => local.cloud.store.all().map((r) => `${r.id} ${r.model.lifecycleState}`);
  const before = states();
  const plan = await ended(command("--plan", "--json"));
  expect(plan).toMatchObject({ code: 0, result: { ok: true, removed: [] } });
  expect(plan.result.leftovers).toHaveLength(15);
  expect(states()).toEqual(before);

  for (const nth of [1, 6, 11]) {
    restore();
    let writes = 0;
    const child = command("--yes", "--json");
    local.interceptors.push(({ method }) => {
      if (method !== "GET" && ++writes === nth) child.kill("SIGKILL");
      return undefined;
    });
    expect((await ended(child)).code).toBeNull();
    local.interceptors.length = 0;
    const again = await ended(command("--yes", "--json"));
    expect(again, `killed at write ${nth}`).toMatchObject({ code: 0, result: { ok: true, errors: [] } });
    expect(leftOf(local)).toEqual(KEPT);
    expect(
      again.result.leftovers.every((l: { until?: string; counts?: string }) => l.until && l.counts),
    ).toBe(true);
  }
}, 300_000);
