/** A new version of the secret is seen by the running app, and its verdict says which version it read. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { awaitVerdict } from "../../commands/shared/verdict/await.ts";
import { runScenario } from "../../commands/start/scenario.ts";
import { localConfig } from "../support/local-stack.ts";

it("a rotated secret is a new verdict, without a restart", { timeout: 120_000 }, async () => {
  const versions: unknown[] = [];
  const boots: unknown[] = [];
  const config = localConfig();
  delete config["keyless:access"];
  const outcome = await runScenario({
    config: { ...config, "keyless:checkEveryS": "1" },
    stack: "local",
    engine: "embedded",
    machine: "process",
    signal: new AbortController().signal,
    progress: () => {},
    onVerdict: async ({ client, stack, verdict }) => {
      versions.push(verdict?.secret?.version);
      boots.push(verdict?.boot);
      const instanceId = String(stack.outputs["instance"]);
      const content = Buffer.from("the second value").toString("base64");
      await client.call("vault.UpdateSecret", {
        params: { secretId: String(stack.outputs["secret"]) },
        body: { secretContent: { contentType: "BASE64", content }, enableAutoGeneration: false },
      });
      for (let tries = 0; tries < 100; tries += 1) {
        const next = await awaitVerdict({ client, instanceId, timeoutMs: 60_000, progress: () => {} });
        if (next.verdict?.secret?.version === 2) {
          versions.push(2);
          boots.push(next.verdict.boot);
          expect(next.verdict).toMatchObject({
            ok: true,
            secret: { stages: expect.arrayContaining(["CURRENT"]) },
          });
          expect(next.console).not.toContain("the second value");
          return;
        }
        await sleep(200);
      }
    },
  });
  expect(outcome.leftovers.length).toBeGreaterThan(0);
  expect(versions).toEqual([1, 2]);
  expect(boots[0]).toBe(boots[1]);
});
