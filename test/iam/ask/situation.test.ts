/** A permission's condition, whole and shortened, is true for the requests that decide allows. */
import { expect, test } from "vitest";
import { ALWAYS, NEVER, settled } from "../../../iam/ask/formula.ts";
import { Shortener } from "../../../iam/ask/shorten.ts";
import { Situation, standingOf } from "../../../iam/ask/situation.ts";
import { compile } from "../../../iam/decide/compile.ts";
import { candidates, decide } from "../../../iam/decide/decide.ts";
import { Random, request, tenancy } from "../random.ts";
import { truthOf } from "./support.ts";

test("a permission's condition is true for the requests that are allowed", () => {
  let allowed = 0;
  let conditional = 0;
  for (let seed = 0; seed < 700; seed++) {
    const r = new Random(seed);
    const t = tenancy(r);
    const compiled = compile(t);
    const shortener = new Shortener();
    for (let i = 0; i < 3; i++) {
      const { operation: _, ...asked } = request(r);
      const [permission] = asked.permissions ?? ["BUCKET_READ"];
      const req = { ...asked, permissions: [permission!] };
      const place = compiled.directory.placeById.get(req.compartment!.toLowerCase())!;
      const standing = standingOf(compiled, req.principal);
      const situation = new Situation(compiled, standing, place, {});
      const formula = situation.permission(permission!, candidates(compiled, standing.keys, place.chain));
      const { decision } = decide(compiled, req);
      const context = { compiled, request: req, permission: permission! };
      const truth = truthOf(formula, context);
      expect([seed, i, formula.text, truth]).toEqual([seed, i, formula.text, decision]);
      if (decision === "unknown") continue;
      const certain = shortener.of(settled(formula, NEVER), permission);
      const possible = shortener.of(settled(formula, ALWAYS), permission);
      // What is shortened knows more: never less.
      expect([seed, i, certain.text, truthOf(certain, context)]).toEqual([seed, i, certain.text, decision]);
      expect([seed, i, possible.text, truthOf(possible, context)]).toEqual([
        seed,
        i,
        possible.text,
        decision,
      ]);
      if (decision === "allow") allowed++;
      if (certain.kind !== "yes" && certain.kind !== "no") conditional++;
    }
  }
  expect(allowed).toBeGreaterThan(100);
  expect(conditional).toBeGreaterThan(30);
});
