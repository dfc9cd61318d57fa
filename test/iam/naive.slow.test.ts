import { expect, test } from "vitest";
import { compile, decide } from "../../iam/index.ts";
import { naiveDecide } from "./naive.ts";
import { Random, request, tenancy } from "./random.ts";

const FULL = process.env["KEYLESS_CI"] === "1";
const CASES = Number(process.env["KEYLESS_NAIVE_CASES"] ?? (FULL ? 120_000 : 12_000));
const REQUESTS_EACH = 6;
const seed = Number(process.env["KEYLESS_SEED"] ?? 1);

test(`the evaluator and the naive one agree on ${CASES} generated tenancies and requests`, {
  timeout: 600_000,
}, () => {
  const counts = { allow: 0, deny: 0, unknown: 0 };
  for (let i = 0; i < CASES / REQUESTS_EACH; i++) {
    const random = new Random(seed * 1_000_003 + i);
    const generated = tenancy(random);
    const compiled = compile(generated);
    for (let j = 0; j < REQUESTS_EACH; j++) {
      const asked = request(random);
      const { decision } = decide(compiled, asked);
      const wanted = naiveDecide(generated, asked);
      counts[wanted]++;
      if (decision !== wanted) {
        const detail = JSON.stringify(
          {
            policies: generated.policies,
            dynamicGroups: generated.dynamicGroups,
            groups: generated.groups,
            asked,
          },
          null,
          1,
        );
        expect.fail(`seed ${seed} case ${i}: ${decision}, the naive one says ${wanted}\n${detail}`);
      }
    }
  }
  // Cases that are nearly all refusals would prove little.
  expect(Math.min(counts.allow, counts.deny)).toBeGreaterThan(CASES / 10);
  expect(counts.unknown).toBeGreaterThan(CASES / 200);
});
