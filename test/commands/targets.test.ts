/** A refusal whose target is gone proves nothing: the deployer looks at every kind of it. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { evaluateTargets } from "../../commands/shared/verdict/targets.ts";
import type { ProbeResult, Verdict } from "../../document/verdict.ts";
import type { LocalOci } from "../../local/index.ts";
import type { OciClient } from "../../oci/client.ts";
import { localStack } from "../support/local-stack.ts";
import { storeOf } from "../support/store.ts";

let local: LocalOci;
let client: OciClient;
let restore: () => void;
let targets: Record<string, string>;

beforeAll(async () => {
  const started = await localStack({ settings: { transitionMs: 0 } });
  ({ local, client } = started);
  const { outputs } = await started.engine().up();
  const bucket = local.cloud.store.list("bucket").find((b) => String(b.model["name"]).includes("release"))!;
  const [object] = bucket.hidden.objects.keys();
  targets = {
    vaultsecret: String(outputs["decoy"]),
    vault: String(outputs["vault"]),
    key: String(outputs["key"]),
    instance: String(outputs["instance"]),
    bucket: "invoices",
    object: `${bucket.model["name"]}/${object}`,
    compartment: local.cloud.tenancy.id,
  };
  restore = storeOf(local);
});
afterAll(() => local.close());
beforeEach(() => restore());

const probe = (name: string): ProbeResult => ({
  name,
  says: `read ${name}`,
  operation: "x.Y",
  target: { id: targets[name]!, seen: "stack" },
  expected: "refused",
  observed: "refused",
  status: 404,
  ok: true,
});
const evaluate = async (...names: string[]) =>
  evaluateTargets(client, { version: 1, ok: true, probes: names.map(probe) } satisfies Verdict);

it("finds what is there", async () => {
  expect(await evaluate(...Object.keys(targets))).toMatchObject({ ok: true });
});

it.each(["vaultsecret", "vault", "key", "instance", "bucket", "object"])(
  "misses a %s that is gone",
  async (kind) => {
    const id = targets[kind]!;
    if (kind === "object") {
      const [name, object] = id.split("/") as [string, string];
      const bucket = local.cloud.store.list("bucket").find((b) => b.model["name"] === name)!;
      bucket.hidden.objects.delete(object);
    } else if (kind === "bucket")
      local.cloud.store.remove(local.cloud.store.list("bucket").find((b) => b.model["name"] === id)!.id);
    else local.cloud.store.remove(id);
    const evaluated = await evaluate(kind === "key" ? "vault" : "compartment", kind);
    expect(evaluated).toMatchObject({
      ok: false,
      cause: "unproven",
      says: expect.stringContaining(`read ${kind}`),
    });
    expect(evaluated.probes.filter((p) => !p.ok).map((p) => p.name)).toEqual([kind]);
  },
);
