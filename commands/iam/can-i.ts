/** `iam -- can-i`: whether a principal may do an operation. @module */
import { canI } from "../../iam/index.ts";
import { explained } from "./decide.ts";
import { read } from "./io.ts";
import { ASKED, askedFrom, principalNamed, required } from "./names.ts";
import type { Subcommand } from "./subcommand.ts";
import { readTenancy } from "./tenancy.ts";

/** `can-i FILE --principal TYPE:ID --operation OP --compartment ID` */
export const canICommand: Subcommand = {
  usage: "can-i FILE --principal TYPE:ID --operation OP --compartment ID [--variable k=v]…",
  about: ["whether a principal may do an operation there, and through which statements (docs/ask.md)"],
  options: { ...ASKED, principal: { type: "string" } },
  optionLines: [
    "--principal     user:ID, instance:ID, resource:TYPE:ID, service:NAME, group:ID, dynamic-group:ID; OCIDs or names",
    "--operation     GetObject, objectstorage.GetObject; or --permissions A,B",
    "--variable      a variable of the request: target.bucket.name=logs; ? is a value that is not known",
    "--time          of the request (ISO 8601)",
  ],
  takes: { count: 1, what: "file" },
  run: (io, [file], values, json) => {
    const tenancy = readTenancy(read(io, file!), file!);
    const principal = principalNamed(
      tenancy,
      required(values, "principal", "TYPE:ID, as user:ocid1.user.oc1..…"),
    );
    required(values, "compartment", "an OCID, a name, or a path of names as a:b");
    const decision = canI(tenancy, { ...askedFrom(tenancy, values), principal });
    io.print(json ? JSON.stringify(decision) : explained(decision, tenancy));
    return decision.decision === "allow" ? 0 : 1;
  },
};
