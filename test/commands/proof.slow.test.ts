/** A verdict belongs to what is deployed now, and proof goes on: a machine's processes, and verify as it is called. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { clientVariables } from "../../commands/local/environment.ts";
import { readConsole } from "../../commands/shared/verdict/console-history.ts";
import { type Heartbeat, readSaid, readVerdicts, type Verdict } from "../../document/verdict.ts";
import { clientAs, type LocalClient } from "../../local/client.ts";
import type { MachineDriver, RunningMachine } from "../../local/machines/driver.ts";
import { processDriver } from "../../local/machines/process/driver.ts";
import { deployedSha256 } from "../support/deployed.ts";
import { localStack } from "../support/local-stack.ts";
import { documentOf, putDocument, signDocument } from "../support/sign-document.ts";

const DEADLINE_S = 20;
const PROVE_S = 3;
const WAIT = { timeout: 60_000, interval: 250 };

let up: Awaited<ReturnType<typeof localStack>>;
let administrator: LocalClient;
let instance: string;
let outputs: Record<string, unknown>;
let wide: string;
let machine: RunningMachine;

const console = (): Promise<string> => readConsole(up.client, instance);
const verdicts = async (): Promise<Verdict[]> => readVerdicts(await console());
const heartbeats = async (): Promise<Heartbeat[]> =>
  readSaid(await console()).flatMap((said) => ("heartbeat" in said ? [said.heartbeat] : []));

/** Grants every instance what nobody declared. */
const grantByHand = async (): Promise<string> => {
  const { body } = await administrator.call("identity.CreatePolicy", {
    body: {
      compartmentId: up.local.cloud.tenancy.id,
      name: "by-hand",
      description: "by hand",
      statements: [
        "Allow any-user to read secret-family in tenancy where request.principal.type = 'instance'",
        "Allow any-user to {KEY_SIGN} in tenancy where request.principal.type = 'instance'",
      ],
    },
  });
  return String(body["id"]);
};
const takeAway = (policyId: string) => administrator.call("identity.DeletePolicy", { params: { policyId } });

const verify = async (...args: string[]) => {
  const { proxyUrl, caFile } = up.local.addresses;
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OCI|TF_VAR)_/.test(name));
  const identity = up.local.deployer;
  const env = {
    ...Object.fromEntries(inherited),
    ...clientVariables({ proxyUrl, caFile, configFile: "/nonexistent", identity }),
  };
  const command = ["commands/run.mjs", "verify", "--instance", instance, "--json", ...args];
  const cwd = resolve(import.meta.dirname, "../..");
  const ended = await promisify(execFile)(process.execPath, command, { cwd, env }).then(
    (r) => ({ ...r, code: 0 }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { ...ended, result: JSON.parse(ended.stdout.trim().split("\n").at(-1)!) };
};

beforeAll(async () => {
  const driver = processDriver();
  const launch: MachineDriver["launch"] = async (spec) => {
    machine = await driver.launch(spec);
    return machine;
  };
  up = await localStack({ machineDriver: { ...driver, launch } });
  administrator = clientAs(up.local.administrator, up.local.addresses, up.local.cloud.realm.domain);
  wide = await grantByHand();
  const settings = {
    "keyless:access": JSON.stringify({ instance: [{ metrics: "app" }] }),
    "keyless:deadlineS": String(DEADLINE_S),
    "keyless:checkEveryS": "1",
    "keyless:proveEveryS": String(PROVE_S),
  };
  outputs = (await up.engine(settings).up()).outputs as Record<string, unknown>;
  instance = String(outputs["instance"]);
});
afterAll(async () => {
  await administrator.close();
  await up.local.close();
});

it("waits for what is refused and still allowed, and says how long it took", {
  timeout: 90_000,
}, async () => {
  await vi.waitFor(async () => expect(await heartbeats()).toHaveLength(1), WAIT);
  // The first try has seen it allowed.
  await new Promise((done) => setTimeout(done, 3_000));
  expect(await verdicts()).toEqual([]);
  await takeAway(wide);
  await vi.waitFor(async () => expect(await verdicts()).toHaveLength(1), WAIT);
  const [verdict] = await verdicts();
  expect(verdict).toMatchObject({ ok: true, proof: { runs: 1, everyS: PROVE_S } });
  const decoy = verdict!.probes.find((p) => p.name === "decoy-content")!;
  expect(decoy).toMatchObject({ observed: "refused", ok: true });
  expect(decoy.afterMs).toBeGreaterThan(2_000);
});

it("finds a right that is added by hand within an interval, and its end", { timeout: 90_000 }, async () => {
  const before = (await verdicts()).length;
  const added = await grantByHand();
  const addedMs = Date.now();
  await vi.waitFor(async () => expect(await verdicts()).toHaveLength(before + 1), WAIT);
  const found = (await verdicts()).at(-1)!;
  expect(found).toMatchObject({ ok: false, cause: "too-much-allowed" });
  expect(found.changed).toContain("read the sibling secret's content: refused before, allowed now");
  // Who may update the instance and sign is the instance: it must not be able to sign for itself.
  expect(found.changed).toContain("sign with the document's key: refused before, allowed now");
  // With the interval the run itself, and the look at the console.
  expect(Date.now() - addedMs).toBeLessThan((PROVE_S + 10) * 1000);
  await takeAway(added);
  await vi.waitFor(async () => expect(await verdicts()).toHaveLength(before + 2), WAIT);
  expect((await verdicts()).at(-1)).toMatchObject({ ok: true });
});

it("is in the metrics: a file for Prometheus, and posted where the app may", {
  timeout: 60_000,
}, async () => {
  const file = join(machine.folder!, "run/keyless-check/keyless_check.prom");
  const text = (): string => readFileSync(file, "utf8");
  const gauge = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text())?.[1]);
  await vi.waitFor(() => expect(gauge("keyless_check_proof_runs")).toBeGreaterThan(3), WAIT);
  expect(gauge("keyless_check_proof_ok")).toBe(1);
  expect(Math.abs(Date.now() / 1000 - gauge("keyless_check_proof_time_seconds"))).toBeLessThan(30);
  expect(gauge("keyless_check_proof_interval_seconds")).toBe(PROVE_S);
  expect(gauge("keyless_check_post_failed")).toBe(0);
  expect(text()).toContain(`document="${deployedSha256(up.local, instance)}"`);

  const compartmentId = String(up.local.cloud.store.get(instance)!.model["compartmentId"]);
  const query = { compartmentId };
  const startTime = new Date(Date.now() - 600_000).toISOString();
  const endTime = new Date(Date.now() + 60_000).toISOString();
  const values = async (name: string): Promise<number[]> => {
    const { body } = await administrator.call<unknown>("monitoring.SummarizeMetricsData", {
      ...{ query, body: { namespace: "app", query: `${name}[1m].max()`, startTime, endTime } },
    });
    const [stream] = body as { dimensions: object; aggregatedDatapoints: { value: number }[] }[];
    expect(stream?.dimensions).toEqual({ resourceId: instance });
    return stream!.aggregatedDatapoints.map((p) => p.value);
  };
  expect(await values("keyless_proof_ok")).toContain(1);
  expect(Math.max(...(await values("keyless_proof_runs")))).toBeGreaterThan(2);
});

it("a change that breaks access is not good while the check waits", { timeout: 120_000 }, async () => {
  const good = await verify("--timeout", "0");
  expect(good).toMatchObject({ code: 0, result: { ok: true } });
  expect(good.result.verdict.documentSha256).toBe(deployedSha256(up.local, instance));

  const [policyId] = outputs["policies"] as string[];
  const { body } = await up.client.call("identity.GetPolicy", { params: { policyId: policyId! } });
  const statements = (body["statements"] as string[]).map((s) =>
    s.replace("SECRET_BUNDLE_READ", "SECRET_BUNDLE_INSPECT"),
  );
  await up.client.call("identity.UpdatePolicy", { params: { policyId: policyId! }, body: { statements } });
  const deployed = await documentOf(up.client, instance);
  const changed = { ...deployed, check: { ...deployed.check, deadlineS: 8 } };
  const signed = await signDocument(up.client, outputs, changed);
  await putDocument(up.client, instance, JSON.stringify(signed));
  const sha256 = deployedSha256(up.local, instance);
  const bad = await verify("--timeout", "60");
  expect(bad).toMatchObject({
    code: 1,
    result: { ok: false, cause: "not-authorised", documentSha256: sha256 },
  });
  expect(bad.result.verdict).toMatchObject({ documentSha256: sha256, proof: { runs: 1 } });
  expect(bad.stderr).toMatch(/no verdict yet after \d+ s; .*before the change/);
});
