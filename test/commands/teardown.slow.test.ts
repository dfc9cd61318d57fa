/** `npm run teardown` on a deployed stack: interrupted at every call, beside lookalikes, after half-done work. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settingsIn } from "../../commands/access/stack-file.ts";
import { inventory, type Owner } from "../../commands/teardown/inventory.ts";
import type { Scope } from "../../commands/teardown/removable-kind.ts";
import { ownerOf, scopeOf } from "../../commands/teardown/scope.ts";
import { type Swept, sweep } from "../../commands/teardown/sweep.ts";
import { clientAs } from "../../local/client.ts";
import type { LocalOci } from "../../local/index.ts";
import type { OciClient } from "../../oci/client.ts";
import { localStack } from "../support/local-stack.ts";
import { copyOf, KEPT, leftOf, storeOf } from "../support/store.ts";

const DAY_MS = 86_400_000;

let local: LocalOci;
let client: OciClient;
let scope: Scope;
let owner: Owner;
let restore: () => void;
let stack: Awaited<ReturnType<ReturnType<Awaited<ReturnType<typeof localStack>>["engine"]>["up"]>>;

const run = (over: Partial<Scope> = {}): Promise<Swept> =>
  sweep({ scope: { ...scope, ...over }, owner, progress: () => {}, pauseMs: 0, mostIdleRounds: 40 });

beforeAll(async () => {
  const started = await localStack({ settings: { transitionMs: 0 } });
  ({ local, client } = started);
  stack = await started.engine().up();
  const file = resolve(import.meta.dirname, "../../Pulumi.local.yaml");
  const settings = settingsIn(file, readFileSync(file, "utf8"));
  scope = await scopeOf(client, settings, local.cloud.tenancy.id);
  owner = ownerOf(settings);
  restore = storeOf(local);
});
afterAll(() => local.close());

describe("teardown", () => {
  it("knows every resource of the stack", async () => {
    restore();
    const { items, unread } = await inventory(scope, owner);
    expect(unread).toEqual([]);
    const listed = new Set(items.map((i) => i.id));
    const inside = /StorageObject|Preauthrequest|:Tag$|Bucket|:Sign$/;
    const missed = stack.resources.filter((r) => r.id && !inside.test(r.type) && !listed.has(r.id));
    expect(missed).toEqual([]);
    expect(items.filter((i) => i.kind.name === "bucket")).toHaveLength(1);
  });

  it("looks into the vault of an existing secret, in which the stack's signing key is made", async () => {
    restore();
    const file = resolve(import.meta.dirname, "../../Pulumi.local.yaml");
    const settings = settingsIn(file, readFileSync(file, "utf8"));
    const secretId = String(stack.outputs["secret"]);
    const signingVaultId = "ocid1.vault.oc1.iad.aaaaaaaaexample";
    const { vaultIds } = await scopeOf(
      client,
      { ...settings, secretId, signingVaultId },
      local.cloud.tenancy.id,
    );
    expect(vaultIds).toEqual([signingVaultId, String(stack.outputs["vault"])]);
  });

  it("leaves only what OCI keeps, each until the earliest date", async () => {
    restore();
    const swept = await run();
    expect(swept).toMatchObject({ done: true, errors: [] });
    expect(leftOf(local)).toEqual(KEPT);
    for (const { kind, until } of swept.items) {
      const days = (Date.parse(until!) - Date.now()) / DAY_MS;
      expect(days).toBeGreaterThan(kind.scheduled!.minDays - 0.01);
      expect(days).toBeLessThan(kind.scheduled!.minDays + 0.1);
    }
    const again = await run();
    expect(again.done).toBe(true);
  });

  it("moves what an engine has scheduled for the latest date", async () => {
    restore();
    const secrets = local.cloud.store.list("vaultsecret").filter((s) => s.model["freeformTags"]);
    for (const { id } of secrets.filter((s) => stack.resources.some((r) => r.id === s.id)))
      await client.call("vault.ScheduleSecretDeletion", { params: { secretId: id }, body: {} });
    const vaultId = String(stack.outputs["vault"]);
    const { body } = await client.call("keymanagement.GetVault", { params: { vaultId } });
    await client.call("keymanagement.ScheduleKeyDeletion", {
      params: { keyId: String(stack.outputs["key"]) },
      endpoint: String(body["managementEndpoint"]),
      body: {},
    });
    await client.call("keymanagement.ScheduleVaultDeletion", { params: { vaultId }, body: {} });
    const swept = await run();
    expect(swept.errors).toEqual([]);
    expect(leftOf(local)).toEqual(KEPT);
    for (const { kind, until } of swept.items)
      expect((Date.parse(until!) - Date.now()) / DAY_MS).toBeLessThan(kind.scheduled!.minDays + 0.1);
  });

  it("touches nothing that only looks like the stack's", async () => {
    restore();
    const administrator = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
    const models = local.cloud.store.all().filter((r) => stack.resources.some((s) => s.id === r.id));
    const lookalikes: string[] = [];
    const others: Record<string, string>[] = [
      {},
      { "keyless-stack": "keyless/local2" },
      { "keyless-stack": "Keyless/Local" },
    ];
    for (const { type, region, model, hidden } of models.map(copyOf)) {
      for (const [i, tags] of others.entries()) {
        const id = `${model["id"]}${i}`;
        lookalikes.push(id);
        const at = local.cloud.regions.find((r) => r.key === region);
        local.cloud.store.add({
          id,
          type,
          ...(at && { region: at }),
          model: { ...model, id, freeformTags: tags },
          hidden,
        });
      }
    }
    // The tag alone is not enough either: it is copied with a resource.
    const { body } = await administrator.call("identity.CreatePolicy", {
      body: {
        compartmentId: scope.compartments[0],
        name: "somebody-elses",
        description: "d",
        statements: ["Allow any-user to inspect buckets in tenancy where request.user.name = 'x'"].map((s) =>
          s.replace("in tenancy", `in compartment id ${scope.compartments[0]}`),
        ),
        freeformTags: { "keyless-stack": owner.tag },
      },
    });
    lookalikes.push(String(body["id"]));
    const states = () => lookalikes.map((id) => `${id} ${local.cloud.store.get(id)?.model.lifecycleState}`);
    const was = states();
    const removed: string[] = [];
    const watching: OciClient = {
      list: client.list,
      call: (operation, options) => {
        const params = Object.values(options?.params ?? {});
        if (!/\.(Get|List)/.test(operation)) removed.push(...params);
        return client.call(operation, options);
      },
    };
    await sweep({
      scope: { ...scope, client: watching },
      owner,
      progress: () => {},
      pauseMs: 0,
      mostIdleRounds: 3,
    });
    expect(removed.filter((id) => lookalikes.includes(id))).toEqual([]);
    expect(states()).toEqual(was);
  });

  it("lists what carries the tag under another name, and takes it for the stack's own only when told so", async () => {
    restore();
    const renamed: Owner = { ...owner, names: ["keyless-renamed"] };
    const options = { scope, progress: () => {}, pauseMs: 0, mostIdleRounds: 2 };
    const untouched = await sweep({ ...options, owner: renamed });
    expect(untouched).toMatchObject({ done: false, items: [], errors: [] });
    expect(untouched.strangers.map((i) => i.kind.name)).toEqual(
      expect.arrayContaining(["instance", "bucket", "policy"]),
    );
    expect(leftOf(local)).not.toEqual(KEPT);
    const told = await sweep({
      ...options,
      owner: { ...renamed, names: [...renamed.names, ...owner.names] },
      mostIdleRounds: 40,
    });
    expect(told).toMatchObject({ done: true, strangers: [] });
    expect(leftOf(local)).toEqual(KEPT);
  });

  it("does not delete a vault under keys and secrets of others", async () => {
    restore();
    const administrator = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
    const vaultId = String(stack.outputs["vault"]);
    const { body: vault } = await client.call("keymanagement.GetVault", { params: { vaultId } });
    const theirs = await administrator.call("keymanagement.CreateKey", {
      endpoint: String(vault["managementEndpoint"]),
      body: {
        compartmentId: vault["compartmentId"],
        displayName: "theirs",
        keyShape: { algorithm: "AES", length: 32 },
        protectionMode: "SOFTWARE",
      },
    });
    const swept = await sweep({ scope, owner, progress: () => {}, pauseMs: 0, mostIdleRounds: 3 });
    expect(swept).toMatchObject({
      done: false,
      errors: [expect.stringMatching(/^vault \S+: there are keys or secrets/)],
    });
    expect(local.cloud.store.get(vaultId)!.model.lifecycleState).toBe("ACTIVE");
    expect(local.cloud.store.get(String(theirs.body["id"]))!.model.lifecycleState).toBe("ENABLED");
  });

  it("empties a bucket of all that keeps it", async () => {
    restore();
    const administrator = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
    const { items } = await inventory(scope, owner);
    const params = {
      namespaceName: scope.namespace,
      bucketName: items.find((i) => i.kind.name === "bucket")!.id,
    };
    for (let i = 0; i < 25; i += 1)
      await administrator.call("objectstorage.PutObject", {
        params: { ...params, objectName: `a/b ${i}?` },
        body: Buffer.from("x"),
      });
    await administrator.call("objectstorage.CreateMultipartUpload", {
      params,
      body: { object: "large/one" },
    });
    await administrator.call("objectstorage.CreatePreauthenticatedRequest", {
      params,
      body: { name: "theirs", accessType: "AnyObjectRead", timeExpires: "2099-01-01T00:00:00Z" },
    });
    await administrator.call("objectstorage.CreateRetentionRule", {
      params,
      body: { displayName: "keep", duration: { timeAmount: 1, timeUnit: "DAYS" } },
    });
    const refused = await run();
    expect(refused.done).toBe(false);
    expect(refused.errors.join()).toMatch(/^bucket \S+: objectstorage\.DeleteRetentionRule: 404/);
    const swept = await run({ client: administrator });
    expect(swept).toMatchObject({ done: true, errors: [] });
    expect(leftOf(local)).toEqual(KEPT);
  });

  it("interrupted at any call, and run again, leaves nothing more", async () => {
    restore();
    /** A client that dies at its nth call, before it is sent or after it was answered. */
    const mortal = (dies: number, after: boolean): { client: OciClient; calls: () => number } => {
      let count = 0;
      const at = async <T>(work: () => Promise<T>): Promise<T> => {
        count += 1;
        if (count === dies && !after) throw new Error("killed");
        const result = await work();
        if (count >= dies && after) throw new Error("killed");
        return result;
      };
      return {
        client: {
          call: (operation, options) => at(() => client.call(operation, options)),
          list: (operation, options) => at(() => client.list(operation, options)),
        },
        calls: () => count,
      };
    };
    const whole = mortal(Number.POSITIVE_INFINITY, false);
    await run({ client: whole.client });
    const calls = whole.calls();
    expect(calls).toBeGreaterThan(40);
    for (let n = 1; n <= calls; n += 1) {
      restore();
      const killed = mortal(n, n % 2 === 0);
      await expect(run({ client: killed.client }), `killed at call ${n}`).rejects.toThrow("killed");
      const swept = await run();
      expect(swept, `killed at call ${n}`).toMatchObject({ done: true, errors: [] });
      expect(leftOf(local), `killed at call ${n}`).toEqual(KEPT);
    }
  }, 300_000);
});
