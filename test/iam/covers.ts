/**
 * Requests for one permission, and the entries of a comparison that speak of them.
 * @module
 */
import {
  compile,
  type Difference,
  decide,
  parseStatement,
  type Request,
  type Tenancy,
} from "../../iam/index.ts";
import { type Random, request } from "./random.ts";

/** A request for one permission, with nothing unknown. */
export const plain = (r: Random, permissions: readonly string[]): Request => {
  const asked = request(r);
  const variables = Object.fromEntries(
    Object.entries(asked.variables ?? {}).filter(([, v]) => typeof v === "string" || Array.isArray(v)),
  );
  const { operation: _, ...rest } = asked;
  return {
    ...rest,
    permissions: [r.pick(permissions)],
    time: asked.time ?? "2026-01-31T12:00:00Z",
    region: asked.region ?? "iad",
    variables,
  };
};

/** True when an entry speaks of a request, as far as its place, permissions and condition say. */
export const covers = (e: Difference, asked: Request, after: Tenancy): boolean => {
  if (!e.permissions.includes(asked.permissions![0]!)) return false;
  const { directory } = compile(after);
  const place = directory.placeById.get(asked.compartment!)!;
  const there =
    e.compartment === place.id ||
    (e.subtree && place.chain.includes(directory.placeById.get(e.compartment)!.index));
  if (!there || e.condition === undefined) return there;
  const text = `Allow any-user to {${e.permissions.join(", ")}} in tenancy where ${e.condition}`;
  if (!parseStatement(text).ok) return there;
  return decide(compile({ ...after, policies: [{ statements: [text] }] }), asked).decision === "allow";
};
