/**
 * Domains of OCI's realms, as oci-common's realm table has them; `oraclecloud<n>.com` is the rule for the others.
 */
const REALM_DOMAINS: Readonly<Record<string, string>> = {
  oc1: "oraclecloud.com",
  oc2: "oraclegovcloud.com",
  oc3: "oraclegovcloud.com",
  oc4: "oraclegovcloud.uk",
  oc19: "oraclecloud.eu",
};

/** The realm's domain of a tenancy, from its OCID: `oraclecloud.com`. */
export const realmDomain = (tenancyId: string): string => {
  const realm = tenancyId.split(".")[2] ?? "";
  return REALM_DOMAINS[realm] ?? `oraclecloud${realm.replace(/^oc/, "")}.com`;
};

/** Object Storage's URL in a region: `https://objectstorage.<region>.<realm domain>`. */
export const objectStorageUrl = (region: string, tenancyId: string): string =>
  `https://objectstorage.${region}.${realmDomain(tenancyId)}`;
