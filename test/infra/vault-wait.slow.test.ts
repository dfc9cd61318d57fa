/** A new vault's host has no address for minutes: its key is made when there is one. */
import { describe, expect, test, vi } from "vitest";
import { untilReached } from "../../infra/vault-wait.ts";
import { minimal, ocid, only, results, runProgram } from "./support/run-program.ts";

vi.mock("../../infra/bundle.ts", () => ({
  buildBundle: async () => ({ path: "/x", content: "// app\n", sha256: "ab".repeat(32) }),
}));

const CREATED = "2026-01-31 12:00:00 +0000 UTC";
const CREATED_MS = Date.UTC(2026, 0, 31, 12);
const NO_HOST = 'error: Get "https://x-management.kms.y/20180608/keys": dial tcp: lookup x: no such host';

/** Waits for a host that is reached after so long, by a clock of its own. */
const wait = async (failure: string, forMs: number, startMs = CREATED_MS) => {
  let nowMs = startMs;
  let asked = 0;
  const told: string[] = [];
  const ask = async () => {
    asked++;
    if (nowMs < startMs + forMs) throw new Error(failure);
  };
  await untilReached(ask, CREATED, {
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
    tell: async (message) => void told.push(message),
  });
  return { asked, told: told.length, waitedMs: nowMs - startMs };
};

describe("the wait", () => {
  test("is none for a host that is reached, and for a vault of an earlier deployment", async () => {
    expect(await wait(NO_HOST, 0)).toEqual({ asked: 1, told: 0, waitedMs: 0 });
    expect(await wait(NO_HOST, 60_000, CREATED_MS + 3_600_000)).toEqual({ asked: 0, told: 0, waitedMs: 0 });
  });
  test.each([NO_HOST, "getaddrinfo ENOTFOUND x-management.kms.y"])(
    "lasts while it fails by: %s",
    async (failure) => {
      expect(await wait(failure, 120_000)).toEqual({ asked: 25, told: 1, waitedMs: 120_000 });
    },
  );
  test("ends after a quarter of an hour: the key's creation says why", async () => {
    expect((await wait(NO_HOST, Number.MAX_SAFE_INTEGER)).waitedMs).toBe(900_000);
  });
  test("is none for what OCI refuses", async () => {
    expect(await wait("404-NotAuthorizedOrNotFound", 60_000)).toEqual({ asked: 1, told: 0, waitedMs: 0 });
  });
});

test("the program makes no key before the vault's host is reached", async () => {
  const order: string[] = [];
  let asked = 0;
  const run = await runProgram(minimal, {
    results: {
      ...results,
      getKeys: ({ managementEndpoint, compartmentId }) => {
        order.push(`asked ${String(compartmentId).slice(0, 18)} at ${String(managementEndpoint).slice(-23)}`);
        // As gRPC has it between engine and program.
        if (asked++ === 0) throw Object.assign(new Error(NO_HOST), { details: NO_HOST });
        return { keys: [] };
      },
    },
    onResource: (type) => void (type.endsWith(":Key") && order.push("made a key")),
  });
  const once = "asked ocid1.compartment. at -management.kms.example";
  expect(order).toEqual([once, once, "made a key", "made a key"]);
  expect(only(run, "Key", "secret-key").inputs["managementEndpoint"]).toMatch(/-management\.kms\.example$/);
}, 30_000);

test("an existing vault has no wait", async () => {
  const run = await runProgram({
    ...minimal,
    "keyless:vaultId": ocid("vault", "theirs"),
    "keyless:keyId": ocid("key", "theirs"),
  });
  expect(run.calls.filter(({ token }) => token.endsWith(":getKeys"))).toEqual([]);
});
