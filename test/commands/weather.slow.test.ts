/** Every command's calls in bad weather: each answered once by 429, 503, a cut, silence, or done and its response lost. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { driftOf } from "../../commands/access/drift.ts";
import { settingsIn } from "../../commands/access/stack-file.ts";
import { explain } from "../../commands/shared/explain/explain.ts";
import { awaitVerdict } from "../../commands/shared/verdict/await.ts";
import { evaluateTargets } from "../../commands/shared/verdict/targets.ts";
import { checkDigest } from "../../commands/start/verdict.ts";
import { ownerOf, scopeOf } from "../../commands/teardown/scope.ts";
import { sweep } from "../../commands/teardown/sweep.ts";
import type { KeylessDocument } from "../../document/schema.ts";
import { frameVerdict, type Verdict } from "../../document/verdict.ts";
import { EmbeddedEngine, type Stack } from "../../engine/engine.ts";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import { clientAs } from "../../local/client.ts";
import type { LocalOci } from "../../local/index.ts";
import { noMachines } from "../../local/machines/none.ts";
import { makeWorkload } from "../../local/workload.ts";
import type { OciClient } from "../../oci/client.ts";
import { deployedSha256 } from "../support/deployed.ts";
import { startTestOci } from "../support/local-oci.ts";
import { localConfig, localStack } from "../support/local-stack.ts";
import { KEPT, leftOf, storeOf } from "../support/store.ts";
import { CALL_FAILURES, type CallFailure, gust, policyFor, storm, type Weather } from "../support/weather.ts";

const file = resolve(import.meta.dirname, "../../Pulumi.local.yaml");
const settings = settingsIn(file, readFileSync(file, "utf8"));

let local: LocalOci;
let stack: Stack;
let restore: () => void;
let verdict: Verdict;
let written = "";

/** Does some work with a client that the weather is on. */
const under = async <T>(
  { interceptor, through }: Weather,
  kind: CallFailure,
  work: (client: OciClient) => Promise<T>,
  as: "deployer" | "administrator" = "deployer",
): Promise<T> => {
  const client = clientAs(local[as], local.addresses, local.cloud.realm.domain, {
    retry: policyFor(kind),
    through,
  });
  local.interceptors.push(interceptor);
  try {
    return await work(client);
  } finally {
    local.interceptors.length = 0;
    await client.close();
  }
};

beforeAll(async () => {
  const driver = noMachines();
  const started = await localStack({
    settings: { transitionMs: 0 },
    machineDriver: {
      ...driver,
      name: "process",
      launch: async (spec) => ({ ...(await driver.launch(spec)), console: () => Buffer.from(written) }),
    },
  });
  local = started.local;
  stack = await started.engine().up();
  const instance = String(stack.outputs["instance"]);
  const refused = [
    stack.outputs["decoy"],
    stack.outputs["vault"],
    stack.outputs["key"],
    "invoices",
    instance,
  ];
  verdict = {
    version: 1,
    ok: true,
    instance,
    documentSha256: deployedSha256(local, instance),
    secret: { id: String(stack.outputs["secret"]), version: 1, stages: ["CURRENT"] },
    probes: refused.map((id, i) => ({
      name: `p${i}`,
      says: `try ${i}`,
      operation: "vault.GetSecret",
      target: { id: String(id), seen: "made" },
      expected: "refused",
      observed: "refused",
      status: 404,
      ok: true,
    })) as Verdict["probes"],
  };
  restore = storeOf(local);
});
afterAll(() => local.close());

/** What a command does with its client, and how it must end. */
const COMMANDS: Readonly<Record<string, (client: OciClient) => Promise<void>>> = {
  teardown: async (client) => {
    const scope = await scopeOf(client, settings, local.cloud.tenancy.id);
    const swept = await sweep({
      scope,
      owner: ownerOf(settings),
      progress: () => {},
      pauseMs: 0,
      mostIdleRounds: 40,
    });
    expect(swept).toMatchObject({ done: true, errors: [], unread: [] });
    expect(leftOf(local)).toEqual(KEPT);
  },
  verify: async (client) => {
    written = frameVerdict(verdict);
    const { instance: instanceId = "" } = verdict;
    const common = { client, instanceId, progress: () => {}, longestWaitMs: 1 };
    const found = await awaitVerdict({ ...common, timeoutMs: 60_000 });
    expect(await evaluateTargets(client, found.verdict!)).toMatchObject({ ok: true });
    const tenancyId = local.cloud.tenancy.id;
    const why = async (v?: Partial<Verdict>) =>
      (
        await explain(client, {
          tenancyId,
          instanceId,
          console: "x",
          verdict: v && { ...verdict, ok: false, ...v },
        })
      ).code;
    expect(await why()).toBe("silent");
    expect(await why({ cause: "not-authorised", secret: { id: "s" } } as Partial<Verdict>)).toMatch(/./);
    expect(await why({ cause: "bundle", says: "SHA-256 differs" })).toBe("bundle-changed");
    expect(local.cloud.store.list("consolehistory")).toEqual([]);
  },
  "access drift": async (client) => {
    const found = await driftOf(client, settings, local.cloud.tenancy.id, verdict.instance!);
    expect(found.drift).toEqual([]);
  },
};

describe.each(Object.entries(COMMANDS))("%s", (_, command) => {
  it.each(CALL_FAILURES)("every call meets %s once", async (kind) => {
    restore();
    const weather = storm(kind);
    await under(weather, kind, command);
    expect(weather.counts.failed).toBeGreaterThan(5);
    expect(weather.counts.seen).toBeGreaterThanOrEqual(2 * weather.counts.failed);
  });

  it.each(CALL_FAILURES)("single calls meet %s, in turn", async (kind) => {
    // That every call is met is said above; what was done and is not known is tried at each, silence costs its time.
    const step = { lost: 1, "time-out": 7 }[kind as string] ?? 3;
    for (let nth = 1; ; nth += step) {
      restore();
      const weather = gust(kind, nth);
      await under(weather, kind, command).catch((error: Error) => {
        throw new Error(`call ${nth}: ${error.message}`, { cause: error });
      });
      if (weather.counts.failed === 0) return;
    }
  });
});

describe("start", () => {
  it.each(CALL_FAILURES)("provisions and removes, every call meets %s once", async (kind) => {
    const other = await localStack({ settings: { transitionMs: 0 } });
    const weather = storm(kind);
    const client = clientAs(other.local.deployer, other.local.addresses, other.local.cloud.realm.domain, {
      retry: policyFor(kind),
      through: weather.through,
    });
    other.local.interceptors.push(weather.interceptor);
    try {
      const engine = new EmbeddedEngine({
        client,
        regionId: other.local.deployer.region,
        project: "keyless",
        stack: "local",
        config: localConfig(),
        program: async () => (await import("../../infra/index.ts")).default(),
      });
      const { outputs } = await engine.up();
      const instance = other.local.cloud.store.get(String(outputs["instance"]), "instance")!;
      const document = JSON.parse(instance.model.metadata["keyless"]!) as KeylessDocument;
      // Nothing was made twice.
      for (const type of ["instance", "vcn", "subnet", "dynamicgroup"])
        expect(other.local.cloud.store.list(type), type).toHaveLength(1);
      const read = structuredClone(verdict);
      read.secret!.digest = "00";
      const administrator = clientAs(
        other.local.administrator,
        other.local.addresses,
        other.local.cloud.realm.domain,
        { retry: policyFor(kind), through: weather.through },
      );
      await checkDigest(administrator, document, read, "n");
      await administrator.close();
      expect(read.cause).toBe("service");
      const left = await engine.destroy();
      expect(left.map((l) => l.state)).toEqual(left.map(() => "PENDING_DELETION"));
      expect(leftOf(other.local)).toEqual(KEPT);
      expect(weather.counts.failed).toBeGreaterThan(60);
    } finally {
      await client.close();
      await other.local.close();
    }
  });
});

describe("local", () => {
  it.each(CALL_FAILURES)("has its applications, every call meets %s once", async (kind) => {
    const weather = storm(kind);
    const plain = await startTestOci({ interceptors: [weather.interceptor] });
    const client = clientAs(plain.administrator, plain.addresses, plain.cloud.realm.domain, {
      retry: policyFor(kind),
      through: weather.through,
    });
    try {
      const made = await makeWorkload(client, WELL_KNOWN.compartments.app, plain.cloud.tenancy.namespace);
      expect(plain.cloud.store.get(made.secretId)?.model.lifecycleState).toBe("ACTIVE");
      for (const type of ["vault", "log", "vaultsecret"])
        expect(plain.cloud.store.list(type)).toHaveLength(1);
      expect(plain.cloud.store.list("bucket")).toHaveLength(2);
    } finally {
      await client.close();
      await plain.close();
    }
  });
});
