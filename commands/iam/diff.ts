/** `iam -- diff`: the access gained and lost between two tenancies. @module */
import { styleText } from "node:util";
import { compareTenancies } from "../../iam/index.ts";
import { type Io, read } from "./io.ts";
import type { Subcommand } from "./subcommand.ts";
import { readTenancy } from "./tenancy.ts";

const diff = (io: Io, before: string, after: string, json: boolean): number => {
  const comparison = compareTenancies(
    readTenancy(read(io, before), before),
    readTenancy(read(io, after), after),
  );
  const { gained, lost, undecided = [] } = comparison;
  const equal = gained.length + lost.length + undecided.length === 0;
  if (json) io.print(JSON.stringify(comparison));
  else {
    for (const [sign, colour, entries] of [
      ["+", "green", gained],
      ["-", "red", lost],
    ] as const) {
      for (const e of entries) {
        const where = `${e.compartmentName ?? e.compartment}${e.subtree ? " and below" : ""}`;
        const condition = e.condition ? ` where ${e.condition}` : "";
        io.print(styleText(colour, `${sign} ${e.principal}: ${e.summary} in ${where}${condition}`));
      }
    }
    for (const text of undecided)
      io.print(styleText("yellow", `? ${text}: what it grants is not known for certain`));
    if (equal) io.print("equal: neither side allows what the other does not");
  }
  return equal ? 0 : 1;
};

/** `diff BEFORE AFTER` */
export const diffCommand: Subcommand = {
  usage: "diff BEFORE AFTER",
  about: ["two tenancies (JSON): the access gained and lost between them"],
  takes: { count: 2, what: "file" },
  run: (io, [before, after], _, json) => diff(io, before!, after!, json),
};
