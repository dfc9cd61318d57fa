/** `iam -- consolidate`: statements that can go, and that can become one. @module */
import { styleText } from "node:util";
import { type Consolidation, consolidate, LIMITS, type StatementRef, type Tenancy } from "../../iam/index.ts";
import { type Io, read } from "./io.ts";
import type { Subcommand } from "./subcommand.ts";
import { readTenancy } from "./tenancy.ts";

const policyOf = (tenancy: Tenancy, policy: number): string =>
  tenancy.policies?.[policy]?.name ?? `policy ${policy}`;

const textOf = (tenancy: Tenancy, { policy, statement }: StatementRef): string =>
  tenancy.policies?.[policy]?.statements[statement] ?? "";

const located = (tenancy: Tenancy, ref: StatementRef): string =>
  `${policyOf(tenancy, ref.policy)}: ${textOf(tenancy, ref)}`;

const jsonLines = ({ redundant, merges, joins, counts }: Consolidation): string[] =>
  [
    ...redundant.map((r) => ({ kind: "redundant", ...r })),
    ...merges.map((m) => ({ kind: "merge", ...m })),
    ...joins.map((j) => ({ kind: "join", ...j })),
    { kind: "counts", ...counts, limits: LIMITS },
  ].map((line) => JSON.stringify(line));

const peopleLines = (tenancy: Tenancy, { redundant, merges, joins, counts }: Consolidation): string[] => {
  const { before, after } = counts;
  const shrunk = (what: string, was: number, is: number, limit?: number): string =>
    `${what}: ${was} → ${is}${limit === undefined ? "" : ` (limit ${limit})`}`;
  return [
    ...redundant.flatMap((r) => [
      `${styleText("red", "-")} ${located(tenancy, r.statement)}`,
      `    ${r.why}${r.together ? "" : "; it stays when the others go"}`,
      ...r.by.map((ref) => `    ${located(tenancy, ref)}`),
    ]),
    ...merges.flatMap((m) => [
      ...m.statements.map((ref) => `${styleText("red", "-")} ${located(tenancy, ref)}`),
      `${styleText("green", "+")} ${policyOf(tenancy, m.statements[0]!.policy)}: ${m.into}`,
      `    ${m.why}`,
      ...m.notes.map((note) => `    ${styleText("yellow", "note")}: ${note}`),
    ]),
    ...joins.map(({ policies }) => `join: ${policies.map((p) => policyOf(tenancy, p)).join(", ")}`),
    shrunk("policies", before.policies, after.policies, LIMITS.policies),
    shrunk("statements", before.statements, after.statements),
    shrunk("most in a policy", before.mostInPolicy, after.mostInPolicy, LIMITS.statementsInPolicy),
    shrunk("most on a path", before.mostOnPath, after.mostOnPath, LIMITS.statementsOnPath),
  ];
};

const run = (io: Io, file: string, json: boolean): number => {
  const tenancy = readTenancy(read(io, file), file);
  const found = consolidate(tenancy);
  for (const line of json ? jsonLines(found) : peopleLines(tenancy, found)) io.print(line);
  return 0;
};

/** `consolidate FILE` */
export const consolidateCommand: Subcommand = {
  usage: "consolidate FILE",
  about: [
    "a tenancy (JSON): statements that can go, by themselves and together, statements and policies that can",
    "become one; only what a comparison proves to change nothing",
  ],
  takes: { count: 1, what: "file" },
  run: (io, [file], _, json) => run(io, file!, json),
};
