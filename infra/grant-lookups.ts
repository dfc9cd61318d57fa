/**
 * Reads what the declaration of access names, as the deployer: it exists, and lies where the declaration says.
 * @module
 */
import * as oci from "@pulumi/oci";
import { declared, type Grant } from "../access/index.ts";
import { seen } from "./seen.ts";
import { type Problem, SettingsError } from "./settings/error.ts";
import type { Settings } from "./settings/settings.ts";

interface Read {
  /** Where it is. */
  compartmentId: string;
  /** Where the grant says, or what it means when it says nothing. */
  expected: string;
}

const read = async (
  grant: Grant,
  setting: string,
  namespace: string,
  settings: Settings,
): Promise<Read | undefined> => {
  const { workload, security } = settings.compartments;
  const where = (compartmentId: string, what: string, otherwise: string): Read => ({
    compartmentId: seen(compartmentId, setting, what),
    expected: ("compartment" in grant ? grant.compartment : undefined) ?? otherwise,
  });
  if ("secret" in grant) {
    const { compartmentId } = await oci.vault.getSecret({ secretId: grant.secret });
    return where(compartmentId, `secret ${grant.secret}`, security);
  }
  if ("bucket" in grant) {
    const { compartmentId } = await oci.objectstorage.getBucket({ namespace, name: grant.bucket });
    return where(compartmentId, `bucket ${grant.bucket}`, workload);
  }
  if ("logs" in grant) {
    const { compartmentId } = await oci.logging.getLogGroup({ logGroupId: grant.group });
    const log = await oci.logging.getLog({ logGroupId: grant.group, logId: grant.logs });
    seen(log.compartmentId, setting, `log ${grant.logs} in log group ${grant.group}`);
    return where(compartmentId, `log group ${grant.group}`, workload);
  }
  if ("instance" in grant && grant.instance !== "self") {
    const { compartmentId } = await oci.core.getInstance({ instanceId: grant.instance });
    return where(compartmentId, `instance ${grant.instance}`, workload);
  }
  const compartment = "audit" in grant ? grant.audit : "metrics" in grant ? grant.compartment : undefined;
  if (compartment && !compartment.startsWith("ocid1.tenancy.")) {
    const { name } = await oci.identity.getCompartment({ id: compartment });
    seen(name, setting, `compartment ${compartment}`);
  }
  return undefined;
};

/**
 * @throws SettingsError for what lies elsewhere; RunError for what does not exist or may not be read
 */
export const readGrants = async (namespace: string, settings: Settings): Promise<void> => {
  const problems: Problem[] = [];
  await Promise.all(
    declared(settings.access).map(async ({ grant, where, kind }) => {
      const found = await read(grant, `keyless:access.${where}`, namespace, settings);
      if (found && found.compartmentId !== found.expected) {
        problems.push({
          setting: `keyless:access.${where}`,
          message: `found ${kind.id(grant)} in ${found.compartmentId}; allowed: in ${found.expected}, or with compartment: ${found.compartmentId}`,
        });
      }
    }),
  );
  if (problems.length > 0) throw new SettingsError(problems);
};
