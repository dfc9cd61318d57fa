/** The instance that the check runs on, as its metadata service describes it. @module */

/** Base URL of the metadata service v2 (docs.oracle.com, "Instance Metadata Service v2"). */
const METADATA_URL = "http://169.254.169.254/opc/v2";

/** The members that the check reads of its own instance. */
export interface InstanceInfo {
  id: string;
  compartmentId: string;
  tenantId: string;
  regionInfo: { realmKey: string; realmDomainComponent: string; regionKey: string; regionIdentifier: string };
}

/**
 * Reads the instance's own identity.
 * @throws Error when the service is unreachable or does not return an instance
 */
export const readInstanceInfo = async (signal: AbortSignal): Promise<InstanceInfo> => {
  const response = await fetch(`${METADATA_URL}/instance/`, {
    headers: { authorization: "Bearer Oracle" },
    signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
  });
  if (!response.ok) throw new Error(`the metadata service answered ${response.status}`);
  return (await response.json()) as InstanceInfo;
};
