/**
 * All that a principal may do: for each compartment and permission the condition, gathered for people.
 * @module
 */

import { operationsOf, summaryOf } from "../compare/describe.ts";
import { type CompiledStatement, type CompiledTenancy, compile } from "../decide/compile.ts";
import { candidates, holds } from "../decide/decide.ts";
import type { CompartmentNode } from "../decide/directory.ts";
import { NO, UNKNOWN } from "../decide/truth.ts";
import type { Principal, Tenancy } from "../decide/types.ts";
import { topsOf } from "../decide/places.ts";
import { variablesIn } from "../lint/facts.ts";
import { grantedPermissions } from "../tables/tables.ts";
import { asListed } from "./listed.ts";
import { extentOf, outcomeOf, type Part, partKey, partsOf } from "./outcome.ts";
import { Shortener } from "./shorten.ts";
import { Situation, type Standing, standingOf, UNLISTED } from "./situation.ts";
import { memberOf } from "./standings.ts";
import { inOrder } from "./statements.ts";
import type { Reach } from "./types.ts";

/** A group's member in general, beside principals. */
export type ReachOf =
  | Principal
  | { type: "group"; id: string }
  | { type: "dynamic-group"; id: string }
  | { type: "any-user" };

/** Variables by which statements tell permissions apart that they hold alike. */
const PERMISSION_MATTERS =
  /^(request\.(permission|operation)|target\.resource\.tag\..*|target\.compartment\..*)$/i;

/** The permissions that statements hold, or may hold. */
const permissionsIn = (statements: readonly CompiledStatement[]): Set<string> => {
  const all = new Set<string>();
  for (const { effect, permissions: p } of statements) {
    if (effect === "deny") continue;
    for (const name of p.everything ? grantedPermissions() : p.names) all.add(name);
    for (const name of p.maybe) all.add(name);
    if (p.everything || p.open) all.add(UNLISTED);
  }
  return all;
};

/** A permission under one condition: where, and by which statements. */
interface Found {
  part: Part;
  places: Map<number, readonly CompiledStatement[]>;
}

class Reaching {
  private readonly compiled: CompiledTenancy;
  private readonly standing: Standing;
  private readonly shortener = new Shortener();
  private readonly parts = new Map<string, readonly Part[]>();
  private readonly numbers = new Map<CompiledStatement, number>();
  /** By permission and part. */
  private readonly found = new Map<string, Map<string, Found>>();

  constructor(compiled: CompiledTenancy, standing: Standing) {
    this.compiled = compiled;
    this.standing = standing;
  }

  answer(): Reach[] {
    for (const place of this.compiled.directory.places) this.place(place);
    return this.gathered();
  }

  private number(s: CompiledStatement): number {
    let number = this.numbers.get(s);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(s, number);
    }
    return number;
  }

  private place(place: CompartmentNode): void {
    const { compiled, standing } = this;
    const statements = candidates(compiled, standing.keys, place.chain);
    const free = standing.principal.type === "instance";
    const permissions = permissionsIn(statements);
    if (free) permissions.add("COMPARTMENT_INSPECT");
    if (permissions.size === 0) return;
    const situation = new Situation(compiled, standing, place, {});
    const matters = new Map(
      statements.map((s) => [s, variablesIn(s.tree).some((v) => PERMISSION_MATTERS.test(v.name))]),
    );
    for (const permission of permissions) {
      const held = statements.filter((s) => holds(s, permission) !== NO);
      const special =
        permission === "COMPARTMENT_INSPECT" ||
        held.some((s) => matters.get(s)! || holds(s, permission) === UNKNOWN);
      const key = `${held.map((s) => this.number(s)).join()} ${special ? `${permission} ${place.index}` : ""}`;
      let parts = this.parts.get(key);
      if (!parts) {
        const formula = situation.permission(permission, held);
        parts = partsOf(outcomeOf(formula, this.shortener, permission));
        this.parts.set(key, parts);
      }
      for (const part of parts) this.add(permission, part, place, held);
    }
  }

  private add(
    permission: string,
    part: Part,
    place: CompartmentNode,
    held: readonly CompiledStatement[],
  ): void {
    const parts = this.found.get(permission) ?? new Map<string, Found>();
    this.found.set(permission, parts);
    const key = partKey(part);
    const found = parts.get(key) ?? { part, places: new Map() };
    parts.set(key, found);
    found.places.set(place.index, held);
  }

  /** Permissions of the same compartment under the same condition, together. */
  private gathered(): Reach[] {
    const { directory } = this.compiled;
    const tops = new Map<string, { index: number; subtree: boolean }[]>();
    const operations = new Map<string, string[]>();
    const operationsFor = (permissions: readonly string[]): string[] => {
      const key = permissions.join();
      const known = operations.get(key) ?? operationsOf(permissions);
      operations.set(key, known);
      return known;
    };
    const entries = new Map<
      string,
      {
        part: Part;
        index: number;
        subtree: boolean;
        permissions: string[];
        statements: Set<CompiledStatement>;
      }
    >();
    for (const [permission, parts] of this.found) {
      for (const [key, { part, places }] of parts) {
        const indices = [...places.keys()];
        const said = indices.join();
        const own = tops.get(said) ?? topsOf(directory, new Set(indices));
        tops.set(said, own);
        for (const { index, subtree } of own) {
          const at = `${index} ${subtree} ${key}`;
          const entry = entries.get(at) ?? { part, index, subtree, permissions: [], statements: new Set() };
          entries.set(at, entry);
          entry.permissions.push(permission);
          for (const s of places.get(index)!) if (s.effect === "allow") entry.statements.add(s);
        }
      }
    }
    return [...entries.values()]
      .sort((a, b) => a.index - b.index)
      .map(({ part, index, subtree, permissions, statements }): Reach => {
        const { id, name } = directory.places[index]!;
        const listed = permissions.filter((p) => p !== UNLISTED).sort();
        const everything = listed.length < permissions.length;
        return {
          permissions: listed,
          summary: everything && part.on.length === 0 ? "manage all-resources" : summaryOf(listed),
          operations: operationsFor(listed),
          compartment: id,
          ...(name !== undefined && { compartmentName: name }),
          subtree,
          ...extentOf(part),
          ...(everything && { unlisted: true as const }),
          statements: inOrder(statements),
        };
      });
  }
}

const standingFor = (compiled: CompiledTenancy, who: ReachOf): Standing => {
  if (who.type === "any-user") return memberOf(compiled, who.type);
  if (who.type === "group" || who.type === "dynamic-group")
    return memberOf(compiled, `${who.type} ${who.id.toLowerCase()}`);
  return standingOf(compiled, asListed(compiled.tenancy, who));
};

/**
 * Finds all that a principal may do.
 * @param who a principal; of a group or a dynamic group a member of this one and no other
 * @returns permissions by compartment and condition. Whatever is in no entry it may not
 * @example reach(tenancy, { type: "user", id: "ocid1.user.oc1..…" })
 */
export const reach = (tenancy: Tenancy, who: ReachOf): Reach[] => {
  const compiled = compile(tenancy);
  return new Reaching(compiled, standingFor(compiled, who)).answer();
};
