/** The instance's region and realm, from its metadata. @module */
import { PrincipalError } from "./errors.ts";

/** Region and realm of the instance. */
export interface InstanceRegion {
  /** `us-ashburn-1` */
  regionId: string;
  /** `oraclecloud.com` */
  realmDomain: string;
}

const DOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;
const REGION = /^[a-z0-9]+(-[a-z0-9]+)*$/;

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/**
 * Region and realm from `instance/`. The realm's domain is taken from `regionInfo`, so that a realm nobody
 * has heard of works too.
 * @param json the metadata service's response
 * @param overrides region and realm of the settings, which take precedence
 * @throws PrincipalError `metadata` when neither names them, or what is named is no region or domain
 */
export const readInstanceRegion = (json: string, overrides: Partial<InstanceRegion> = {}): InstanceRegion => {
  let instance: Record<string, unknown>;
  try {
    instance = JSON.parse(json) as Record<string, unknown>;
  } catch {
    throw new PrincipalError("metadata", "The metadata service's instance/ is not JSON");
  }
  const info = (instance["regionInfo"] ?? {}) as Record<string, unknown>;
  const regionId =
    overrides.regionId ?? text(info["regionIdentifier"]) ?? text(instance["canonicalRegionName"]);
  const realmDomain = overrides.realmDomain ?? text(info["realmDomainComponent"]);
  if (!regionId || !REGION.test(regionId)) {
    throw new PrincipalError("metadata", `instance/regionInfo names no region: ${JSON.stringify(regionId)}`);
  }
  if (!realmDomain || !DOMAIN.test(realmDomain)) {
    throw new PrincipalError(
      "metadata",
      `instance/regionInfo names no realm domain: ${JSON.stringify(realmDomain)}`,
    );
  }
  return { regionId, realmDomain };
};
