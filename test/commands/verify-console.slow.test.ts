/** `npm run verify` as it is called, on consoles as they may be: long, garbled, of several boots, out of reach. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { clientVariables } from "../../commands/local/environment.ts";
import { frameHeartbeat, frameVerdict, type Verdict } from "../../document/verdict.ts";
import { clientAs } from "../../local/client.ts";
import { serviceUnavailable } from "../../local/errors.ts";
import { errorReply } from "../../local/gateway/reply.ts";
import type { LocalOci } from "../../local/index.ts";
import { consoleMachines } from "../support/console-machines.ts";
import { deployedSha256, redeploy } from "../support/deployed.ts";
import { localStack } from "../support/local-stack.ts";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

let local: LocalOci;
let instance: string;
let written: Buffer;
let environment: NodeJS.ProcessEnv;

const BOOT = "[    0.000000] Linux version 6.12\n";
const verdict = (over: Partial<Verdict> = {}): Verdict => ({
  version: 1,
  ok: true,
  instance,
  documentSha256: deployedSha256(local, instance),
  secret: { id: "ocid1.vaultsecret.oc1.iad.a", version: 1, stages: ["CURRENT"] },
  probes: [],
  time: new Date().toISOString(),
  proof: { runs: 1, everyS: 600, heartbeatS: 3600 },
  ...over,
});
const agoS = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

interface Result {
  ok: boolean;
  cause?: string;
  documentSha256?: string;
  before?: Partial<Verdict>;
  ageS?: number;
  provedBy?: string;
  verdict?: Verdict;
  explanation?: { code: string; says: string; fix: string };
}

const verifyArgs = (...args: string[]) => ["run.mjs", "verify", "--instance", instance, "--json", ...args];
const verify = async (...args: string[]): Promise<{ code: number; result: Result; stderr: string }> => {
  const [script, ...rest] = verifyArgs(...args);
  const options = { cwd: root, env: environment };
  const ended = await run(process.execPath, [join("commands", script!), ...rest], options).then(
    (r) => ({ ...r, code: 0 }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  const last = ended.stdout.trim().split("\n").at(-1)!;
  return { code: ended.code, stderr: ended.stderr, result: last ? JSON.parse(last) : undefined };
};

beforeAll(async () => {
  const started = await localStack({
    settings: { transitionMs: 0 },
    machineDriver: consoleMachines(() => written.subarray(-1_048_576)),
  });
  local = started.local;
  written = Buffer.alloc(0);
  instance = String((await started.engine().up()).outputs["instance"]);
  const { proxyUrl, caFile } = local.addresses;
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OCI|TF_VAR)_/.test(name));
  environment = {
    ...Object.fromEntries(inherited),
    ...clientVariables({ proxyUrl, caFile, configFile: "/nonexistent", identity: local.deployer }),
  };
});
afterAll(() => local.close());
beforeEach(() => {
  written = Buffer.alloc(0);
  local.interceptors.length = 0;
});

it("reads the present boot's last verdict out of a long and garbled console", async () => {
  const noise = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * 7919) % 256));
  const lookalikes = [
    "KEYLESS-VERDICT",
    "KEYLESS-VERDICT 5 0000000000000000 {bad}",
    `KEYLESS-VERDICT 3 ${createHash("sha256").update("abc").digest("hex").slice(0, 16)} abc`,
    `KEYLESS-VERDICT ${"9".repeat(400)} 0123456789abcdef {}`,
    frameVerdict(verdict({ instance: "ocid1.instance.oc1.iad.other", ok: false, cause: "clock" })),
    frameVerdict(verdict({ boot: "cut" })).slice(0, 80),
  ];
  const present = frameVerdict(verdict({ boot: "two" }));
  const middle = present.indexOf("instance");
  written = Buffer.concat([
    noise,
    Buffer.from(frameVerdict(verdict({ boot: "one", ok: false, cause: "token" }))),
    Buffer.from(`GRUB loading. \x1b[2J\x1b[1;1H${BOOT}`),
    noise,
    Buffer.from(frameVerdict(verdict({ boot: "two", ok: false, cause: "token" }))),
    Buffer.from(
      `${present.slice(0, middle)}[   12.345678] audit: backlog\r\n${present.slice(middle)}${lookalikes.join("\n")}`,
    ),
  ]);
  const { code, result } = await verify("--timeout", "0");
  expect(result).toMatchObject({ ok: true, verdict: { boot: "two", ok: true } });
  expect(code).toBe(0);
  // The capture is deleted.
  expect(local.cloud.store.list("consolehistory")).toEqual([]);
});

it("takes no verdict of a boot before, also where the kernel is quiet", async () => {
  const old = frameVerdict(verdict({ boot: "one" }));
  for (const begin of [BOOT, "Cloud-init v. 24.4 running 'init-local' at Thu, 26 Nov 2026\n"]) {
    written = Buffer.from(`${old}${begin}booting`);
    const { code, result } = await verify("--timeout", "0");
    expect(result).toMatchObject({ ok: false, cause: "no-verdict", explanation: { code: "silent" } });
    expect(code).toBe(1);
  }
});

it("says that the console may not be read, not that it is empty", async () => {
  const policy = local.cloud.store
    .list("policy")
    .find((p) => (p.model["statements"] as string[]).some((s) => s.includes("console-histories")))!;
  const statements = policy.model["statements"] as string[];
  const administrator = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
  const update = (list: string[]) =>
    administrator.call("identity.UpdatePolicy", {
      params: { policyId: policy.id },
      body: { statements: list },
    });
  await update(statements.filter((s) => !s.includes("console-histories")));
  try {
    const { code, result } = await verify("--timeout", "60");
    expect(result.explanation).toMatchObject({
      code: "console-unreadable",
      fix: expect.stringContaining("manage console-histories"),
    });
    expect(code).toBe(1);
  } finally {
    await update(statements);
  }
});

it("says that credentials are refused, and which are missing", async () => {
  const env = environment;
  environment = { ...env, OCI_FINGERPRINT: "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff" };
  expect((await verify("--timeout", "0")).stderr).toMatch(/401 NotAuthenticated/);
  environment = { ...env, OCI_FINGERPRINT: "" };
  const without = await verify("--timeout", "0");
  environment = env;
  expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining("/nonexistent") });
});

it("goes on when OCI is busy, and says so", async () => {
  written = Buffer.from(frameVerdict(verdict()));
  let left = 2;
  local.interceptors.push(({ target }) =>
    target.includes("instanceConsoleHistories") && left-- > 0 ? errorReply(serviceUnavailable()) : undefined,
  );
  const { code, stderr } = await verify("--timeout", "30");
  expect(stderr.match(/trying again/g)).toHaveLength(2);
  expect(code).toBe(0);
});

it("says how old the proof is, and refuses one that is not said again", async () => {
  const old = verdict({ time: agoS(2 * 3600) });
  written = Buffer.from(frameVerdict(old));
  const stale = await verify("--timeout", "0");
  expect(stale).toMatchObject({
    code: 1,
    result: { ok: false, cause: "stale", explanation: { code: "proof-too-old" } },
  });
  expect(stale.stderr).toMatch(/The last proof is 72\d\d s old; a check that runs says within 4800 s/);

  const { documentSha256 = "", proof } = old;
  const beat = { version: 1, ok: true, documentSha256, boot: "b", time: agoS(100), proof: proof! } as const;
  written = Buffer.from(frameVerdict(old) + frameHeartbeat(beat));
  const fresh = await verify("--timeout", "0");
  expect(fresh).toMatchObject({ code: 0, result: { ok: true } });
  expect(fresh.result.ageS).toBeGreaterThanOrEqual(100);
  expect(fresh.result.verdict).toMatchObject({ documentSha256, ageS: fresh.result.ageS });
  expect(fresh.stderr).toMatch(/proved 1\d\d s ago; all is tried every 600 s/);

  // A good verdict of which nobody knows when it was so proves nothing.
  written = Buffer.from(frameVerdict(verdict({ time: undefined })));
  expect((await verify("--timeout", "0")).result).toMatchObject({ ok: false, cause: "stale" });
});

it("takes the posted metric where the console's line is older than two intervals, and refuses an older one", async () => {
  const administrator = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
  const compartmentId = String(local.cloud.store.get(instance)!.model["compartmentId"]);
  const post = (time: string, value: number) =>
    administrator.call("monitoring.PostMetricData", {
      body: {
        metricData: [
          {
            ...{ namespace: "proofs", compartmentId, name: "keyless_proof_ok" },
            dimensions: { resourceId: instance },
            datapoints: [{ timestamp: time, value }],
          },
        ],
      },
    });
  redeploy(local, instance, (document) => {
    document.check.metrics = { namespace: "proofs", compartmentId };
  });
  // Half an hour: the console alone would do, since it says an unchanged proof once an hour.
  written = Buffer.from(frameVerdict(verdict({ time: agoS(1800) })));
  // The deployer may not read metrics: what the console says counts.
  expect((await verify("--timeout", "0")).result).toMatchObject({ ok: true, provedBy: "console" });

  await administrator.call("identity.CreatePolicy", {
    body: {
      compartmentId: local.cloud.tenancy.id,
      name: "read-metrics",
      description: "verify reads the proof's metric",
      statements: ["Allow group Deployers to read metrics in tenancy"],
    },
  });
  const none = await verify("--timeout", "0");
  expect(none).toMatchObject({ code: 1, result: { cause: "stale", explanation: { code: "proof-too-old" } } });
  expect(none.stderr).toMatch(/within 1260 s/);
  await post(agoS(1500), 1);
  expect((await verify("--timeout", "0")).result).toMatchObject({ cause: "stale" });
  await post(agoS(700), 1);
  const fresh = await verify("--timeout", "0");
  expect(fresh).toMatchObject({ code: 0, result: { ok: true, provedBy: "metrics" } });
  expect(fresh.result.ageS).toBeLessThan(800);
  expect(fresh.stderr).toMatch(/proved 7\d\d s ago, by the posted metric; /);
  // The newest run did not prove all, and its line is lost.
  await post(agoS(100), 0);
  expect((await verify("--timeout", "0")).result).toMatchObject({ cause: "stale" });
  redeploy(local, instance, (document) => {
    delete document.check.metrics;
  });
});

it("takes a verdict only of the document that is deployed now, and waits for it", async () => {
  const old = frameVerdict(verdict({ boot: "one", time: "2026-11-27T09:00:00.000Z" }));
  redeploy(local, instance, (document) => {
    document.check.deadlineS += 1;
  });
  written = Buffer.from(old);
  const sha256 = deployedSha256(local, instance);
  const silent = await verify("--timeout", "0");
  expect(silent).toMatchObject({
    code: 1,
    result: {
      ok: false,
      cause: "no-verdict",
      documentSha256: sha256,
      before: { ok: true, time: "2026-11-27T09:00:00.000Z" },
      explanation: { code: "not-said-since-change" },
    },
  });
  expect(silent.result.verdict).toBeUndefined();
  expect(silent.stderr).toMatch(/before the change: good, 2026-11-27T09:00:00.000Z, document [0-9a-f]{12}/);

  // It comes while verify waits: nothing is said of the machine but what the console says.
  let looks = 0;
  local.interceptors.push(({ method, target }) => {
    if (method === "POST" && target.includes("instanceConsoleHistories") && ++looks === 2)
      written = Buffer.from(old + frameVerdict(verdict({ boot: "one", ok: false, cause: "not-authorised" })));
    return undefined;
  });
  const { code, result, stderr } = await verify("--timeout", "30");
  expect(stderr).toMatch(/no verdict yet after \d+ s; .*; before the change: good/);
  expect(result).toMatchObject({
    ok: false,
    cause: "not-authorised",
    verdict: { documentSha256: sha256 },
  });
  expect(code).toBe(1);
});

/** Watches in a process of its own. */
const watch = () => {
  const lines: string[] = [];
  const [script, ...rest] = verifyArgs("--watch", "--timeout", "30");
  const child: ChildProcess = spawn(process.execPath, [join("commands", script!), ...rest], {
    cwd: root,
    env: environment,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise<number | null>((done) => child.on("close", done));
  child
    .stdout!.setEncoding("utf8")
    .on("data", (text: string) => lines.push(...text.split("\n").filter(Boolean)));
  return {
    results: () => lines.map((line) => JSON.parse(line) as Result),
    printed: (count: number) =>
      new Promise<void>((done) => {
        const look = () => (lines.length >= count ? done() : setTimeout(look, 20));
        look();
      }),
    end: () => {
      child.kill("SIGINT");
      return ended;
    },
  };
};

it("--watch prints every new verdict, two at once too, and ends with the last one's code", async () => {
  const watching = watch();
  const say = (over: Partial<Verdict>) => {
    written = Buffer.concat([written, Buffer.from(frameVerdict(verdict(over)))]);
  };
  say({ boot: "a" });
  await watching.printed(1);
  const many =
    frameVerdict(verdict({ boot: "b" })) +
    frameVerdict(verdict({ boot: "c", ok: false, cause: "clock", says: "x" }));
  written = Buffer.concat([written, Buffer.from(many)]);
  await watching.printed(3);
  expect(await watching.end()).toBe(1);
  expect(watching.results().map((result) => result.verdict?.boot)).toEqual(["a", "b", "c"]);
});

it("--watch says when nobody says any more that it is so, once, and when somebody does again", async () => {
  const proof = { runs: 1, everyS: 1, heartbeatS: 1 };
  const old = verdict({ proof });
  written = Buffer.from(frameVerdict(old));
  const watching = watch();
  await watching.printed(2);
  const beat = { version: 1, ok: true, documentSha256: old.documentSha256!, boot: "b" } as const;
  const again = { ...beat, time: new Date(Date.now() + 240_000).toISOString(), proof };
  written = Buffer.concat([written, Buffer.from(frameHeartbeat(again))]);
  await watching.printed(3);
  expect(await watching.end()).toBe(0);
  expect(watching.results().map(({ ok, cause }) => [ok, cause])).toEqual([
    [true, undefined],
    [false, "stale"],
    [true, undefined],
  ]);
}, 60_000);
