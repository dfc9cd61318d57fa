/** `iam -- reach`: all that a principal may do. @module */
import { styleText } from "node:util";
import { type Reach, reach, type Tenancy } from "../../iam/index.ts";
import { read } from "./io.ts";
import { principalNamed, required } from "./names.ts";
import { because, where } from "./said.ts";
import type { Subcommand } from "./subcommand.ts";
import { readTenancy } from "./tenancy.ts";

const said = (tenancy: Tenancy, entry: Reach): string => {
  const place = where(entry.compartmentName ?? entry.compartment, entry.subtree);
  return [`${styleText("bold", entry.summary)} in ${place}`, ...because(tenancy, entry)].join("\n");
};

/** `reach FILE --principal TYPE:ID` */
export const reachCommand: Subcommand = {
  usage: "reach FILE --principal TYPE:ID",
  about: ["all that a principal may do: permissions by compartment and condition (docs/ask.md)"],
  options: { principal: { type: "string" } },
  takes: { count: 1, what: "file" },
  run: (io, [file], values, json) => {
    const tenancy = readTenancy(read(io, file!), file!);
    const principal = principalNamed(
      tenancy,
      required(values, "principal", "TYPE:ID, as user:ocid1.user.oc1..…"),
    );
    const entries = reach(tenancy, principal);
    for (const entry of entries) io.print(json ? JSON.stringify(entry) : said(tenancy, entry));
    if (!json && entries.length === 0) io.print("nothing");
    return 0;
  },
};
