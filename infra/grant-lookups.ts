/**
 * Reads what the declaration of access names, as the deployer: it exists, and lies where the declaration says.
 * @module
 */
import * as oci from "@pulumi/oci";
import { declared, type Lookup, type LookupIds, type LookupOperation } from "../access/index.ts";
import { seen } from "./seen.ts";
import { type Problem, SettingsError } from "./settings/error.ts";
import type { Settings } from "./settings/settings.ts";

/** Members read of a data source's result: empty strings, or nothing, where OCI's response was 404. */
interface FoundTarget {
  compartmentId?: string;
  name?: string;
}

/** The data source of each operation. Parameters as in oci/operations. */
const SOURCES: Readonly<
  Record<
    LookupOperation,
    (params: Readonly<Record<string, string>>, vaultId?: string) => Promise<FoundTarget>
  >
> = {
  "vault.GetSecret": (p) => oci.vault.getSecret({ secretId: p["secretId"]! }),
  "objectstorage.GetBucket": (p) =>
    oci.objectstorage.getBucket({ namespace: p["namespaceName"]!, name: p["bucketName"]! }),
  "logging.GetLog": (p) => oci.logging.getLog({ logGroupId: p["logGroupId"]!, logId: p["logId"]! }),
  "logging.GetLogGroup": (p) => oci.logging.getLogGroup({ logGroupId: p["logGroupId"]! }),
  "core.GetInstance": (p) => oci.core.getInstance({ instanceId: p["instanceId"]! }),
  "identity.GetCompartment": (p) => oci.identity.getCompartment({ id: p["compartmentId"]! }),
  "keymanagement.GetVault": (p) => oci.kms.getVault({ vaultId: p["vaultId"]! }),
  "keymanagement.GetKey": async (p, vaultId = "") => {
    const { managementEndpoint } = await oci.kms.getVault({ vaultId });
    return oci.kms.getKey({ keyId: p["keyId"]!, managementEndpoint });
  },
  "artifacts.GetContainerRepository": (p) =>
    oci.artifacts.getContainerRepository({ repositoryId: p["repositoryId"]! }),
  "dns.GetZone": (p) => oci.dns.getZone({ zoneNameOrId: p["zoneNameOrId"]! }),
  "queue.GetQueue": (p) => oci.queue.getQueue({ queueId: p["queueId"]! }),
  "functions.GetFunction": (p) => oci.functions.getFunction({ functionId: p["functionId"]! }),
  "ons.GetTopic": (p) => oci.ons.getNotificationTopic({ topicId: p["topicId"]! }),
  "streaming.GetStream": (p) => oci.streaming.getStream({ streamId: p["streamId"]! }),
};

/** A place where a thing serves operations of its own, as `https://` and host. */
const baseOf = (endpoint: unknown): string | undefined =>
  typeof endpoint === "string" && endpoint !== ""
    ? endpoint.includes("://")
      ? endpoint.replace(/\/$/, "")
      : `https://${endpoint}`
    : undefined;

/** What a lookup has found. */
export interface LookedUp {
  /** OCID of the compartment in which it lies; of a compartment, its name. */
  place: string;
  /** Members that are not as the lookup expects, as `name example.com`. */
  differs: string[];
  /** Where it serves operations of its own, if the lookup asks for that. */
  endpoint?: string;
}

/**
 * Reads what a lookup names.
 * @param setting the setting that named it
 * @throws RunError for what does not exist or may not be read
 */
export const lookUpGrants = async (
  { operation, params, what, vault, endpoint, expected = {} }: Lookup,
  setting: string,
): Promise<LookedUp> => {
  const found = await SOURCES[operation](params, vault);
  // A compartment has its parent's OCID; the provider shows its name in any case.
  const place = seen(
    operation === "identity.GetCompartment" ? found.name : found.compartmentId,
    setting,
    what,
  );
  const members = found as Record<string, unknown>;
  const base = endpoint && baseOf(members[endpoint.member]);
  const differs = Object.keys(expected).flatMap((name) =>
    members[name] === expected[name] ? [] : [`${name} ${String(members[name])}`],
  );
  return { place, differs, ...(base !== undefined && { endpoint: base }) };
};

/**
 * Checks that what the declaration of access names exists, and lies where the declaration says.
 * @returns the hosts of what serves operations of its own, by OCID
 * @throws SettingsError for what lies elsewhere; RunError for what does not exist or may not be read
 */
export const readGrants = async (
  namespace: string,
  settings: Settings,
): Promise<Readonly<Record<string, string>>> => {
  const ids: LookupIds = { namespace, compartments: settings.compartments };
  const problems: Problem[] = [];
  const endpoints: Record<string, string> = {};
  const lookups = declared(settings.access).flatMap(({ grant, where, kind }) =>
    kind
      .lookups(grant, ids)
      .map((lookup) => ({ lookup, id: kind.id(grant), setting: `keyless:access.${where}` })),
  );
  await Promise.all(
    lookups.map(async ({ lookup, id, setting }) => {
      const { place, differs, endpoint } = await lookUpGrants(lookup, setting);
      if (lookup.endpoint && endpoint !== undefined) endpoints[lookup.endpoint.of] = endpoint;
      if (differs.length > 0) {
        const allowed = Object.entries(lookup.expected!).map(([name, value]) => `${name} ${value}`);
        problems.push({
          setting,
          message: `found ${lookup.what} with ${differs.join(", ")}; allowed: with ${allowed.join(", ")}`,
        });
      }
      const expected = lookup.expectedCompartment;
      if (expected === undefined || place === expected) return;
      problems.push({
        setting,
        message: `found ${id} in ${place}; allowed: in ${expected}, or with compartment: ${place}`,
      });
    }),
  );
  if (problems.length > 0) throw new SettingsError(problems);
  return endpoints;
};
