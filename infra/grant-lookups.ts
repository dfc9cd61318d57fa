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
interface Found {
  compartmentId?: string;
  name?: string;
}

/** The data source of each operation. Parameters as in oci/operations. */
const SOURCES: Readonly<
  Record<LookupOperation, (params: Readonly<Record<string, string>>) => Promise<Found>>
> = {
  "vault.GetSecret": (p) => oci.vault.getSecret({ secretId: p["secretId"]! }),
  "objectstorage.GetBucket": (p) =>
    oci.objectstorage.getBucket({ namespace: p["namespaceName"]!, name: p["bucketName"]! }),
  "logging.GetLog": (p) => oci.logging.getLog({ logGroupId: p["logGroupId"]!, logId: p["logId"]! }),
  "logging.GetLogGroup": (p) => oci.logging.getLogGroup({ logGroupId: p["logGroupId"]! }),
  "core.GetInstance": (p) => oci.core.getInstance({ instanceId: p["instanceId"]! }),
  "identity.GetCompartment": (p) => oci.identity.getCompartment({ id: p["compartmentId"]! }),
};

/**
 * Reads what a lookup names.
 * @returns OCID of the compartment in which it lies; of a compartment, its name
 * @param setting the setting that named it
 * @throws RunError for what does not exist or may not be read
 */
export const lookUpGrants = async ({ operation, params, what }: Lookup, setting: string): Promise<string> => {
  const found = await SOURCES[operation](params);
  // A compartment has its parent's OCID; the provider shows its name in any case.
  return seen(operation === "identity.GetCompartment" ? found.name : found.compartmentId, setting, what);
};

/**
 * Checks that what the declaration of access names exists, and lies where the declaration says.
 * @throws SettingsError for what lies elsewhere; RunError for what does not exist or may not be read
 */
export const readGrants = async (namespace: string, settings: Settings): Promise<void> => {
  const ids: LookupIds = { namespace, compartments: settings.compartments };
  const problems: Problem[] = [];
  const lookups = declared(settings.access).flatMap(({ grant, where, kind }) =>
    kind
      .lookups(grant, ids)
      .map((lookup) => ({ lookup, id: kind.id(grant), setting: `keyless:access.${where}` })),
  );
  await Promise.all(
    lookups.map(async ({ lookup, id, setting }) => {
      const place = await lookUpGrants(lookup, setting);
      const expected = lookup.expectedCompartment;
      if (expected === undefined || place === expected) return;
      problems.push({
        setting,
        message: `found ${id} in ${place}; allowed: in ${expected}, or with compartment: ${place}`,
      });
    }),
  );
  if (problems.length > 0) throw new SettingsError(problems);
};
