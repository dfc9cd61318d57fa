/** The comparison against brute force where conditions compare tags with tags, and tags have several values. */
import { expect, test } from "vitest";
import { compareTenancies, compile, decide, type Request, type Tenancy } from "../../iam/index.ts";
import { ANN, NOBODY, tenancyWith } from "./fixture.ts";
import { Random } from "./random.ts";

const MINE = "request.principal.group.tag.n.k";
const ITS = "target.resource.tag.n.k";
const BUCKET = "target.bucket.name";
const LITERALS = ["'a'", "'b'", "'c'", "/a*/", "/*b/", "'ab'"];
const OPERATIONS = {
  BUCKET_INSPECT: ["ListBuckets", "HeadBucket"],
  BUCKET_READ: ["GetBucket"],
  BUCKET_DELETE: ["DeleteBucket"],
};
const SETS = [undefined, ["a"], ["b"], ["x"], ["ab"], ["a", "b"], ["b", "x"], ["a", "x"], ["a", "b", "x"]];

const atom = (r: Random): string => {
  const literal = (): string => r.pick(LITERALS);
  const variable = r.pick([MINE, ITS, BUCKET]);
  return r.pick([
    `${variable} ${r.pick(["=", "!="])} ${literal()}`,
    `${variable} ${r.pick(["in", "not in"])} (${literal()}, ${literal()})`,
    `${MINE} ${r.pick(["=", "!="])} ${ITS}`,
    `${ITS} ${r.pick(["=", "!="])} ${MINE}`,
    `${MINE} ${r.pick(["in", "not in"])} (${ITS}, ${literal()})`,
    `sets-${r.pick(["intersect", "equal"])}(${ITS}, ${r.pick([MINE, "('a', 'b')"])})`,
    `${r.pick(["!", ""])}${variable}`,
    `request.permission ${r.pick(["=", "!="])} '${r.pick(Object.keys(OPERATIONS))}'`,
    `request.operation ${r.pick(["=", "!="])} '${r.pick(Object.values(OPERATIONS).flat())}'`,
  ]);
};

const condition = (r: Random, depth = 0): string =>
  depth > 1 || r.below(2) === 0
    ? atom(r)
    : `${r.pick(["any", "all"])} {${condition(r, depth + 1)}, ${condition(r, depth + 1)}}`;

const statement = (r: Random): string => {
  const where = r.below(6) === 0 ? "" : ` where ${condition(r)}`;
  const [effect, who] = [r.pick(["Allow", "Allow", "Allow", "Deny"]), r.pick(["any-user", "group Ops"])];
  return `${effect} ${who} to ${r.pick(["inspect", "read", "use", "manage"])} buckets in tenancy${where}`;
};

/** Requests of every kind that the generated conditions can tell apart. */
const requests = (r: Random): Request[] =>
  [ANN, NOBODY].flatMap((principal) =>
    Object.entries(OPERATIONS).flatMap(([permission, operations]) =>
      operations.flatMap((operation) =>
        SETS.flatMap((mine) =>
          SETS.map((its): Request => {
            const name = r.pick([undefined, "a", "ab", "x", "b"]);
            const variables = {
              "request.operation": operation,
              ...(mine && { [MINE]: mine }),
              ...(its && { [ITS]: its }),
              ...(name && { [BUCKET]: name }),
            };
            return { principal, permissions: [permission], variables };
          }),
        ),
      ),
    ),
  );

const PAIRS = Number(process.env["KEYLESS_COMPARE_PAIRS"] ?? 8);

test(`${PAIRS} generated pairs: whatever differs is said`, { timeout: 300_000 }, () => {
  let differing = 0;
  for (let i = 0; i < PAIRS; i++) {
    const r = new Random(40_000 + i);
    const before = Array.from({ length: 1 + r.below(3) }, () => statement(r));
    const after = before.map((text, at) => (at === 0 ? statement(r) : text));
    const sides: [Tenancy, Tenancy] = [tenancyWith(before), tenancyWith(after)];
    const { gained, lost, notes } = compareTenancies(...sides);
    const [was, is] = sides.map(compile) as [ReturnType<typeof compile>, ReturnType<typeof compile>];
    for (const request of requests(r)) {
      const [a, b] = [was, is].map((side) => decide(side, request).decision === "allow");
      if (a === b) continue;
      differing++;
      const said = (b ? gained : lost).some((e) => e.permissions.includes(request.permissions![0]!));
      if (said || notes) continue;
      expect.fail(
        `pair ${i}: ${b ? "gained" : "lost"} and not said: ${JSON.stringify({ request, before, after })}`,
      );
    }
  }
  expect(differing).toBeGreaterThan(PAIRS);
});
