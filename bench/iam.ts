/**
 * Figures of the policy language: decisions (beside Cedar's), parsing, compiling, comparing.
 * @module
 */
import { readFileSync } from "node:fs";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import {
  compareTenancies,
  compile,
  decide,
  parseStatement,
  type Request,
  type Tenancy,
} from "../iam/index.ts";
import { exporting } from "./export.ts";
import { type Figure, figureOf } from "./figure.ts";
import { asking } from "./iam/large.ts";

const RUNS = 5;
const ROOT = "ocid1.tenancy.oc1..t";
const COMPARTMENTS = 100;
const compartment = (i: number): string => `ocid1.compartment.oc1..c${i % COMPARTMENTS}`;
const group = (i: number): string => `ocid1.group.oc1..g${i}`;
const user = (i: number): string => `ocid1.user.oc1..u${i}`;
const TYPES = ["buckets", "secret-bundles", "instances", "volumes", "log-groups"];
const PERMISSIONS = [
  "BUCKET_READ",
  "SECRET_BUNDLE_READ",
  "INSTANCE_READ",
  "VOLUME_INSPECT",
  "LOG_GROUP_READ",
];

/** Ten statements for each group; every other one has a condition. */
const statementAt = (i: number): string => {
  const where = i % 2 === 0 ? ` where all {target.bucket.name = /b${i % 7}*/, request.region = 'iad'}` : "";
  return `Allow group id ${group(Math.floor(i / 10))} to read ${TYPES[i % 5]} in compartment id ${compartment(i * 7)}${where}`;
};

const tenancyOf = (statements: number): Tenancy => {
  const groups = Math.ceil(statements / 10);
  const texts = Array.from({ length: statements }, (_, i) => statementAt(i));
  return {
    tenancy: ROOT,
    compartments: Array.from({ length: COMPARTMENTS }, (_, i) => ({
      id: compartment(i),
      name: `c${i}`,
      parent: i < 10 ? ROOT : compartment(i % 10),
    })),
    groups: Array.from({ length: groups }, (_, i) => ({
      id: group(i),
      name: `g${i}`,
      members: [user(i), user((i + 1) % groups)],
    })),
    policies: Array.from({ length: Math.ceil(statements / 50) }, (_, p) => ({
      statements: texts.slice(p * 50, p * 50 + 50),
    })),
  };
};

/** Requests that a few statements concern; about half are allowed. */
const requestsFor = (statements: number, count: number): Request[] =>
  Array.from({ length: count }, (_, n) => {
    const i = (n * 37) % statements;
    return {
      principal: { type: "user", id: user(Math.floor(i / 10)) },
      permissions: [PERMISSIONS[(n % 4 === 0 ? i + 1 : i) % 5]!],
      compartment: compartment(i * 7),
      region: "iad",
      variables: { "target.bucket.name": `b${(n % 3 === 0 ? i + 1 : i) % 7}-x` },
    };
  });

const cedarPolicyAt = (i: number): string => {
  const when = i % 2 === 0 ? ` when { context.bucket like "b${i % 7}*" && context.region == "iad" }` : "";
  return `permit(principal in Group::"${group(Math.floor(i / 10))}", action == Action::"${PERMISSIONS[i % 5]}", resource in Compartment::"${compartment(i * 7)}")${when};`;
};

type CedarCall = Parameters<typeof cedar.statefulIsAuthorized>[0];

const cedarCall = (
  set: string,
  { principal, permissions, compartment: place, variables }: Request,
  groups: number,
): CedarCall => {
  const id = principal.type === "user" ? principal.id : "";
  const n = Number(id.slice(id.lastIndexOf("u") + 1));
  const c = Number(place!.slice(place!.lastIndexOf("c") + 1));
  const parents = [n, (n + groups - 1) % groups].map((g) => ({ type: "Group", id: group(g) }));
  return {
    principal: { type: "User", id },
    action: { type: "Action", id: permissions![0]! },
    resource: { type: "Compartment", id: place! },
    context: { bucket: variables!["target.bucket.name"] as string, region: "iad" },
    preparsedPolicySetId: set,
    entities: [
      { uid: { type: "User", id }, attrs: {}, parents },
      {
        uid: { type: "Compartment", id: place! },
        attrs: {},
        parents: c < 10 ? [] : [{ type: "Compartment", id: compartment(c % 10) }],
      },
    ],
  };
};

/** Repetitions per second of a piece of work. */
const perSecond = (times: number, work: () => void): number => {
  const start = performance.now();
  work();
  return (times / (performance.now() - start)) * 1000;
};

const series = (measure: () => number): number[] => {
  measure();
  return Array.from({ length: RUNS }, measure);
};

const decisions = (statements: number, count: number): (() => number) => {
  const compiled = compile(tenancyOf(statements));
  const requests = requestsFor(statements, 1000);
  return () =>
    perSecond(count, () => {
      for (let i = 0; i < count; i++) decide(compiled, requests[i % 1000]!);
    });
};

const DECISIONS = 100_000;
const CEDAR_DECISIONS = 500;

const againstCedar = (): Figure => {
  const statements = 500;
  const policies = Object.fromEntries(
    Array.from({ length: statements }, (_, i) => [`p${i}`, cedarPolicyAt(i)]),
  );
  const parsed = cedar.preparsePolicySet("bench", { staticPolicies: policies });
  if (parsed.type !== "success") throw new Error(JSON.stringify(parsed));
  const requests = requestsFor(statements, 1000);
  const calls = requests.map((r) => cedarCall("bench", r, statements / 10));
  const compiled = compile(tenancyOf(statements));
  for (const [i, call] of calls.entries()) {
    const theirs = cedar.statefulIsAuthorized(call);
    if (theirs.type !== "success") throw new Error(JSON.stringify(theirs));
    if (theirs.response.decision !== decide(compiled, requests[i]!).decision)
      throw new Error(`request ${i}: the two differ`);
  }
  const ours = decisions(statements, DECISIONS);
  const theirs = (): number =>
    perSecond(CEDAR_DECISIONS, () => {
      for (let i = 0; i < CEDAR_DECISIONS; i++) cedar.statefulIsAuthorized(calls[i]!);
    });
  ours();
  theirs();
  const runs = Array.from({ length: RUNS }, () => [ours(), theirs()] as const);
  return figureOf(
    "decisions at 500 statements ÷ Cedar (wasm) with 500 preparsed policies",
    "1/s",
    runs.map((r) => r[0]),
    runs.map((r) => r[1]),
  );
};

const flatness = (): Figure[] => {
  const sizes = [50, 500, 5000];
  const measures = sizes.map((size) => decisions(size, DECISIONS));
  for (const measure of measures) measure();
  const runs = Array.from({ length: RUNS }, () => measures.map((measure) => measure()));
  const first = runs.map((r) => r[0]!);
  return sizes.map((size, i) =>
    figureOf(
      `decisions at ${size} statements ÷ at 50`,
      "1/s",
      runs.map((r) => r[i]!),
      first,
    ),
  );
};

const corpus = (): string[] => {
  const url = new URL("../data/statements.txt", import.meta.url);
  return readFileSync(url, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
};

const parsing = (): Figure => {
  const texts = corpus();
  const rounds = 100;
  const measure = (): number =>
    perSecond(rounds * texts.length, () => {
      for (let i = 0; i < rounds; i++) for (const text of texts) parseStatement(text);
    });
  return figureOf("statements parsed", "1/s", series(measure));
};

const milliseconds = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

const compiling = (): Figure => {
  const tenancy = tenancyOf(5000);
  return figureOf(
    "compile 5,000 statements",
    "ms",
    series(() => milliseconds(() => void compile(tenancy))),
  );
};

/** Ten of 500 statements changed: verbs, conditions, places, one gone, one new. */
const changed = (tenancy: Tenancy): Tenancy => {
  const policies = tenancy.policies!.map((p) => ({ statements: [...p.statements] }));
  for (let i = 0; i < 10; i++) {
    const { statements } = policies[i]!;
    const text = statements[i * 3]!;
    if (i % 4 === 0) statements[i * 3] = text.replace(" read ", " manage ");
    else if (i % 4 === 1) statements[i * 3] = text.replace(/ where .*/, "");
    else if (i % 4 === 2)
      statements[i * 3] = text.replace(/compartment id \S+/, `compartment id ${compartment(i)}`);
    else statements.splice(i * 3, 1);
  }
  return { ...tenancy, policies };
};

const comparing = (): Figure => {
  const before = tenancyOf(500);
  const after = changed(before);
  return figureOf(
    "compare 500 statements, 50 groups, 100 compartments, 10 changed",
    "ms",
    series(() => milliseconds(() => void compareTenancies(before, after))),
  );
};

/** Measures every figure. */
export const run = async function* (): AsyncGenerator<Figure> {
  yield againstCedar();
  yield* flatness();
  yield parsing();
  yield compiling();
  yield comparing();
  yield* asking();
  yield* exporting();
};
