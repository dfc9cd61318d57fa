/** `iam -- who-can`: everybody who may do an operation. @module */
import { styleText } from "node:util";
import { type Tenancy, type WhoCan, whoCan } from "../../iam/index.ts";
import { read } from "./io.ts";
import { ASKED, askedFrom } from "./names.ts";
import { because, where } from "./said.ts";
import type { Subcommand } from "./subcommand.ts";
import { readTenancy } from "./tenancy.ts";

const said = (tenancy: Tenancy, line: WhoCan): string => {
  const { principal, name, decision, compartments } = line;
  const who = principal.type === principal.id ? principal.type : `${principal.type} ${name ?? principal.id}`;
  const places = compartments?.map(({ id, name: own, subtree }) => where(own ?? id, subtree)).join(", ");
  return [
    `${styleText(decision === "allow" ? "green" : "yellow", decision)} ${who}${places ? ` in ${places}` : ""}`,
    ...because(tenancy, line),
  ].join("\n");
};

/** `who-can FILE --operation OP` */
export const whoCanCommand: Subcommand = {
  usage: "who-can FILE --operation OP [--compartment ID] [--variable k=v]…",
  about: ["everybody who may do an operation, under which condition, through which statements (docs/ask.md)"],
  options: ASKED,
  takes: { count: 1, what: "file" },
  run: (io, [file], values, json) => {
    const tenancy = readTenancy(read(io, file!), file!);
    const lines = whoCan(tenancy, askedFrom(tenancy, values));
    for (const line of lines) io.print(json ? JSON.stringify(line) : said(tenancy, line));
    if (!json && lines.length === 0) io.print("nobody");
    return 0;
  },
};
