/** Grants of one resource that has an OCID: a queue, a stream, a topic. @module */
import { z } from "zod";
import type { ProbeInput } from "../document/schema.ts";
import { findingOf } from "./finding-codes.ts";
import { compartmentId, ocidForm } from "./forms.ts";
import { type GrantKind, kind } from "./grant.ts";
import type { DeployerNeed, LookupOperation } from "./lookup.ts";
import { groupStatement } from "./statement.ts";

/** What may be done with the resource. */
export interface ResourceAccess {
  permissions: readonly string[];
  /** Operations that clients may call, all with the resource's OCID in their path. */
  operations: readonly string[];
  /** For people, before the resource: `send messages to the queue`. */
  label: string;
}

/** A call that the check makes, without what follows from the grant. */
export type ResourceProbe = Pick<ProbeInput, "name" | "says" | "operation"> &
  Partial<Pick<ProbeInput, "query" | "headers" | "body">>;

/** A kind whose grants name one resource by its OCID. */
export interface ResourceKind<A extends string, K extends string> {
  key: K;
  /** The type in the resource's OCID. */
  ocidType: string;
  /** What it is, for people: `queue`. */
  what: string;
  access: Readonly<Record<A, ResourceAccess>>;
  /** Condition of the statement; absent where OCI has none, and the statement reaches the compartment. */
  condition?: (ocid: string) => string;
  /** The path parameter of its operations. */
  param: string;
  /** How the deployer reads it. */
  lookup: LookupOperation;
  /** The member of what the deployer reads that says where the resource's own operations are served. */
  endpoint?: string;
  needs: readonly DeployerNeed[];
  /**
   * Calls that show what is allowed; those of the granted access must be allowed. None may change anything, also
   * where it is allowed.
   * @param short end of the OCID, for names
   */
  probes: (short: string) => Partial<Record<NoInfer<A> | "read", ResourceProbe>>;
}

/** A grant as it is declared: the kind's key with the OCID, what may be done, and where it lies. */
export type ResourceGrant<A extends string, K extends string> = {
  access: A;
  compartment?: string | undefined;
} & { [key in K]: string };

/** The kind of grant that follows from the description of a resource. */
export const resourceGrant = <A extends string, K extends string>(
  of: ResourceKind<A, K>,
): GrantKind<ResourceGrant<A, K>> => {
  const schema = z.strictObject({
    [of.key]: ocidForm(of.ocidType),
    access: z.enum(Object.keys(of.access) as [A, ...A[]]),
    compartment: compartmentId.optional(),
  }) as unknown as z.ZodType<ResourceGrant<A, K>>;
  const idOf = (g: ResourceGrant<A, K>): string => g[of.key];
  const probesOf = (g: ResourceGrant<A, K>, endpoint: string | undefined) => {
    const id = idOf(g);
    const all = Object.entries(of.probes(id.slice(-6))) as [A | "read", ResourceProbe][];
    return all.map(
      ([access, probe]): ProbeInput => ({
        ...probe,
        params: { [of.param]: id },
        // What only reads the resource is served by the region.
        ...(endpoint !== undefined && access !== "read" && { endpoint }),
        target: { id, seen: "deployer" },
        expected: access === g.access ? "allowed" : "refused",
      }),
    );
  };
  return kind<ResourceGrant<A, K>>({
    key: of.key,
    schema,
    id: (g) => `${of.key} ${idOf(g)} ${g.access}`,
    label: (g) => `${of.access[g.access].label} ${idOf(g)}`,
    compartment: (g) => g.compartment,
    statements: (g, ids) => {
      const at = g.compartment ?? ids.workloadCompartmentId;
      const conditions = of.condition ? [of.condition(idOf(g))] : [];
      const text = groupStatement(ids.groupId, of.access[g.access].permissions, at, conditions);
      return [{ compartmentId: at, text }];
    },
    allow: (g, ids) => {
      const endpoint = ids.endpoints?.[idOf(g)];
      const { operations } = of.access[g.access];
      return [
        {
          operations: [...operations],
          where: { [`path.${of.param}`]: idOf(g) },
          ...(endpoint !== undefined && { endpoint }),
        },
      ];
    },
    ...(!of.condition && {
      // The statement opens every resource of the kind in its compartment.
      scope: (g) => [{ operations: [...of.access[g.access].operations], where: {} }],
      findings: () => [
        findingOf(
          "reaches-the-compartment",
          `the statement reaches every ${of.what} of the compartment: OCI documents no condition for one ${of.what}. Only the proxy keeps a client to this one.`,
        ),
      ],
    }),
    probes: (g, ids) => {
      const all = probesOf(g, ids.endpoints?.[idOf(g)]);
      return {
        allowed: all.filter((p) => p.expected === "allowed"),
        refused: all.filter((p) => p.expected === "refused"),
      };
    },
    lookups: (g, { compartments }) => [
      {
        operation: of.lookup,
        params: { [of.param]: idOf(g) },
        what: `${of.what} ${idOf(g)}`,
        expectedCompartment: g.compartment ?? compartments.workload,
        ...(of.endpoint !== undefined && { endpoint: { of: idOf(g), member: of.endpoint } }),
      },
    ],
    deployerNeeds: of.needs,
  });
};
