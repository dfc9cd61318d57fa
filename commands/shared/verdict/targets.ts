/**
 * Check by the deployer that refused targets exist: a refusal proves something only of a target that does.
 * @module
 */
import type { ProbeResult, Verdict } from "../../../document/verdict.ts";
import { type OciClient, OciError } from "../../../oci/client.ts";

/** Operations by which the deployer reads a target, by the type in its OCID. */
const READS: Readonly<Record<string, { operation: string; param: string }>> = {
  vaultsecret: { operation: "vault.GetSecret", param: "secretId" },
  vault: { operation: "keymanagement.GetVault", param: "vaultId" },
  instance: { operation: "core.GetInstance", param: "instanceId" },
  queue: { operation: "queue.GetQueue", param: "queueId" },
  stream: { operation: "streaming.GetStream", param: "streamId" },
  containerrepo: { operation: "artifacts.GetContainerRepository", param: "repositoryId" },
  "dns-zone": { operation: "dns.GetZone", param: "zoneNameOrId" },
  fnfunc: { operation: "functions.GetFunction", param: "functionId" },
  onstopic: { operation: "ons.GetTopic", param: "topicId" },
};

/** Types of targets that are not looked at again: they were read when the stack was deployed (infra/grant-lookups.ts). */
const READ_AT_DEPLOYMENT: readonly string[] = ["compartment", "tenancy", "log"];

const typeOf = (id: string): string | undefined => /^ocid1\.([a-z-]+)\./.exec(id)?.[1];

/** True for the targets of refused probes that `evaluateTargets` knows what to do with; each kind of grant has such. */
export const isKnownTarget = (id: string): boolean => {
  const type = typeOf(id);
  return type === undefined || type === "key" || type in READS || READ_AT_DEPLOYMENT.includes(type);
};

/**
 * Reads what is not in `READS`: keys of the vault that is a target too, buckets, objects.
 * @returns false for all else
 */
const readOther = async (client: OciClient, id: string, targets: readonly string[]): Promise<boolean> => {
  const vaultId = targets.find((t) => t.startsWith("ocid1.vault."));
  if (id.startsWith("ocid1.key.") && vaultId) {
    const vault = await client.call("keymanagement.GetVault", { params: { vaultId } });
    const endpoint = String(vault.body["managementEndpoint"]);
    await client.call("keymanagement.GetKey", { params: { keyId: id }, endpoint });
    return true;
  }
  if (id.startsWith("ocid1.")) return false;
  const namespaceName = (await client.call<string>("objectstorage.GetNamespace")).body;
  const [bucketName, ...names] = id.split("/") as [string, ...string[]];
  const params = { namespaceName, bucketName };
  if (names.length === 0) await client.call("objectstorage.GetBucket", { params });
  else await client.call("objectstorage.HeadObject", { params: { ...params, objectName: names.join("/") } });
  return true;
};

/**
 * True when the deployer sees a target, false for OCI's 404; undefined where there is no way to look:
 * compartments and logs, which were read when the stack was deployed.
 */
const exists = async (
  client: OciClient,
  id: string,
  targets: readonly string[],
): Promise<boolean | undefined> => {
  const read = READS[typeOf(id) ?? ""];
  try {
    if (!read) return (await readOther(client, id, targets)) || undefined;
    await client.call(read.operation, { params: { [read.param]: id } });
    return true;
  } catch (error) {
    if (error instanceof OciError && error.status === 404) return false;
    throw error;
  }
};

/**
 * The verdict with every refused target looked at: a refusal whose target the deployer does not find is
 * unproven, whatever was known when the stack was deployed.
 */
export const evaluateTargets = async (client: OciClient, verdict: Verdict): Promise<Verdict> => {
  const targets = [...new Set(verdict.probes.map((probe) => probe.target.id))];
  const looks = new Map<string, Promise<boolean | undefined>>();
  /** Several probes have one target: it is looked at once. */
  const seen = (id: string): Promise<boolean | undefined> => {
    const look = looks.get(id) ?? exists(client, id, targets);
    looks.set(id, look);
    return look;
  };
  const probes = await Promise.all(
    verdict.probes.map(async (probe): Promise<ProbeResult> => {
      if (probe.expected !== "refused" || probe.observed !== "refused") return probe;
      // The signing key may lie in another vault than the secret's, and was read when the stack was deployed.
      if (probe.operation === "keymanagement.Sign") return probe;
      if ((await seen(probe.target.id)) !== false) return probe;
      return { ...probe, target: { ...probe.target, seen: "nobody" }, ok: false };
    }),
  );
  const unproven = probes.filter((probe, i) => !probe.ok && verdict.probes[i]!.ok);
  if (unproven.length === 0 || !verdict.ok) return { ...verdict, probes };
  return {
    ...verdict,
    probes,
    ok: false,
    cause: "unproven",
    says: `refused, and the target does not exist: ${unproven.map((p) => p.says).join("; ")}`,
    advice: "Deploy again, so that each refused target exists.",
  };
};
