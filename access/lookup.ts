/** Lookups of what grants name, by the deployer: plain data, which infra/ carries out. @module */

/** Operations by which grants are looked up. Each has a data source in infra/grant-lookups.ts. */
export const LOOKUP_OPERATIONS = [
  "vault.GetSecret",
  "objectstorage.GetBucket",
  "logging.GetLog",
  "logging.GetLogGroup",
  "core.GetInstance",
  "identity.GetCompartment",
  "keymanagement.GetVault",
  "keymanagement.GetKey",
  "queue.GetQueue",
  "streaming.GetStream",
  "ons.GetTopic",
  "functions.GetFunction",
  "dns.GetZone",
  "artifacts.GetContainerRepository",
] as const;
export type LookupOperation = (typeof LOOKUP_OPERATIONS)[number];

/** One thing that a grant names: it must exist, and lie where the grant says. */
export interface Lookup {
  operation: LookupOperation;
  /** The operation's path parameters, by their names in oci/operations. */
  params: Readonly<Record<string, string>>;
  /** Name of the thing for people: `bucket invoices`. */
  what: string;
  /** OCID of the compartment in which it must lie; absent where its place does not matter. */
  expectedCompartment?: string;
  /** Members of what is read, with what they must be, because the grant says so. */
  expected?: Readonly<Record<string, string>>;
  /** OCID of the vault at whose own host it is read. */
  vault?: string;
  /** The host at which the thing serves operations of its own: the OCID by which it is kept, and the member that says it. */
  endpoint?: { of: string; member: string };
}

/** Identifiers from which lookups are made before the stack is there. */
export interface LookupIds {
  /** Object Storage namespace. */
  namespace: string;
  /** OCIDs of the default compartments, for grants without `compartment`. */
  compartments: { workload: string; security: string };
}

/** A right of the deployer that lookups need, in the compartment where what is granted lies. */
export interface DeployerNeed {
  /** As it stands after `to`: `read log-groups`. */
  action: string;
  why: string;
  /** True for a right that only stacks with such grants need: not one of those for every stack. */
  optional?: true;
}

/** The lookups of a log in its log group. @param at the compartment in which the group must lie */
export const logLookups = ({ log, group, at }: { log: string; group: string; at: string }): Lookup[] => [
  {
    operation: "logging.GetLog",
    params: { logGroupId: group, logId: log },
    what: `log ${log} in log group ${group}`,
  },
  {
    operation: "logging.GetLogGroup",
    params: { logGroupId: group },
    what: `log group ${group}`,
    expectedCompartment: at,
  },
];

/** The lookup of a compartment; none for the tenancy, which is always there. */
export const compartmentLookups = (id: string | undefined): Lookup[] =>
  id === undefined || id.startsWith("ocid1.tenancy.")
    ? []
    : [{ operation: "identity.GetCompartment", params: { compartmentId: id }, what: `compartment ${id}` }];
