/** A new tag key is used only when OCI's services know it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { remainingMs } from "../../infra/remaining.ts";
import { localStack } from "../support/local-stack.ts";

const CREATED_MS = Date.UTC(2026, 0, 31, 12, 0, 0);

describe("how long", () => {
  test.each([
    ["2026-01-31T12:00:00.000Z", "RFC 3339"],
    ["2026-01-31 12:00:00 +0000 UTC", "as the provider writes it"],
    ["2026-01-31 12:00:00.000 +0000 UTC", "with a fraction"],
  ])("%s: %s", (created) => {
    expect(remainingMs(created, CREATED_MS + 20_000, 60_000)).toBe(40_000);
    expect(remainingMs(created, CREATED_MS + 60_000, 60_000)).toBe(0);
    expect(remainingMs(created, CREATED_MS + 86_400_000, 60_000)).toBe(0);
    expect(remainingMs(created, CREATED_MS - 3_600_000, 60_000), "a clock that is behind").toBe(60_000);
  });
  test("the whole wait when the time says nothing", () => {
    expect(remainingMs("soon", CREATED_MS, 60_000)).toBe(60_000);
  });
});

describe("a local OCI that takes new tags late", () => {
  let stack: Awaited<ReturnType<typeof localStack>>;
  beforeAll(async () => {
    stack = await localStack({ settings: { transitionMs: 0 } });
  });
  afterAll(() => stack.local.close());
  const deploy = async (delayMs: number, tagWaitS: string): Promise<unknown> => {
    stack.local.cloud.settings.propagationMs = delayMs;
    const engine = stack.engine({ "keyless:selection": "tag", "keyless:tagWaitS": tagWaitS });
    try {
      return await engine.up();
    } finally {
      await engine.destroy();
    }
  };

  test("refuses the instance of a program that does not wait", async () => {
    await expect(deploy(3_600_000, "0")).rejects.toThrow("400 InvalidParameter: Invalid tags");
  });
  test("takes the instance of one that does", async () => {
    const { outputs } = (await deploy(2_000, "3")) as { outputs: Record<string, unknown> };
    expect(outputs["instance"]).toMatch(/^ocid1\.instance\./);
  });
});
