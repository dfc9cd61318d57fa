import { execFile, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { localDeployerStatements } from "../../commands/local/deployer.ts";
import { clientVariables } from "../../commands/local/environment.ts";
import { buildPolicyPack } from "../../commands/policy-pack/build.ts";
import { type LocalOci, startLocal } from "../../local/index.ts";
import { type Checkout, checkout } from "../support/checkout.ts";
import { localConfig } from "../support/local-stack.ts";
import { skipFor } from "../support/skip.ts";
import { STEP_MS, skipReason } from "./support/real-engine.ts";

const run = promisify(execFile);

skipFor(skipReason).describe("a stack of the Pulumi CLI, operated", () => {
  let local: LocalOci;
  let at: Checkout;
  let env: NodeJS.ProcessEnv;
  const pulumi = async (...args: string[]) =>
    (
      await run("pulumi", args, { cwd: at.folder, env }).catch(
        (error: { stdout: string; stderr: string }) => {
          throw new Error(`pulumi ${args.join(" ")}:\n${error.stdout}\n${error.stderr}`);
        },
      )
    ).stdout;
  const command = (...args: string[]) =>
    spawn(process.execPath, ["commands/run.mjs", ...args], { cwd: at.folder, env, detached: true });
  const ended = async (child: ReturnType<typeof command>) => {
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text: Buffer) => {
      stdout += text.toString();
    });
    child.stderr.on("data", (text: Buffer) => {
      stderr += text.toString();
    });
    const code = await new Promise<number | null>((done) => child.on("close", done));
    return { code, stdout, stderr };
  };

  beforeAll(async () => {
    local = await startLocal({ workload: true, deployerStatements: localDeployerStatements() });
    at = await checkout(["local", "package-lock.json", "Pulumi.yaml"]);
    const config: Record<string, unknown> = { ...localConfig(), "keyless:name": "keyless-operated" };
    for (const [key, value] of Object.entries(config))
      if (/^[[{]/.test(String(value))) config[key] = JSON.parse(String(value));
    writeFileSync(join(at.folder, "Pulumi.operated.yaml"), stringify({ config }));
    mkdirSync(join(at.folder, "state"));
    const { proxyUrl, caFile } = local.addresses;
    env = {
      ...process.env,
      ...clientVariables({ proxyUrl, caFile, configFile: "/nonexistent", identity: local.deployer }),
      PULUMI_BACKEND_URL: `file://${join(at.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "pass phrase",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      OCI_RETRY_DURATION_SECONDS: "5",
      disable_409_retry: "true",
    };
    await pulumi("stack", "init", "operated");
  }, STEP_MS);
  afterAll(async () => {
    await local?.close();
    at?.remove();
  });

  test(
    "its preview says what the policy pack finds, and what it does not know yet",
    async () => {
      const pack = await buildPolicyPack(join(at.folder, ".keyless/policy-pack"));
      const said = await pulumi("preview", "--stack", "operated", "--non-interactive", "--policy-pack", pack);
      expect(said).toMatch(/keyless-access-error[\s\S]*can't be known during preview/);
    },
    STEP_MS,
  );

  test(
    "is deployed without drift, and torn down although the first teardown was killed",
    async () => {
      await pulumi("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "operated");
      const drift = await ended(command("access", "drift", "--stack", "operated"));
      expect(drift, drift.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("no drift") });

      const first = command("teardown", "--stack", "operated", "--yes", "--remove", "--json");
      let deletes = 0;
      local.interceptors.push(({ method }) => {
        // The command and the engine that it started, lock and all.
        if (method === "DELETE" && ++deletes === 3) process.kill(-first.pid!, "SIGKILL");
        return undefined;
      });
      expect((await ended(first)).code).toBeNull();
      local.interceptors.length = 0;

      const again = await ended(command("teardown", "--stack", "operated", "--yes", "--remove", "--json"));
      expect(again.code, again.stderr).toBe(0);
      const result = JSON.parse(again.stdout.trim().split("\n").at(-1)!);
      expect(result).toMatchObject({ ok: true, errors: [] });
      expect(result.leftovers.map((l: { type: string }) => l.type)).toEqual([
        "secret",
        "secret",
        // The secret's and the signing one.
        "key",
        "key",
        "vault",
      ]);
      expect(JSON.parse(await pulumi("stack", "ls", "--json"))).toEqual([]);
    },
    STEP_MS,
  );
});
