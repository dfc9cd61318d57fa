/** Commands as they are called, by their own clients: every call of a run fails once, the command does its work. */
import { execFile, spawn } from "node:child_process";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { clientVariables } from "../../commands/local/environment.ts";
import { federate } from "../../commands/shared/oci-federation.ts";
import { frameVerdict, type Verdict } from "../../document/verdict.ts";
import type { LocalOci } from "../../local/index.ts";
import { noMachines } from "../../local/machines/none.ts";
import { checkout } from "../support/checkout.ts";
import { deployedSha256 } from "../support/deployed.ts";
import { localStack } from "../support/local-stack.ts";
import { KEPT, leftOf, storeOf } from "../support/store.ts";
import { storm } from "../support/weather.ts";

const root = resolve(import.meta.dirname, "../..");
const execute = promisify(execFile);
let local: LocalOci;
let instance: string;
let restore: () => void;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  const driver = noMachines();
  const started = await localStack({
    settings: { transitionMs: 0 },
    machineDriver: {
      ...driver,
      name: "process",
      launch: async (spec) => ({
        ...(await driver.launch(spec)),
        console: () => {
          const documentSha256 = deployedSha256(local, spec.instanceId);
          const said: Verdict = {
            version: 1,
            ok: true,
            instance: spec.instanceId,
            documentSha256,
            probes: [],
            time: new Date().toISOString(),
            proof: { runs: 1, everyS: 600, heartbeatS: 3600 },
          };
          return Buffer.from(frameVerdict(said));
        },
      }),
    },
  });
  local = started.local;
  instance = String((await started.engine().up()).outputs["instance"]);
  restore = storeOf(local);
  const { proxyUrl, caFile } = local.addresses;
  env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OCI|TF_VAR)_/.test(name))),
    ...clientVariables({ proxyUrl, caFile, configFile: "/nonexistent", identity: local.deployer }),
  };
});
afterAll(() => local.close());

const command = (name: string, args: readonly string[], cwd = root, environment = env) =>
  execute(process.execPath, ["commands/run.mjs", name, ...args], { cwd, env: environment }).then(
    (ended) => ({ code: 0, ...ended }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

const CALLS: Readonly<Record<string, () => string[]>> = {
  verify: () => ["--instance", instance, "--json"],
  access: () => ["drift", "--config", "Pulumi.local.yaml", "--instance", instance, "--json"],
  teardown: () => `--config Pulumi.local.yaml --stack nobodys --engine none --yes --json`.split(" "),
};

describe.each(Object.keys(CALLS))("%s", (name) => {
  it.each(["429", "503", "reset"] as const)("whose every call meets %s once", async (kind) => {
    restore();
    const weather = storm(kind);
    local.interceptors.push(weather.interceptor);
    const ended = await command(name, CALLS[name]!());
    local.interceptors.length = 0;
    expect(ended.code, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout.trim().split("\n").at(-1)!)).toMatchObject({ ok: true });
    if (name === "teardown") expect(leftOf(local)).toEqual(KEPT);
    expect(weather.counts.failed).toBeGreaterThan(4);
    expect(ended.stderr).toMatch(/; trying again in \d/);
  });
});

it("the token exchange waits for an identity domain that is busy, cut off or silent", async () => {
  const responses = ["429", "503", "cut", "silence", "token"];
  const server = createServer((request, response) => {
    request.resume();
    const next = responses.shift();
    if (next === "cut") request.socket.destroy();
    else if (next === "token") response.end(JSON.stringify({ token: "x.y.z" }));
    else if (next !== "silence") response.writeHead(Number(next), { "retry-after": "0" }).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const found = await federate(
    {
      OCI_TOKEN_EXCHANGE_DOMAIN_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OCI_TOKEN_EXCHANGE_CLIENT_ID: "c",
      OCI_TOKEN_EXCHANGE_CLIENT_SECRET: "s",
      OCI_WORKLOAD_IDENTITY_TOKEN_PATH: join(root, "package.json"),
    },
    { firstPauseMs: 1, attemptMs: 700 },
  );
  server.closeAllConnections();
  server.close();
  expect(found.keyId).toBe("ST$x.y.z");
  expect(responses).toEqual([]);
});

it("start deploys the file's own stack: other commands find it by that file, and no drift", async () => {
  const at = await checkout(["local", "Pulumi.yaml"]);
  const file = join(at.folder, "Pulumi.billing.yaml");
  copyFileSync(join(root, "Pulumi.local.yaml"), file);
  const plain = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OCI|TF_VAR)_/.test(name)),
  );
  const kept = spawn(
    process.execPath,
    ["--import", "tsx", "commands/start.ts", "--keep", "--config", "Pulumi.billing.yaml"],
    { cwd: at.folder, stdio: "ignore", env: plain },
  );
  const ended = new Promise((done) => kept.on("close", done));
  try {
    await vi.waitFor(() => expect(existsSync(join(at.folder, ".keyless/run.json"))).toBe(true), {
      timeout: 200_000,
      interval: 200,
    });
    const drift = await command("access", ["drift", "--config", file], at.folder, plain);
    expect(drift, drift.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/no drift/) });
    const plan = await command("teardown", ["--config", file, "--plan"], at.folder, plain);
    expect(plan, plan.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^the stack keyless\/billing has in OCI:[\s\S]*keyless-billing/),
    });
    expect((await command("verify", ["--stack", "billing"], at.folder, plain)).code).toBe(0);
  } finally {
    kept.kill("SIGTERM");
    await ended;
    at.remove();
    rmSync(file, { force: true });
  }
});
