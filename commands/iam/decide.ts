/** `iam -- decide`: the requests of a tenancy. @module */
import { styleText } from "node:util";
import { compile, type Decision, decide, type Tenancy } from "../../iam/index.ts";
import { type Io, read } from "./io.ts";
import type { Subcommand } from "./subcommand.ts";
import { readTenancy } from "./tenancy.ts";

const WORD_COLOUR = { allow: "green", deny: "red", unknown: "yellow" } as const;

/** A decision for people. @param i the number of its request, where there are several */
export const explained = (decision: Decision, tenancy: Tenancy, i?: number): string => {
  const texts = (refs: { policy: number; statement: number }[], label: string): string[] =>
    refs.map((r) => `  ${label}: ${tenancy.policies?.[r.policy]?.statements[r.statement]}`);
  const { nearest } = decision;
  return [
    `${i === undefined ? "" : `request ${i}: `}${styleText(WORD_COLOUR[decision.decision], decision.decision)}`,
    ...texts(decision.granted, "granted by"),
    ...texts(decision.denied, "denied by"),
    ...texts(decision.undecided ?? [], "depends on"),
    ...decision.missing.map((p) => `  missing: ${p}`),
    ...(nearest
      ? [`  nearest: ${nearest.text}`, `           its ${nearest.part} does not match: ${nearest.detail}`]
      : []),
    ...(decision.notes ?? []).map((note) => `  note: ${note}`),
  ].join("\n");
};

const decideAll = (io: Io, file: string, json: boolean): number => {
  const tenancy = readTenancy(read(io, file), file);
  const compiled = compile(tenancy);
  for (const problem of compiled.problems) console.error(`note: ${problem}`);
  for (const [i, request] of (tenancy.requests ?? []).entries()) {
    const decision = decide(compiled, request);
    io.print(json ? JSON.stringify({ request: i, ...decision }) : explained(decision, tenancy, i));
  }
  return 0;
};

/** `decide FILE` */
export const decideCommand: Subcommand = {
  usage: "decide FILE",
  about: ["the requests of a tenancy (JSON): allowed or not, and why"],
  takes: { count: 1, what: "file" },
  run: (io, [file], _, json) => decideAll(io, file!, json),
};
