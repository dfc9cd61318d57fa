/**
 * Kinds of resources that a stack leaves in OCI: how each is listed, removed, and what OCI itself keeps of
 * it. In the order of removal: what another kind hangs on comes later.
 * @module
 */
import type { CallOptions } from "../../oci/client.ts";
import { idParameter } from "../../oci/operations/index.ts";
import type { OciModel } from "../shared/oci-model.ts";
import { bucket } from "./bucket.ts";
import { inCompartments, type RemovableKind, type Scope } from "./removable-kind.ts";

const DAY_MS = 86_400_000;

/** The earliest time at which OCI accepts to delete it. */
export const earliest = (
  { minDays, slackMinutes }: NonNullable<RemovableKind["scheduled"]>,
  nowMs = Date.now(),
): number => nowMs + minDays * DAY_MS + slackMinutes * 60_000;

/** A call in the home region, where identity is written. */
const home = (scope: Scope): CallOptions => ({ regionId: scope.homeRegion });

/**
 * A kind of Core's that is listed by compartment and removed by its OCID.
 * @param type what follows List (with an s) and Delete in its operations' names
 */
const core = (
  name: string,
  type: string,
  remove = `Delete${type}`,
  query: CallOptions["query"] = {},
): RemovableKind => {
  const param = idParameter(`core.${remove}`);
  return {
    name,
    list: (scope) => inCompartments(scope, `core.List${type}s`),
    remove: async ({ id }, { client }) => {
      await client.call(`core.${remove}`, { params: { [param]: id }, query });
    },
  };
};

const timeOf = (kind: RemovableKind): { timeOfDeletion: string } => ({
  timeOfDeletion: new Date(earliest(kind.scheduled!)).toISOString(),
});

const secret: RemovableKind = {
  name: "secret",
  list: (scope) => inCompartments(scope, "vault.ListSecrets"),
  remove: async (item, { client }) => {
    await client.call("vault.ScheduleSecretDeletion", {
      params: { secretId: item.id },
      body: timeOf(item.kind),
      idempotent: true,
    });
  },
  scheduled: {
    minDays: 1,
    slackMinutes: 5,
    cancel: async ({ id }, { client }) => {
      await client.call("vault.CancelSecretDeletion", { params: { secretId: id }, idempotent: true });
    },
    counts: "the limit of secrets; its name stays taken",
  },
};

const vaultsOf = async (scope: Scope): Promise<OciModel[]> => {
  const [listed, named] = await Promise.all([
    inCompartments(scope, "keymanagement.ListVaults"),
    Promise.all(
      scope.vaultIds.map((vaultId) => scope.client.call("keymanagement.GetVault", { params: { vaultId } })),
    ),
  ]);
  const all = [...listed, ...named.map((n) => n.body)];
  return all.filter((v, i) => all.findIndex((o) => o["id"] === v["id"]) === i);
};

/** Adds the time of deletion, which lists leave out: resources that wait for it are read one by one. */
const withTimes = (
  models: readonly OciModel[],
  read: (model: OciModel) => Promise<OciModel>,
): Promise<OciModel[]> =>
  Promise.all(
    models.map(async (model) =>
      model["lifecycleState"] === "PENDING_DELETION" ? { ...model, ...(await read(model)) } : model,
    ),
  );

const endpointOf = (model: OciModel): { endpoint: string } => ({
  endpoint: String(model["managementEndpoint"]),
});

const key: RemovableKind = {
  name: "key",
  list: async (scope) => {
    const vaults = (await vaultsOf(scope)).filter((v) => v["lifecycleState"] !== "DELETED");
    const lists = await Promise.all(
      vaults.map(async (vault) => {
        const managed = { managementEndpoint: vault["managementEndpoint"] };
        const keys = await inCompartments(scope, "keymanagement.ListKeys", endpointOf(vault));
        const placed = keys.map((k): OciModel => ({ ...k, ...managed }));
        return withTimes(placed, async (k) => {
          const params = { keyId: String(k["id"]) };
          const { body } = await scope.client.call("keymanagement.GetKey", { params, ...endpointOf(vault) });
          return body;
        });
      }),
    );
    return lists.flat();
  },
  remove: async (item, { client }) => {
    const params = { keyId: item.id };
    await client.call("keymanagement.ScheduleKeyDeletion", {
      params,
      ...endpointOf(item.model),
      body: timeOf(item.kind),
    });
  },
  scheduled: {
    minDays: 7,
    slackMinutes: 5,
    cancel: async ({ id, model }, { client }) => {
      await client.call("keymanagement.CancelKeyDeletion", { params: { keyId: id }, ...endpointOf(model) });
    },
    counts: "the limit of key versions",
  },
};

const vault: RemovableKind = {
  name: "vault",
  list: async (scope) =>
    withTimes(await inCompartments(scope, "keymanagement.ListVaults"), async (v) => {
      const params = { vaultId: String(v["id"]) };
      return (await scope.client.call("keymanagement.GetVault", { params })).body;
    }),
  remove: async (item, { client }) => {
    await client.call("keymanagement.ScheduleVaultDeletion", {
      params: { vaultId: item.id },
      body: timeOf(item.kind),
    });
  },
  scheduled: {
    minDays: 7,
    slackMinutes: 20,
    cancel: async ({ id }, { client }) => {
      await client.call("keymanagement.CancelVaultDeletion", { params: { vaultId: id } });
    },
    counts: "the limit of vaults; its compartment cannot be deleted before",
  },
};

const tagNamespace: RemovableKind = {
  name: "tag namespace",
  list: (scope) => inCompartments(scope, "identity.ListTagNamespaces", home(scope)),
  remove: async ({ id }, scope) => {
    const params = { tagNamespaceId: id };
    for (const tag of await scope.client.list<OciModel>("identity.ListTags", { params, ...home(scope) })) {
      const named = { ...params, tagName: String(tag["name"]) };
      if (tag["isRetired"] !== true)
        await scope.client.call("identity.UpdateTag", {
          params: named,
          body: { isRetired: true },
          ...home(scope),
        });
      if (tag["lifecycleState"] !== "DELETING")
        await scope.client.call("identity.DeleteTag", { params: named, ...home(scope) });
    }
    await scope.client.call("identity.DeleteTagNamespace", { params, ...home(scope) });
  },
};

/** Every kind, in the order of removal. */
export const removableKinds: readonly RemovableKind[] = [
  {
    name: "policy",
    list: (scope) => inCompartments(scope, "identity.ListPolicies", home(scope)),
    remove: async ({ id }, scope) => {
      await scope.client.call("identity.DeletePolicy", { params: { policyId: id }, ...home(scope) });
    },
  },
  {
    name: "dynamic group",
    list: (scope) =>
      scope.client.list("identity.ListDynamicGroups", {
        query: { compartmentId: scope.tenancyId },
        ...home(scope),
      }),
    remove: async ({ id }, scope) => {
      await scope.client.call("identity.DeleteDynamicGroup", {
        params: { dynamicGroupId: id },
        ...home(scope),
      });
    },
  },
  core("instance", "Instance", "TerminateInstance", { preserveBootVolume: false }),
  bucket,
  secret,
  key,
  vault,
  core("subnet", "Subnet"),
  core("route table", "RouteTable"),
  core("security list", "SecurityList"),
  core("service gateway", "ServiceGateway"),
  core("VCN", "Vcn"),
  tagNamespace,
];
