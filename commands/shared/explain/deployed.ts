/** The deployed state around an instance, read with the deployer's rights. @module */
import { documentSchema, type KeylessDocument } from "../../../document/schema.ts";
import { signatureProblem } from "../../../document/signature.ts";
import type { DynamicGroup, Principal, Tenancy } from "../../../iam/index.ts";
import { trustIn } from "../../../infra/user-data.ts";
import { type OciClient, OciError } from "../../../oci/client.ts";
import { definedTagsOf } from "../defined-tags.ts";
import type { OciModel } from "../oci-model.ts";

/** A policy, with what tells people which one it is. */
export interface DeployedPolicy {
  id: string;
  name: string;
  compartment: string;
  statements: string[];
}

/** Results of the reads. What may not be read, or is not there, is undefined. */
export interface Deployed {
  tenancyId: string;
  instanceId: string;
  instance: OciModel | undefined;
  document: KeylessDocument | undefined;
  /**
   * Reason for which the instance refuses the document in its metadata, as far as it can be known without it.
   */
  documentProblem: string | undefined;
  secret: OciModel | undefined;
  /** The instance as a principal, for matching rules. */
  principal: Principal;
  policies: DeployedPolicy[];
  groups: DynamicGroup[];
  /** True when the groups could be listed. */
  groupsRead: boolean;
  tenancy: Tenancy;
  /** Compartments whose policies the deployer may not list, and other gaps, in words. */
  unread: string[];
}

/**
 * The response, or undefined for what is absent or forbidden: OCI does not say which. Throws for all else.
 */
export const readable = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof OciError && [403, 404].includes(error.status)) return undefined;
    throw error;
  }
};

const get = async (
  client: OciClient,
  operation: string,
  params: Record<string, string>,
): Promise<OciModel | undefined> => (await readable(client.call(operation, { params })))?.body;

const documentIn = (instance: OciModel | undefined): KeylessDocument | undefined => {
  const text = (instance?.["metadata"] as Record<string, string> | undefined)?.["keyless"];
  try {
    return documentSchema.parse(JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
};

/** Reason for which an instance refuses the document in its metadata, by the key in its user_data. */
const problemOf = (instance: OciModel | undefined): string | undefined => {
  const { user_data = "", keyless } = (instance?.["metadata"] ?? {}) as Record<string, string>;
  const trusts = trustIn(user_data);
  if (keyless === undefined || trusts === undefined || trusts === "unsigned") return undefined;
  try {
    return signatureProblem(JSON.parse(keyless), trusts);
  } catch {
    return "it is no JSON object";
  }
};

/** A compartment and those above it, as far as they may be read; the root is last. */
const pathOf = async (
  client: OciClient,
  id: string,
  tenancyId: string,
): Promise<{ id: string; name: string; parent: string }[]> => {
  const path: { id: string; name: string; parent: string }[] = [];
  for (let at = id; at !== tenancyId; ) {
    const found = await get(client, "identity.GetCompartment", { compartmentId: at });
    const parent = String(found?.["compartmentId"] ?? tenancyId);
    path.push({ id: at, name: String(found?.["name"] ?? at), parent });
    if (path.length > 6) break;
    at = parent;
  }
  return path;
};

const policiesIn = async (
  client: OciClient,
  compartmentId: string,
): Promise<DeployedPolicy[] | undefined> => {
  const found = await readable(client.list<OciModel>("identity.ListPolicies", { query: { compartmentId } }));
  return found?.map((p) => ({
    id: String(p["id"]),
    name: String(p["name"]),
    compartment: compartmentId,
    statements: p["statements"] as string[],
  }));
};

/** Compartments that the document's calls are about, beside the secret's and the instance's. */
const namedIn = (document: KeylessDocument | undefined): string[] => [
  ...new Set(JSON.stringify(document?.check.probes ?? []).match(/ocid1\.compartment\.[^"\s]+/g) ?? []),
];

/** Compartments that statements name beside those that were read: none of them is above what they are read for. */
const elsewhereIn = (
  policies: readonly DeployedPolicy[],
  known: readonly { id: string }[],
  tenancyId: string,
): { id: string; name: string; parent: string }[] => {
  const named = policies.flatMap((p) => p.statements.join(" ").match(/ocid1\.compartment\.[^\s,'}]+/g) ?? []);
  return [...new Set(named)]
    .filter((id) => !known.some((k) => k.id === id))
    .map((id) => ({ id, name: id, parent: tenancyId }));
};

/** Lists the compartments of the tenancy that are active; undefined when they may not be listed. */
const allCompartments = async (
  client: OciClient,
  tenancyId: string,
): Promise<{ id: string; name: string; parent: string }[] | undefined> => {
  const query = { compartmentId: tenancyId, compartmentIdInSubtree: true, accessLevel: "ANY" };
  const found = await readable(client.list<OciModel>("identity.ListCompartments", { query }));
  return found
    ?.filter((c) => c["lifecycleState"] === "ACTIVE")
    .map((c) => ({ id: String(c["id"]), name: String(c["name"]), parent: String(c["compartmentId"]) }));
};

/**
 * Reads what is deployed. Policies are those that can reach the secret, the instance and what the check
 * tries.
 * @param everywhere policies of all other compartments too
 */
export const readDeployed = async (
  client: OciClient,
  tenancyId: string,
  instanceId: string,
  everywhere = false,
): Promise<Deployed> => {
  const instance = await get(client, "core.GetInstance", { instanceId });
  const document = documentIn(instance);
  const secret = document && (await get(client, "vault.GetSecret", { secretId: document.check.secretId }));
  const home = instance && String(instance["compartmentId"]);
  const secretHome = secret && String(secret["compartmentId"]);
  const wanted = [
    ...new Set([secretHome, home, ...namedIn(document)].filter((id): id is string => Boolean(id))),
  ];
  const [paths, others, groups] = await Promise.all([
    Promise.all(wanted.map((id) => pathOf(client, id, tenancyId))),
    everywhere ? allCompartments(client, tenancyId) : [],
    readable(client.list<OciModel>("identity.ListDynamicGroups", { query: { compartmentId: tenancyId } })),
  ]);
  const compartments = [...paths.flat(), ...(others ?? [])].filter(
    (c, i, all) => all.findIndex((o) => o.id === c.id) === i,
  );
  const places = [...compartments.map((c) => c.id), tenancyId];
  const lists = await Promise.all(places.map((id) => policiesIn(client, id)));
  const policies = lists.flatMap((list) => list ?? []);
  const dynamicGroups = (groups ?? []).map((g) => ({
    id: String(g["id"]),
    name: String(g["name"]),
    matchingRule: String(g["matchingRule"]),
  }));
  return {
    tenancyId,
    instanceId,
    instance,
    document,
    documentProblem: problemOf(instance),
    secret,
    principal: {
      type: "instance",
      id: instanceId,
      ...(home && { compartment: home }),
      tags: definedTagsOf(instance),
    },
    policies,
    groups: dynamicGroups,
    groupsRead: groups !== undefined,
    tenancy: {
      tenancy: tenancyId,
      // Where denying is not enabled, OCI takes no statement that denies.
      denyEnabled: true,
      compartments: [...compartments, ...elsewhereIn(policies, compartments, tenancyId)],
      dynamicGroups,
      policies: policies.map(({ compartment, statements }) => ({ compartment, statements })),
    },
    unread: [
      ...places.flatMap((id, i) =>
        lists[i] ? [] : [`the policies attached to ${id === tenancyId ? "the tenancy" : id}`],
      ),
      ...(groups ? [] : ["the dynamic groups"]),
      ...(others
        ? []
        : ["the policies of compartments that the stack is not in: compartments may not be listed"]),
    ],
  };
};
