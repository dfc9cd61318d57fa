/** A change in the presence of other policies: what is new, and by whose statements the rest is decided. */
import { describe, expect, it } from "vitest";
import {
  type CompiledTenancy,
  compareInPresence,
  compile,
  decide,
  type Policy,
  type PresenceEffect,
  type PresenceEntry,
  type Request,
  type StatementRef,
  type Tenancy,
} from "../../iam/index.ts";
import { covers } from "./covers.ts";
import { ANN, APP, BOB, NOBODY, PROD, ROOT, tenancyWith } from "./fixture.ts";
import { Random } from "./random.ts";

const inPresence = (others: readonly Policy[], before: string[], after: string[]) => {
  const state = (statements: string[]): Tenancy => ({
    ...tenancyWith([]),
    policies: [...others, { statements }],
  });
  return compareInPresence(state(before), state(after), others.length);
};

const said = (entries: readonly PresenceEntry[]): string[] =>
  entries
    .map(
      (e) =>
        `${e.effect} ${e.principal} ${e.summary}${e.condition ? ` where ${e.condition}` : ""} by ${e.by.map((r) => `${r.policy}.${r.statement}`).join()}`,
    )
    .sort();

const readAll: Policy = { statements: ["Allow group Ops to read all-resources in tenancy"] };

describe("a change in the presence of others", () => {
  it("is no change where another policy allows it, and names the statement", () => {
    const { entries, notes } = inPresence(
      [{ statements: ["Allow group Dev to use buckets in tenancy"] }, readAll],
      [],
      ["Allow group Ops to read buckets in compartment app"],
    );
    expect(said(entries)).toEqual(["already-allowed group Ops read buckets by 1.0"]);
    expect(notes).toEqual([]);
  });

  it("says by a condition which part is new", () => {
    const others = [
      { statements: ["Allow group Ops to read buckets in tenancy where target.bucket.name = 'a'"] },
    ];
    const { entries } = inPresence(others, [], ["Allow group Ops to read buckets in tenancy"]);
    expect(said(entries)).toEqual([
      "already-allowed group Ops read buckets where target.bucket.name = 'a' by 0.0",
      "gained group Ops read buckets where any {!target.bucket.name, target.bucket.name != 'a'} by ",
    ]);
  });

  it("names each set of statements that allows a part of it", () => {
    const others = [
      { statements: ["Allow group Ops to inspect buckets in tenancy"] },
      { statements: ["Allow any-user to read buckets in tenancy"] },
    ];
    const { entries } = inPresence(others, [], ["Allow group Ops to use buckets in tenancy"]);
    expect(said(entries)).toEqual([
      "already-allowed group Ops inspect buckets by 0.0,1.0",
      expect.stringMatching(/^already-allowed group Ops \{BUCKET_READ\} by 1\.0$/),
      expect.stringMatching(/^gained group Ops \{BUCKET_UPDATE.*\} by $/),
    ]);
  });

  it("finds that a deny is the first to stop what another policy allows", () => {
    const { entries } = inPresence([readAll], [], ["Deny group Ops to inspect buckets in compartment app"]);
    expect(entries.map((e) => e.effect)).toEqual(["stopped"]);
    expect(entries[0]).toMatchObject({
      by: [{ policy: 0, statement: 0 }],
      through: [{ policy: 1, statement: 0 }],
    });
  });

  it("finds a deny that another deny has already stopped, and an allow that a deny takes away again", () => {
    const denied = { statements: ["Deny group Ops to inspect buckets in tenancy"] };
    expect(
      said(
        inPresence([readAll, denied], [], ["Deny any-user to inspect buckets in compartment app"]).entries,
      ),
    ).toEqual(["already-denied group Ops read buckets by 1.0"]);
    expect(
      said(inPresence([denied], [], ["Allow group Ops to read buckets in compartment app"]).entries),
    ).toEqual(["overruled group Ops read buckets by 0.0"]);
  });

  it("finds what is still allowed, was denied before, and is still denied", () => {
    const own = ["Allow group Ops to read buckets in compartment app"];
    expect(said(inPresence([readAll], own, []).entries)).toEqual([
      "still-allowed group Ops read buckets by 0.0",
    ]);
    const denied = { statements: ["Deny group Ops to inspect buckets in tenancy"] };
    expect(said(inPresence([denied], own, []).entries)).toEqual([
      "denied-before group Ops read buckets by 0.0",
    ]);
    const deny = ["Deny group Ops to inspect buckets in compartment app"];
    expect(said(inPresence([readAll, denied], deny, []).entries)).toEqual([
      "still-denied group Ops read buckets by 1.0",
    ]);
  });

  it("says nothing of a statement that only moved, nor of a deny where nothing is allowed", () => {
    const own = ["Allow group Ops to read buckets in tenancy", "Allow group Dev to read volumes in tenancy"];
    expect(inPresence([readAll], own, [...own].reverse()).entries).toEqual([]);
    expect(inPresence([], [], ["Deny group Ops to inspect buckets in tenancy"]).entries).toEqual([]);
  });
});

const PAIRS = 30;
const PERMISSIONS = ["BUCKET_INSPECT", "BUCKET_READ", "BUCKET_UPDATE"];
const BUCKETS = [undefined, "a", "b", "c"];

/** Every request that the generated statements can tell apart. */
const UNIVERSE: Request[] = [ANN, BOB, NOBODY].flatMap((principal) =>
  [ROOT, APP, PROD].flatMap((compartment) =>
    PERMISSIONS.flatMap((permission) =>
      BUCKETS.map((bucket) => ({
        principal,
        compartment,
        permissions: [permission],
        ...(bucket && { variables: { "target.bucket.name": bucket } }),
      })),
    ),
  ),
);

const made = (r: Random): string => {
  const effect = r.chance(0.3) ? "Deny" : "Allow";
  const who = r.pick(["group Ops", "group Dev", "group Ops, Dev", "any-user"]);
  const verb = r.pick(["inspect", "read", "use"]);
  const where = r.chance(0.4)
    ? ` where target.bucket.name ${r.pick(["=", "!="])} '${r.pick(["a", "b"])}'`
    : "";
  return `${effect} ${who} to ${verb} buckets in ${r.pick(["tenancy", "compartment app", "compartment app:prod"])}${where}`;
};

const key = (refs: readonly StatementRef[]): string => refs.map((r) => `${r.policy}.${r.statement}`).join();

/** True when an entry's principal is that of a request, or a group that it is in. */
const concerns = (
  { principal }: PresenceEntry,
  { principal: p }: Request,
  { groups = [] }: Tenancy,
): boolean => {
  if (p.type !== "user") return false;
  const mine = groups.filter((g) => !g.domain && g.members?.includes(p.id)).map((g) => `group ${g.name}`);
  return (
    principal === "any-user" || (mine.length > 0 ? mine.includes(principal) : principal === "any other user")
  );
};

/** What becomes of a request, by five tenancies that are decided each by itself. */
const expected = (
  asked: Request,
  sides: Readonly<Record<"was" | "is" | "did" | "does" | "theirs", CompiledTenancy>>,
): { effect: PresenceEffect; by: string } | undefined => {
  const allows = (side: CompiledTenancy): boolean => decide(side, asked).decision === "allow";
  const [was, is] = [allows(sides.was), allows(sides.is)];
  const [did, does] = [allows(sides.did), allows(sides.does)];
  const theirs = decide(sides.theirs, asked);
  const [grants, denies] = [key(theirs.granted), key(theirs.denied)];
  const [denied, nowDenied] = [sides.did, sides.does].map((s) => decide(s, asked).denied.length > 0);
  if (is && !was) return { effect: "gained", by: grants };
  if (was && !is)
    return nowDenied && !denied ? { effect: "stopped", by: grants } : { effect: "lost", by: "" };
  if (does && !did)
    return is ? { effect: "already-allowed", by: grants } : { effect: "overruled", by: denies };
  if (did && !does)
    return is ? { effect: "still-allowed", by: grants } : { effect: "denied-before", by: denies };
  if (grants === "" || denies === "" || denied === nowDenied) return undefined;
  return { effect: nowDenied ? "already-denied" : "still-denied", by: denies };
};

it(`${PAIRS} generated changes: every request has the effect that deciding each side by itself gives`, () => {
  const seen = new Set<string>();
  for (let i = 0; i < PAIRS; i++) {
    const r = new Random(31_000 + i);
    const t = tenancyWith([]);
    const policies = (): Policy[] => [{ statements: r.some(3, () => made(r), 1) }];
    const [others, before, after] = [policies(), policies(), policies()];
    const { entries } = compareInPresence(
      { ...t, policies: [...others, ...before] },
      { ...t, policies: [...others, ...after] },
      others.length,
    );
    const of = (...lists: (readonly Policy[])[]) => compile({ ...t, policies: lists.flat() });
    const sides = {
      was: of(others, before),
      is: of(others, after),
      did: of(before),
      does: of(after),
      theirs: of(others),
    };
    for (const asked of UNIVERSE) {
      const want = expected(asked, sides);
      const about = entries.filter((e) => covers(e, asked, t) && concerns(e, asked, t));
      // One class for each request: what is not expected is not said of it either.
      expect(
        about.map((e) => `${e.effect} ${key(e.by)}`),
        JSON.stringify({ asked, others, before, after, entries }, null, 1),
      ).toEqual(want ? [`${want.effect} ${want.by}`] : []);
      if (want) seen.add(want.effect);
    }
  }
  expect(seen.size).toBeGreaterThan(7);
});
