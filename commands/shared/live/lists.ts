/** The lists that a tenancy is read by, and the statement that allows each. @module */

/** One kind of list. */
export interface LiveList {
  /** `service.Operation` */
  operation: string;
  /** Plural, for people: `policies`. */
  what: string;
  /** Verb and resource type of each statement that is needed: `inspect policies`. */
  needs: readonly string[];
}

/** Every list, in the order in which a person meets them. */
export const LIVE_LISTS = {
  tenancy: { operation: "identity.GetTenancy", what: "the tenancy itself", needs: ["inspect tenancies"] },
  regions: {
    operation: "identity.ListRegionSubscriptions",
    what: "the subscribed regions",
    needs: ["inspect tenancies"],
  },
  compartments: {
    operation: "identity.ListCompartments",
    what: "compartments",
    needs: ["inspect compartments"],
  },
  policies: { operation: "identity.ListPolicies", what: "policies", needs: ["inspect policies"] },
  groups: { operation: "identity.ListGroups", what: "groups", needs: ["inspect groups"] },
  users: { operation: "identity.ListUsers", what: "users", needs: ["inspect users"] },
  members: {
    operation: "identity.ListUserGroupMemberships",
    what: "members of groups",
    needs: ["inspect groups", "inspect users"],
  },
  dynamicGroups: {
    operation: "identity.ListDynamicGroups",
    what: "dynamic groups",
    needs: ["inspect dynamic-groups"],
  },
  domains: { operation: "identity.ListDomains", what: "identity domains", needs: ["inspect domains"] },
  tagNamespaces: {
    operation: "identity.ListTagNamespaces",
    what: "tag namespaces",
    needs: ["inspect tag-namespaces"],
  },
  tags: { operation: "identity.ListTags", what: "tags", needs: ["inspect tag-namespaces"] },
  instances: { operation: "core.ListInstances", what: "instances", needs: ["read instances"] },
} as const satisfies Record<string, LiveList>;

/** What a statement allows, in the tenancy: `Allow group <name> to inspect policies in tenancy`. */
export const liveStatement = (needs: string, group: string): string =>
  `Allow group ${group} to ${needs} in tenancy`;

/** Verbs and types of every statement that a whole export needs; each once. */
export const LIVE_NEEDS: readonly string[] = [...new Set(Object.values(LIVE_LISTS).flatMap((l) => l.needs))];
