import { isAllow, isNamed, permissionsIn, typesIn, variablesIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

/** Types that live in the tenancy's root only, or are looked up there: a compartment would not do. */
const ROOT_TYPES = new Set([
  "users",
  "groups",
  "dynamic-groups",
  "tenancies",
  "identity-providers",
  "network-sources",
  "credentials",
  "authentication-policies",
  "domains",
  "tag-namespaces",
  "tag-defaults",
  "compartments",
  "policies",
  "objectstorage-namespaces",
  "app-catalog-listing",
  "compute-capacity-reports",
]);

export const tenancyWide: StatementRule = {
  code: "tenancy-wide",
  severity: "warning",
  explanation:
    "The statement applies to every compartment, those to come included. Name the compartment that is meant, and attach the policy there.",
  fix: "Write `in compartment <name>` and attach the policy to that compartment.",
  before: "Allow group Ops to read buckets in tenancy",
  after: "Allow group Ops to read buckets in compartment app",
  check: (s) => {
    if (!isAllow(s) || s.location.kind !== "tenancy") return [];
    if (variablesIn(s).some((v) => /^target\.(compartment|resource\.compartment\.tag)\./i.test(v.name)))
      return [];
    if (variablesIn(s).some((v) => isNamed(v, "request.principal.compartment.id"))) return [];
    if (typesIn(s)?.every((type) => ROOT_TYPES.has(type))) return [];
    const permissions = [...(permissionsIn(s) ?? [])];
    if (
      permissions.length > 0 &&
      permissions.every((p) => /^(TENANCY|USER|GROUP|DOMAIN|COMPARTMENT|OBJECTSTORAGE_NAMESPACE)_/.test(p))
    ) {
      return [];
    }
    return [{ message: "applies to the whole tenancy; name a compartment if one is meant", at: s.location }];
  },
};
