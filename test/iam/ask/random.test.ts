/** What who-can and reach say is what decide says, of random requests to random tenancies. */
import { expect, test } from "vitest";
import { reach } from "../../../iam/ask/reach.ts";
import type { Who, WhoCan } from "../../../iam/ask/types.ts";
import { whoCan } from "../../../iam/ask/who-can.ts";
import { type CompiledTenancy, compile } from "../../../iam/decide/compile.ts";
import { decide } from "../../../iam/decide/decide.ts";
import { membershipsOf } from "../../../iam/decide/principals.ts";
import type { Principal } from "../../../iam/index.ts";
import { Random, request, tenancy } from "../random.ts";
import { saidBy } from "./support.ts";

const isAbout = (compiled: CompiledTenancy, { type, id }: Who, principal: Principal): boolean => {
  const mine = membershipsOf(compiled, principal).map((m) => m.id);
  switch (type) {
    case "any-user":
      return true;
    case "any-group":
      return mine.length > 0;
    case "group":
      return principal.type === "user" && mine.includes(id.toLowerCase());
    case "dynamic-group":
      return principal.type !== "user" && mine.includes(id.toLowerCase());
    case "service":
      return principal.type === "service" && principal.name.toLowerCase() === id;
    default:
      return (
        principal.type === type &&
        (id === "any" || ("id" in principal && principal.id.toLowerCase() === id.toLowerCase()))
      );
  }
};

/** More are tried by hand: COUNT=10000. */
const count = Number(process.env["COUNT"] ?? 60);

test("who may is who decide allows", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < count; seed++) {
    const r = new Random(seed);
    const base = tenancy(r);
    const asked = { ...request(r), time: "2026-06-01T00:30:00Z", region: "iad" };
    const instances =
      r.chance(0.5) && asked.principal.type === "instance"
        ? [
            {
              id: asked.principal.id,
              compartment: asked.principal.compartment!,
              ...(asked.principal.tags && { tags: asked.principal.tags }),
            },
          ]
        : [];
    const t = { ...base, instances };
    const compiled = compile(t);
    const { decision } = decide(compiled, asked);
    const { operation, permissions, compartment } = asked;
    const placed = r.chance(0.5);
    const lines = whoCan(t, {
      ...(operation ? { operation } : { permissions: permissions! }),
      ...(placed && { compartment: compartment! }),
    });
    const place = compiled.directory.placeById.get(compartment!.toLowerCase())!;
    const here = (l: WhoCan): boolean =>
      !l.compartments ||
      l.compartments.some(
        (c) =>
          c.id === place.id ||
          (c.subtree && place.chain.some((i) => compiled.directory.places[i]!.id === c.id)),
      );
    const mine = lines.filter((l) => isAbout(compiled, l.principal, asked.principal) && here(l));
    const context = { compiled, request: asked, permission: "-" };
    const said = saidBy(mine, context);
    seen.add(`${decision} ${said}`);
    const fine = said === decision || said === "unknown";
    expect([seed, fine]).toEqual([seed, true]);
    const allow = lines.filter((l) => l.decision === "allow");
    for (const l of allow) expect(l.condition).toBeUndefined();
  }
  expect([...seen]).toEqual(expect.arrayContaining(["allow allow", "deny deny"]));
}, 600_000);

test("what a principal reaches is what decide allows", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < count; seed++) {
    const r = new Random(seed);
    const t = tenancy(r);
    const asked = { ...request(r), time: "2026-06-01T00:30:00Z", region: "iad" };
    const compiled = compile(t);
    const entries = reach(t, asked.principal);
    const place = compiled.directory.placeById.get(asked.compartment!.toLowerCase())!;
    const here = entries.filter(
      (c) =>
        c.compartment === place.id ||
        (c.subtree && place.chain.some((i) => compiled.directory.places[i]!.id === c.compartment)),
    );
    const all = asked.permissions ?? ["BUCKET_READ"];
    for (const permission of all) {
      const req = { ...asked, permissions: [permission] };
      const { decision } = decide(compiled, req);
      const word = saidBy(
        here.filter((e) => e.permissions.includes(permission) || (permission === "FOO_READ" && e.unlisted)),
        { compiled, request: req, permission },
      );
      seen.add(`${decision} ${word}`);
      expect([seed, word === decision || word === "unknown"]).toEqual([seed, true]);
    }
  }
  expect([...seen]).toEqual(expect.arrayContaining(["allow allow", "deny deny"]));
}, 600_000);
