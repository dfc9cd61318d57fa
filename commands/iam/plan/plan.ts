/** A Terraform plan, as `terraform show -json` prints it: what of it is about access. @module */
import { z } from "zod";
import { TenancyError } from "../tenancy-error.ts";

const values = z.record(z.string(), z.unknown());

const change = z.object({
  address: z.string(),
  module_address: z.string().optional(),
  mode: z.string().optional(),
  type: z.string(),
  name: z.string(),
  change: z.object({
    before: values.nullish(),
    after: values.nullish(),
    /** True at each value that is known only after apply, in the form of `after`. */
    after_unknown: z.union([values, z.boolean()]).optional(),
  }),
});

const plan = z.object({
  format_version: z.string(),
  resource_changes: z.array(change).default([]),
  configuration: z.object({ root_module: z.unknown() }).partial().optional(),
});

/** A plan. */
export interface Plan extends z.infer<typeof plan> {
  /** The tenancy's OCID, where the plan names it. */
  tenancy: string | undefined;
}

/** One resource of a plan. */
export type PlanResource = z.infer<typeof change>;

/** True for the JSON of a plan (or of a state that has no changes, which is none). */
export const isPlan = (json: unknown): boolean =>
  typeof json === "object" &&
  json !== null &&
  "format_version" in json &&
  ("planned_values" in json || "resource_changes" in json);

/**
 * Reads a plan.
 * @param file where the JSON is from, for messages
 * @throws TenancyError with one line for each thing that is wrong
 */
export const readPlan = (json: unknown, file: string): Plan => {
  const result = plan.safeParse(json);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw new TenancyError(`${file} is no plan of terraform show -json:\n${lines.join("\n")}`);
  }
  return { ...result.data, tenancy: /ocid1\.tenancy\.[\w.-]*\w/.exec(JSON.stringify(json))?.[0] };
};

interface Module {
  resources?: { address: string; expressions?: Record<string, { references?: string[] }> }[];
  module_calls?: Record<string, { module?: Module }>;
}

/** What an argument of a resource refers to, by the configuration: addresses in the resource's own module. */
export const referencesOf = ({ configuration }: Plan, resource: PlanResource, argument: string): string[] => {
  let at = configuration?.root_module as Module | undefined;
  for (const [, name] of (resource.module_address ?? "").matchAll(/(?:^|\.)module\.([\w-]+)/g))
    at = at?.module_calls?.[name!]?.module;
  const found = at?.resources?.find((r) => r.address === `${resource.type}.${resource.name}`);
  return found?.expressions?.[argument]?.references ?? [];
};
