/**
 * Reads a tenancy from JSON, with every error at once.
 * @module
 */
import { z } from "zod";
import { isInstant, type Tenancy } from "../../iam/index.ts";
import { isPlan, readPlan } from "./plan/plan.ts";
import { plannedTenancy } from "./plan/planned-tenancy.ts";
import { TenancyError } from "./tenancy-error.ts";

const tags = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
const freeformTags = z.record(z.string(), z.string());
const unknown = z.object({ unknown: z.literal(true) });
const ocid = z.string().min(1);

const principal = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("user"),
    id: ocid,
    name: z.string().optional(),
    groups: z.array(ocid).optional(),
    tenancy: ocid.optional(),
  }),
  z.object({
    type: z.literal("instance"),
    id: ocid,
    tenancy: ocid.optional(),
    compartment: ocid.optional(),
    tags: tags.optional(),
  }),
  z.object({
    type: z.literal("resource"),
    resourceType: z.string(),
    id: ocid,
    tenancy: ocid.optional(),
    compartment: ocid.optional(),
    tags: tags.optional(),
  }),
  z.object({ type: z.literal("service"), name: z.string() }),
]);

const request = z
  .object({
    principal,
    operation: z.string().optional(),
    service: z.string().optional(),
    cases: z.array(z.string()).optional(),
    permissions: z.array(z.string()).optional(),
    compartment: ocid.optional(),
    time: z
      .string()
      .refine((text) => isInstant(text), { message: "is no time; 2026-01-31T12:00:00Z is one" })
      .optional(),
    region: z.string().optional(),
    variables: z
      .record(
        z.string(),
        z.union([
          z.string(),
          z.number(),
          z.boolean(),
          z.null(),
          unknown,
          z.array(z.union([z.string(), unknown])),
        ]),
      )
      .optional(),
  })
  .refine((r) => (r.operation === undefined) !== (r.permissions === undefined), {
    message: "has either operation or permissions",
  });

const oneTenancy = z.object({
  tenancy: ocid,
  denyEnabled: z.boolean().optional(),
  compartments: z
    .array(
      z.object({
        id: ocid,
        name: z.string(),
        parent: ocid.nullish().transform((p) => p ?? undefined),
        tags: tags.optional(),
      }),
    )
    .optional(),
  groups: z
    .array(
      z.object({
        id: ocid,
        name: z.string(),
        domain: z.string().optional(),
        members: z.array(ocid).optional(),
        tags: tags.optional(),
      }),
    )
    .optional(),
  dynamicGroups: z
    .array(
      z.object({
        id: ocid,
        name: z.string(),
        domain: z.string().optional(),
        matchingRule: z.string(),
        unknownRule: z.boolean().optional(),
        tags: tags.optional(),
        freeformTags: freeformTags.optional(),
      }),
    )
    .optional(),
  policies: z
    .array(
      z.object({
        id: ocid.optional(),
        name: z.string().optional(),
        freeformTags: freeformTags.optional(),
        compartment: ocid.optional(),
        statements: z.array(z.string()),
        unknownStatements: z.array(z.number()).optional(),
      }),
    )
    .optional(),
  users: z.array(z.object({ id: ocid, name: z.string().optional() })).optional(),
  instances: z
    .array(
      z.object({
        id: ocid,
        name: z.string().optional(),
        compartment: ocid.optional(),
        tags: tags.optional(),
      }),
    )
    .optional(),
  domains: z
    .array(z.object({ id: ocid.optional(), name: z.string(), compartment: ocid.optional() }))
    .optional(),
  tagNamespaces: z
    .array(
      z.object({
        id: ocid.optional(),
        name: z.string(),
        compartment: ocid.optional(),
        tags: z.array(z.string()).optional(),
      }),
    )
    .optional(),
  notes: z.array(z.string()).optional(),
  requests: z.array(request).optional(),
});

const tenancy = oneTenancy
  .extend({ others: z.array(oneTenancy).optional() })
  .superRefine(({ tenancy: own, others = [] }, context) => {
    const seen = new Set([own.toLowerCase()]);
    for (const [i, { tenancy: id }] of others.entries()) {
      if (seen.has(id.toLowerCase()))
        context.addIssue({
          code: "custom",
          path: ["others", i, "tenancy"],
          message: `${id} is given already; each tenancy stands once`,
        });
      seen.add(id.toLowerCase());
    }
  });

/**
 * Reads a tenancy, or what a Terraform plan makes of one.
 * @param file where the text is from, for messages
 * @throws TenancyError with one line for each thing that is wrong
 */
export const readTenancy = (content: string, file: string): Tenancy => {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (error) {
    throw new TenancyError(`${file} is no JSON: ${(error as Error).message}`);
  }
  if (isPlan(json)) return plannedTenancy(readPlan(json, file), "after");
  const result = tenancy.safeParse(json);
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    (issue) => `  ${issue.path.join(".") || "the file"}: ${issue.message}`,
  );
  throw new TenancyError(`${file} is no tenancy:\n${lines.join("\n")}`);
};
