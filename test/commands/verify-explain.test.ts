/** Every fault that ends badly is explained: the cause, the thing to blame, and what to do. */
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readStackConfig } from "../../commands/stack-config.ts";
import { faults } from "../../commands/start/faults.ts";
import { runStory } from "../../commands/start/story.ts";
import { explain } from "../../commands/verify/explain.ts";
import type { Explanation } from "../../commands/verify/explanation.ts";
import { clientAs } from "../../local/client.ts";

/** Explanations may take this long. */
const MOST_MS = 5_000;

const config: Record<string, string> = {
  ...readStackConfig(resolve(import.meta.dirname, "../../Pulumi.local.yaml")),
  "keyless:deadlineS": "2",
};
delete config["keyless:access"];

interface Explained {
  deployer: Explanation;
  administrator: Explanation;
  decoy: string;
  instance: string;
  ms: number;
}

const explained = async (name: string): Promise<Explained> => {
  let found: Explained | undefined;
  await runStory({
    config,
    stack: "local",
    engine: "embedded",
    machine: "process",
    fault: faults.find((f) => f.name === name),
    signal: new AbortController().signal,
    progress: () => {},
    onVerdict: async ({ local, client, stack, verdict }) => {
      const instanceId = String(stack.outputs["instance"]);
      const input = { tenancyId: local.cloud.tenancy.id, instanceId, verdict };
      const start = performance.now();
      const deployer = await explain(client, input);
      const ms = performance.now() - start;
      const administrator = await explain(
        clientAs(local.administrator, local.addresses, local.cloud.realm.domain),
        input,
      );
      found = { deployer, administrator, decoy: String(stack.outputs["decoy"]), instance: instanceId, ms };
    },
  });
  return found!;
};

/** What the explanation of a fault must say to the deployer. */
const expected: Record<string, { code: string; says: (e: Explained) => (string | RegExp)[]; fix: RegExp }> = {
  "no-policy": {
    code: "statement-action",
    says: () => [/No statement grants GetSecretBundle/, /SECRET_BUNDLE_INSPECT/],
    fix: /pulumi up/,
  },
  "other-instance": {
    code: "rule-does-not-select",
    says: (e) => [e.instance, /instance\.id = 'ocid1\.instance\.\S+zzzzzz' is not true/],
    fix: /pulumi up/,
  },
  "other-secret": {
    code: "statement-condition",
    says: (e) => [`target.secret.id = '${e.decoy}'`],
    fix: /pulumi up/,
  },
  "secret-pending-deletion": {
    code: "secret-not-active",
    says: () => [/is PENDING_DELETION, to be deleted on \d{4}-\d\d-\d\d/],
    fix: /cancel-secret-deletion --secret-id ocid1\.vaultsecret/,
  },
  "no-where": {
    code: "statement-too-wide",
    says: () => [/read the sibling secret's content/, /\(it has no where\)/],
    fix: /pulumi up/,
  },
  "too-wide": {
    code: "granted-elsewhere",
    says: () => [/No statement that you may read grants it/, /the policies attached to the tenancy/],
    fix: /verify/,
  },
  "no-decoy": {
    code: "target-absent",
    says: (e) => [e.decoy, /does not exist/],
    fix: /pulumi up/,
  },
  "clock-skew": { code: "clock", says: () => [/clock is (599|60\d) s off/], fix: /chronyc makestep/ },
  "auth-down": {
    code: "auth-service",
    says: () => [/could not get a security token/, /routed to Oracle's services/],
    fix: /status page/,
  },
  "tampered-bundle": {
    code: "bundle-changed",
    says: () => [/not the one that was deployed, and was not started/, /The stored object is right/],
    fix: /pulumi up/,
  },
};

describe("explain", { timeout: 120_000 }, () => {
  it("has an expectation for every fault that ends badly", () => {
    expect(Object.keys(expected).sort()).toEqual(
      faults
        .filter((f) => f.end.length)
        .map((f) => f.name)
        .sort(),
    );
  });

  for (const [name, { code, says, fix }] of Object.entries(expected))
    it(`says what is wrong with ${name}`, async () => {
      const found = await explained(name);
      const { deployer, administrator } = found;
      expect(deployer.code, deployer.says).toBe(code);
      for (const text of says(found)) {
        if (typeof text === "string") expect(deployer.says).toContain(text);
        else expect(deployer.says).toMatch(text);
      }
      expect(deployer.fix).toMatch(fix);
      expect(found.ms).toBeLessThan(MOST_MS);
      if (name === "too-wide")
        expect(administrator).toMatchObject({
          code: "statement-too-wide",
          says: expect.stringMatching(
            /policy keyless-fault-too-wide in the tenancy: .*manage secret-family in tenancy/,
          ),
        });
    });
});
