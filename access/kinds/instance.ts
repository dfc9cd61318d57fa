import { z } from "zod";
import { POWER_ACTIONS } from "../../document/grant-forms.ts";
import { PLACEHOLDERS } from "../../document/placeholders.ts";
import type { ProbeInput } from "../../document/schema.ts";
import { findingOf } from "../finding-codes.ts";
import { compartmentId, ocidForm } from "../forms.ts";
import { kind } from "../grant.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** The instance, by OCID, or `self`. */
  instance: z.union([z.literal("self"), ocidForm("instance")], {
    error: "must be self or an instance's OCID",
  }),
  /** `read`: its details; `power`: start, stop, reset. */
  access: z.enum(["read", "power"]),
  /** OCID of the instance's compartment. @default the workload's compartment */
  compartment: compartmentId.optional(),
});
type InstanceGrant = z.infer<typeof schema>;

const idOf = (g: InstanceGrant): string => (g.instance === "self" ? PLACEHOLDERS.instance : g.instance);

const POWER = { "query.action": { oneOf: [...POWER_ACTIONS] } };

const operationOf = (g: InstanceGrant): string =>
  g.access === "read" ? "core.GetInstance" : "core.InstanceAction";

/**
 * Reading one instance, or its power actions. `target.instance.id` stands in statements of Oracle's own for
 * INSTANCE_READ (OS Management Hub's, with `request.instance.id` beside it), not in the policy reference's list.
 */
export const instanceGrant = kind<InstanceGrant>({
  key: "instance",
  schema,
  id: (g) => `instance ${g.instance} ${g.access}`,
  label: (g) => {
    const which = g.instance === "self" ? "the instance it runs on" : `the instance ${g.instance}`;
    return g.access === "read" ? `read the details of ${which}` : `start, stop and reset ${which}`;
  },
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    const permission = g.access === "read" ? "INSTANCE_READ" : "INSTANCE_POWER_ACTIONS";
    const condition =
      g.instance === "self"
        ? "request.instance.id = target.instance.id"
        : `target.instance.id = '${g.instance}'`;
    return [{ compartmentId: at, text: groupStatement(ids.groupId, [permission], at, [condition]) }];
  },
  allow: (g) => [
    {
      operations: [operationOf(g)],
      where: { "path.instanceId": idOf(g), ...(g.access === "power" && POWER) },
    },
  ],
  // The permission opens every action.
  scope: (g) => [{ operations: [operationOf(g)], where: { "path.instanceId": idOf(g) } }],
  probes: (g) => {
    const own = g.instance === "self";
    const target = { id: idOf(g), seen: own ? "self" : "deployer" } as const;
    const short = own ? "self" : g.instance.slice(-6);
    const read: ProbeInput = {
      name: `instance-${short}-read`,
      says: "read the granted instance",
      operation: "core.GetInstance",
      params: { instanceId: idOf(g) },
      target,
      expected: g.access === "read" ? "allowed" : "refused",
    };
    const power: ProbeInput = {
      name: `instance-${short}-power`,
      says: "start the granted instance",
      operation: "core.InstanceAction",
      params: { instanceId: idOf(g) },
      query: { action: "START" },
      // An ETag that no instance has: 412 shows that the action is allowed, and nothing is done.
      headers: { "if-match": "keyless-never-matches" },
      target,
      expected: g.access === "power" ? "allowed" : "refused",
    };
    return {
      allowed: [read, power].filter((p) => p.expected === "allowed"),
      refused: [read, power].filter((p) => p.expected === "refused"),
    };
  },
  findings: (g) =>
    g.access === "read"
      ? [
          findingOf(
            "instance-shows-metadata",
            "an instance's details include its metadata: the app's document with the bundle's address, and user_data",
          ),
        ]
      : [],
  lookups: (g, { compartments }) =>
    g.instance === "self"
      ? []
      : [
          {
            operation: "core.GetInstance",
            params: { instanceId: g.instance },
            what: `instance ${g.instance}`,
            expectedCompartment: g.compartment ?? compartments.workload,
          },
        ],
});
