import { expect, test } from "vitest";
import { compareTenancies, compile, decide, type Tenancy } from "../../iam/index.ts";
import { covers, plain } from "./covers.ts";
import { Random, statement, tenancy } from "./random.ts";

/** Changes a tenancy a little. */
const edit = (r: Random, t: Tenancy): Tenancy => {
  const policies = t.policies!.map((p) => ({ ...p, statements: [...p.statements] }));
  const policy = r.pick(policies);
  const at = r.below(policy.statements.length);
  const kind = r.below(6);
  if (kind < 2) policy.statements[at] = statement(r);
  else if (kind === 2) policy.statements.splice(at, 1);
  else if (kind === 3) policy.statements.push(statement(r));
  else if (kind === 4) return { ...t, dynamicGroups: tenancy(r).dynamicGroups! };
  else return { ...t, groups: tenancy(r).groups! };
  return { ...t, policies };
};

const PAIRS = Number(process.env["KEYLESS_COMPARE_PAIRS"] ?? (process.env["KEYLESS_CI"] === "1" ? 12 : 5));
const REQUESTS = 400;

test(`${PAIRS} generated pairs against brute force`, { timeout: 600_000 }, () => {
  const names = [
    "BUCKET_INSPECT",
    "BUCKET_READ",
    "BUCKET_UPDATE",
    "BUCKET_CREATE",
    "OBJECT_READ",
    "SECRET_BUNDLE_READ",
    "COMPARTMENT_INSPECT",
    "VNIC_READ",
  ];
  let differing = 0;
  for (let i = 0; i < PAIRS; i++) {
    const r = new Random(9_000 + i);
    const before = tenancy(r, 2);
    const after = edit(r, before);
    const comparison = compareTenancies(before, after);
    const [was, is] = [compile(before), compile(after)];
    for (let j = 0; j < REQUESTS; j++) {
      const asked = plain(r, names);
      const [a, b] = [was, is].map((side) => decide(side, asked).decision === "allow");
      if (a === b) continue;
      differing++;
      const entries = b ? comparison.gained : comparison.lost;
      if (entries.some((e) => covers(e, asked, after))) continue;
      expect.fail(
        `pair ${i}: ${b ? "gained" : "lost"} and not said: ${JSON.stringify(asked)}\n${JSON.stringify({ b: before.policies, a: after.policies, entries }, null, 1)}`,
      );
    }
    expect(
      compareTenancies(before, { ...before, policies: [...before.policies!, { statements: [] }] }),
    ).toMatchObject({ gained: [], lost: [] });
  }
  expect(differing).toBeGreaterThan(PAIRS);
});
