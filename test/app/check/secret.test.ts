import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Attempt } from "../../../app/check/read-secret.ts";
import { readSecretUntil } from "../../../app/check/secret.ts";

const READ = { outcome: "read", value: Buffer.from("x"), versionNumber: 1, stages: [] } as unknown as Attempt;
let attempts: Promise<Attempt>[] = [];
vi.mock("../../../app/check/read-secret.ts", () => ({ readSecret: () => attempts.shift() }));
// The same timers as a promise, so that they can be moved.
vi.mock("node:timers/promises", () => ({
  setTimeout: (ms: number, value: unknown) => new Promise((resolve) => setTimeout(resolve, ms, value)),
}));
// The cause of a failure is not what is tested: it would measure the clock.
vi.mock("../../../app/check/clock.ts", () => ({ measureSkewMs: async () => 0, isSkewed: () => false }));

const IDENTITY = {
  id: "ocid1.instance.oc1.iad.aaaa",
  regionInfo: { regionIdentifier: "us-ashburn-1", realmDomainComponent: "oraclecloud.com" },
} as unknown as Parameters<typeof readSecretUntil>[1];
const hangs = (): Promise<Attempt> => new Promise(() => {});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const read = async (forMs: number) => {
  const startMs = Date.now();
  const signal = new AbortController().signal;
  let tookMs = 0;
  const reading = readSecretUntil(
    "ocid1.vaultsecret.oc1.iad.aaaa",
    IDENTITY,
    startMs + forMs,
    signal,
  ).finally(() => {
    tookMs = Date.now() - startMs;
  });
  await vi.runAllTimersAsync();
  return { ...(await reading), tookMs };
};

it("a try that hangs is given up for another one, long before the deadline", async () => {
  attempts = [hangs(), Promise.resolve(READ)];
  const { attempt, tries, tookMs } = await read(3_600_000);
  expect({ outcome: attempt.outcome, tries }).toEqual({ outcome: "read", tries: 2 });
  expect(tookMs).toBeLessThan(62_000);
});

it("the last try says how long it was waited for", async () => {
  attempts = [hangs(), hangs(), hangs()];
  const { attempt, tries } = await read(100_000);
  expect(attempt).toEqual({
    outcome: "no-token",
    message: expect.stringMatching(/^no response within \d+ s$/),
  });
  expect(tries).toBe(2);
});
