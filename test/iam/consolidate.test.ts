/** Statements that go, and statements that become one: proposed only where nothing changes. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { iamCommand } from "../../commands/iam/command.ts";
import {
  compareTenancies,
  compile,
  consolidate,
  decide,
  type Request,
  type Tenancy,
} from "../../iam/index.ts";
import { ANN, APP, BOB, NOBODY, PROD, ROOT, tenancyWith } from "./fixture.ts";
import { Random } from "./random.ts";

const at = (refs: readonly { policy: number; statement: number }[]): string =>
  refs.map((r) => `${r.policy}.${r.statement}`).join(" ");

const found = (statements: string[], change: Partial<Tenancy> = {}) => {
  const { redundant, merges, after } = consolidate(tenancyWith(statements, change));
  return {
    redundant: redundant.map(
      (r) => `${at([r.statement])} by ${at(r.by)}: ${r.why}${r.together ? "" : " (alone)"}`,
    ),
    merges: merges.map((m) => `${at(m.statements)}: ${m.into}${m.notes.map((n) => ` (${n})`).join("")}`),
    after: after.policies![0]!.statements,
  };
};

describe("redundant statements", () => {
  it("are those that others wholly cover, by a wider verb, place, or subject", () => {
    const { redundant, after } = found([
      "Allow group Ops to read buckets in compartment app",
      "Allow group Ops to manage object-family in tenancy",
      "Allow group Dev to inspect volumes in tenancy",
      "Allow any-user to read volumes in tenancy",
    ]);
    expect(redundant).toEqual([
      "0.0 by 0.1: all that it allows, these allow",
      "0.2 by 0.3: all that it allows, these allow",
    ]);
    expect(after).toHaveLength(2);
  });

  it("of two that stand for each other the first stays", () => {
    const same = "Allow group Ops to read buckets in tenancy";
    expect(found([same, same.toUpperCase().replace("OPS", "Ops")])).toMatchObject({
      redundant: [
        "0.0 by 0.1: all that it allows, these allow (alone)",
        "0.1 by 0.0: all that it allows, these allow",
      ],
      after: [same],
    });
  });

  it("are not those of a group whose members only today are in another", () => {
    const groups = [
      { id: "ocid1.group.oc1..ops", name: "Ops", members: [ANN.id] },
      { id: "ocid1.group.oc1..dev", name: "Dev", members: [ANN.id, BOB.id] },
    ];
    const statements = [
      "Allow group Ops to read buckets in tenancy",
      "Allow group Dev to use buckets in tenancy",
    ];
    expect(found(statements, { groups }).redundant).toEqual([]);
  });

  it("are denies that stop nothing, and allows that a deny takes away", () => {
    expect(
      found([
        "Deny group Ops to inspect volumes in tenancy",
        "Allow group Ops to read buckets in compartment app",
        "Deny any-user to inspect buckets in tenancy",
      ]).redundant,
    ).toEqual([
      "0.0 by : nothing that it denies is allowed",
      "0.1 by 0.2: what it allows and these do not allow, a deny takes away",
      "0.2 by : nothing that it denies is allowed when the others are gone",
    ]);
  });

  it("are not proposed beside a statement or a rule that is not known", () => {
    const statements = [
      "Allow group Ops to read buckets in tenancy",
      "Allow group Ops to inspect buckets in tenancy",
    ];
    const policies = [{ statements: [...statements, "(known after apply)"], unknownStatements: [2] }];
    expect(consolidate({ ...tenancyWith([]), policies })).toMatchObject({ redundant: [], merges: [] });
  });

  it("are not those that the tables do not know", () => {
    expect(
      found(["Allow group Ops to manage wonders in tenancy", "Allow group Ops to read wonders in tenancy"]),
    ).toMatchObject({ redundant: [], merges: [] });
  });
});

describe("statements that become one", () => {
  it("take several groups of one action", () => {
    expect(
      found([
        "Allow group Ops to read buckets in tenancy where target.bucket.name = 'a'",
        "Allow group Staff/Ops to read buckets in tenancy where target.bucket.name = 'a'",
        "Allow group Dev to read buckets in tenancy where target.bucket.name = 'b'",
      ]).merges,
    ).toEqual([
      "0.0 0.1: Allow group Ops, Staff/Ops to read buckets in tenancy where target.bucket.name = 'a'",
    ]);
  });

  it("join permissions of one subject, and say what a verb reaches later", () => {
    expect(
      found([
        "Allow group Ops to {BUCKET_INSPECT} in tenancy",
        "Allow group Ops to {BUCKET_READ} in tenancy",
        "Allow group Dev to {BUCKET_INSPECT} in tenancy",
        "Allow group Dev to {VOLUME_INSPECT} in tenancy",
      ]).merges,
    ).toEqual([
      "0.0 0.1: Allow group Ops to read buckets in tenancy (a permission that OCI adds to the verb later is reached too; the statements that name permissions did not)",
      "0.2 0.3: Allow group Dev to {BUCKET_INSPECT, VOLUME_INSPECT} in tenancy",
    ]);
  });

  it("say that names in place of a verb no longer reach what is added to it", () => {
    expect(
      found([
        "Allow group Ops to inspect buckets in tenancy",
        "Allow group Ops to {VOLUME_INSPECT} in tenancy",
      ]).merges[0],
    ).toMatch(
      /^0\.0 0\.1: Allow group Ops to \{.*\} in tenancy \(a permission that OCI adds to the verb later is no longer/,
    );
  });
});

const UNIVERSE: Request[] = [ANN, BOB, NOBODY].flatMap((principal) =>
  [ROOT, APP, PROD].flatMap((compartment) =>
    ["BUCKET_INSPECT", "BUCKET_READ", "BUCKET_UPDATE", "OBJECT_READ"].flatMap((permission) =>
      [undefined, "a", "b", "c"].map((bucket) => ({
        principal,
        compartment,
        permissions: [permission],
        ...(bucket && { variables: { "target.bucket.name": bucket } }),
      })),
    ),
  ),
);

const made = (r: Random): string => {
  const effect = r.chance(0.15) ? "Deny" : "Allow";
  const who = r.pick(["group Ops", "group Dev", "group Ops, Dev", "any-user"]);
  const what = r.pick([
    "inspect buckets",
    "read buckets",
    "use buckets",
    "{BUCKET_READ}",
    "{OBJECT_READ}",
    "read object-family",
  ]);
  const where = r.chance(0.3) ? ` where target.bucket.name = '${r.pick(["a", "b"])}'` : "";
  return `${effect} ${who} to ${what} in ${r.pick(["tenancy", "compartment app", "compartment app:prod"])}${where}`;
};

const PAIRS = 8;

it(`${PAIRS} generated tenancies decide every request as before, and nothing that could go stays`, () => {
  let fewer = 0;
  for (let i = 0; i < PAIRS; i++) {
    const r = new Random(77_000 + i);
    const before = tenancyWith(r.some(8, () => made(r), 4));
    const { after, redundant } = consolidate(before);
    fewer += before.policies![0]!.statements.length - after.policies![0]!.statements.length;
    expect(compareTenancies(before, after)).toEqual({ gained: [], lost: [] });
    const [was, is] = [compile(before), compile(after)];
    const left = redundant.filter((x) => x.together).map((x) => x.statement.statement);
    for (const asked of UNIVERSE)
      expect(decide(is, asked).decision, JSON.stringify({ asked, before, after })).toBe(
        decide(was, asked).decision,
      );
    // Each that stays decides something, in the universe or outside it.
    const kept = before.policies![0]!.statements.filter((_, n) => !left.includes(n));
    for (const text of kept) {
      const without = { ...before, policies: [{ statements: kept.filter((t) => t !== text) }] };
      const { gained, lost } = compareTenancies({ ...before, policies: [{ statements: kept }] }, without);
      expect(gained.length + lost.length, `${text}\n${kept.join("\n")}`).toBeGreaterThan(0);
    }
  }
  expect(fewer).toBeGreaterThan(PAIRS);
});

it("counts policies and statements before and after, and names policies that fit into one", () => {
  const same = "Allow group Ops to read buckets in tenancy";
  const tenancy = {
    ...tenancyWith([]),
    policies: [{ statements: [same] }, { statements: [same, "Allow group Dev to read volumes in tenancy"] }],
  };
  const { counts, joins } = consolidate(tenancy);
  expect(joins).toEqual([{ policies: [0, 1] }]);
  expect(counts).toEqual({
    before: { policies: 2, statements: 3, mostInPolicy: 2, mostOnPath: 3 },
    after: { policies: 1, statements: 2, mostInPolicy: 1, mostOnPath: 2 },
  });
});

it("the page's command prints what the page says", () => {
  const page = readFileSync(new URL("../../docs/consolidate.md", import.meta.url), "utf8");
  const [, line] = /^```sh\nnpm run -s iam -- (.*)\n```/m.exec(page)!;
  const args = line!.split(" ").map((word) => (word === "tenancy.json" ? "-" : word));
  const tenancy = tenancyWith([
    "Allow group Ops to read buckets in tenancy",
    "Allow group Ops to inspect buckets in tenancy",
    "Allow group Dev to read buckets in tenancy",
  ]);
  const run = (terminal: boolean): string[] => {
    const printed: string[] = [];
    const io = {
      input: () => JSON.stringify(tenancy),
      print: (text: string) => void printed.push(text),
      terminal,
    };
    expect(iamCommand(args, io)).toBe(0);
    return printed;
  };
  const kinds = run(false).map((text) => JSON.parse(text).kind);
  expect(kinds).toEqual(["redundant", "merge", "counts"]);
  for (const kind of kinds) expect(page).toContain(`"kind":"${kind}"`);
  expect(run(true).join("\n")).toContain("Allow group Ops, Dev to read buckets in tenancy");
});
