/** `iam -- plan`: the tenancy that a Terraform plan leads to, or comes from. @module */

import { read } from "../io.ts";
import { jsonLines } from "../json-lines.ts";
import type { Subcommand } from "../subcommand.ts";
import { TenancyError } from "../tenancy-error.ts";
import { isPlan, readPlan } from "./plan.ts";
import { plannedTenancy } from "./planned-tenancy.ts";

/** `plan FILE` */
export const planCommand: Subcommand = {
  usage: "plan [--before] FILE",
  about: [
    "a plan of terraform show -json: the tenancy after it, as JSON, or before it. Every command that takes a",
    "tenancy takes a plan too, and means the one after it",
  ],
  options: { before: { type: "boolean" } },
  takes: { count: 1, what: "file" },
  run: (io, [file], values) => {
    let json: unknown;
    try {
      json = JSON.parse(read(io, file!));
    } catch (error) {
      if (error instanceof SyntaxError) throw new TenancyError(`${file} is no JSON: ${error.message}`);
      throw error;
    }
    if (!isPlan(json))
      throw new TenancyError(
        `${file} is no plan: terraform show -json PLAN prints one, from terraform plan -out PLAN`,
      );
    const tenancy = plannedTenancy(readPlan(json, file!), values["before"] === true ? "before" : "after");
    for (const note of tenancy.notes ?? []) console.error(`note: ${note}`);
    for (const line of jsonLines(tenancy)) io.print(line);
    return 0;
  },
};
