/**
 * Questions to a large tenancy: who can, reach, assertions, a change in its presence. Goals: 1 s, 1 s, 5 s, 2 s.
 * @module
 */
import {
  type Assertion,
  checkAssertions,
  compareInPresence,
  reach,
  type Tenancy,
  whoCan,
} from "../../iam/index.ts";
import { type Figure, figureOf } from "../figure.ts";
import { compartmentId, largeTenancy } from "./tenancy.ts";

const RUNS = 5;
const OF = "5,000 statements, 200 groups, 10,000 instances";

const ms = (work: () => void): number[] =>
  Array.from({ length: RUNS }, () => {
    const startedMs = performance.now();
    work();
    return performance.now() - startedMs;
  });

/** Twenty, of every form: operations and permissions, places, conditions, groups, anybody. */
const assertions = (): Assertion[] =>
  Array.from({ length: 20 }, (_, i): Assertion => {
    const what =
      i % 2 === 0 ? { operations: ["GetObject", "PutObject"] } : { permissions: ["VOLUME_DELETE"] };
    const place = i % 3 === 0 ? { compartment: compartmentId(i) } : {};
    const where = i % 5 === 0 ? { where: "request.region != 'iad'" } : {};
    return i % 4 === 3
      ? { kind: "only", principals: [`group g${i}`], except: [], ...what, ...place, ...where }
      : { kind: "never", principals: [`group g${i * 9}`], except: [], ...what, ...place, ...where };
  });

/** The tenancy with a policy of 50 statements more, and the same with ten of these changed. */
const changes = (tenancy: Tenancy): readonly [Tenancy, Tenancy] => {
  const text = (i: number, verb: string): string =>
    `Allow group id ocid1.group.oc1..g${i} to ${verb} buckets in compartment id ${compartmentId(i)}`;
  const withOwn = (changed: number): Tenancy => ({
    ...tenancy,
    policies: [
      ...tenancy.policies!,
      { statements: Array.from({ length: 50 }, (_, i) => text(i, i < changed ? "manage" : "read")) },
    ],
  });
  return [withOwn(0), withOwn(10)];
};

/** Measures each question; the tenancy is read once. */
export const asking = function* (): Generator<Figure> {
  const tenancy: Tenancy = largeTenancy();
  const list = assertions();
  const [before, after] = changes(tenancy);
  const user = { type: "user", id: "ocid1.user.oc1..u7" } as const;
  const questions: [string, () => unknown][] = [
    ["who-can of GetObject, all compartments", () => whoCan(tenancy, { operation: "GetObject" })],
    ["reach of one user", () => reach(tenancy, user)],
    ["reach of one instance", () => reach(tenancy, { type: "instance", id: "ocid1.instance.oc1.iad.i5" })],
    ["20 assertions", () => checkAssertions(tenancy, list)],
    [
      "10 statements changed, compared in the presence of the others",
      () => compareInPresence(before, after, tenancy.policies!.length),
    ],
  ];
  for (const [name, ask] of questions)
    yield figureOf(
      `${name}; ${OF}`,
      "ms",
      ms(() => void ask()),
    );
};
