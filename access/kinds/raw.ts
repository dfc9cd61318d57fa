import { z } from "zod";
import { constraintSchema } from "../../app/settings.ts";
import { compartmentId } from "../forms.ts";
import { kind } from "../grant.ts";

const schema = z.strictObject({
  raw: z.strictObject({
    /** Short and unique, for reports and refusals. */
    name: z.string().regex(/^[a-z0-9-]{1,64}$/),
    /** The statement, with `<group>` for the dynamic group's OCID: `Allow dynamic-group id <group> to …`. */
    statement: z.string().regex(/^[^\n]*\bdynamic-group id <group> [^\n]*$/i, {
      error: "must be one line that grants to `dynamic-group id <group>`",
    }),
    /** Where its policy is attached. */
    compartment: compartmentId,
    /** Operations that a client may call: `service.Operation`. Nothing for the app itself. */
    operations: z.array(z.string().regex(/^[a-z]+\.[A-Za-z]+$/)).default([]),
    /** What must hold of a client's requests; see the app's settings. */
    where: z.record(z.string(), constraintSchema).default({}),
  }),
});

/** What no other kind grants: a statement in the policy language, and the operations it is for. */
export const rawGrant = kind<z.infer<typeof schema>>({
  key: "raw",
  schema,
  words: (g) => `raw ${g.raw.name}`,
  says: (g) =>
    `what the statement ${g.raw.name} says${g.raw.operations.length ? `: ${g.raw.operations.join(", ")}` : ""}`,
  compartment: (g) => g.raw.compartment,
  statements: (g, ids) => [
    { compartmentId: g.raw.compartment, text: g.raw.statement.replaceAll("<group>", ids.groupId) },
  ],
  allow: (g) => (g.raw.operations.length ? [{ operations: g.raw.operations, where: g.raw.where }] : []),
  probes: () => ({ allowed: [], refused: [] }),
  findings: (g) => [
    {
      code: "raw-grant",
      severity: "warning",
      message: `the statement ${g.raw.name} is written by hand: nothing that the check tries proves how far it reaches`,
    },
  ],
});
