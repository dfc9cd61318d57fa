/**
 * The variables that a principal and a compartment leave open, with what conditions compare them with.
 * @module
 */
import { DecisionContext } from "../decide/context.ts";
import { membershipsOf } from "../decide/principals.ts";
import { isDerived, lookup } from "../decide/variables.ts";
import type { Atom } from "../syntax/tree.ts";
import type { Cell } from "./types.ts";
import { type Literals, valuesOf } from "./values.ts";

export const TIME = "request.utc-timestamp";

/** Variables whose value the cell fixes: they follow from principal and compartment. */
export const fixedIn = (
  cell: Cell,
  permission: string,
): ((variable: string) => readonly string[] | undefined) => {
  const [side] = cell.sides;
  const at = cell.sides.find((s) => s.directory.placeById.has(cell.compartment)) ?? side;
  const place = at.directory.placeById.get(cell.compartment)!;
  const request = { principal: cell.principal };
  const context = new DecisionContext(
    request,
    place,
    at.directory.places,
    membershipsOf(at, cell.principal),
    cell.principal.type === "user" ? at.userNames.get(cell.principal.id.toLowerCase()) : undefined,
  );
  context.permission = permission;
  return (variable) => {
    const free =
      variable.startsWith(TIME) || variable === "request.region" || variable === "request.operation";
    if (free || !isDerived(variable)) return undefined;
    const values = lookup(variable)(context);
    // A tag or name that the tenancy does not tell may have any value; other variables do not apply.
    return values ? values.known : /\.tag\.|\.name$/.test(variable) ? undefined : [];
  };
};

/** The literals of each free variable; variables that are compared with each other share theirs. */
export const freeVariables = (
  atoms: readonly Atom[],
  fixed: (variable: string) => readonly string[] | undefined,
): Literals[] => {
  const found = new Map<string, Literals>();
  const entry = (name: string): Literals => {
    const lower = name.toLowerCase();
    const literals = found.get(lower) ?? {
      variable: name,
      values: [],
      atoms: [],
      pool: [],
      patterns: [],
      compared: false,
      exact: false,
    };
    found.set(lower, literals);
    return literals;
  };
  const pairs: [string, string][] = [];
  for (const atom of atoms) {
    const own = entry(atom.variable.name);
    own.exact ||= atom.kind === "function" && atom.name === "sets-equal";
    const plain = valuesOf(atom).filter((value) => value.kind !== "variable");
    own.values.push(...plain);
    if (plain.length > 0) own.atoms.push(plain);
    for (const value of valuesOf(atom)) {
      if (value.kind === "variable")
        pairs.push([entry(value.name).variable.toLowerCase(), own.variable.toLowerCase()]);
    }
  }
  // Until nothing changes: literals go both ways along comparisons, as do values that are fixed.
  for (let round = 0; round <= pairs.length; round++) {
    for (const [a, b] of pairs) {
      const [left, right] = [found.get(a)!, found.get(b)!];
      const texts = (l: Literals): string[] =>
        l.values.filter((v) => v.kind === "string").map((v) => v.text.toLowerCase());
      left.compared = true;
      right.compared = true;
      const shared = [
        ...new Set([
          ...left.pool,
          ...right.pool,
          ...texts(left),
          ...texts(right),
          ...(fixed(a) ?? []),
          ...(fixed(b) ?? []),
        ]),
      ];
      left.pool = shared;
      right.pool = shared;
      const patterns = [
        ...new Set([...left.values, ...left.patterns, ...right.values, ...right.patterns]),
      ].filter((v) => v.text.includes("*"));
      left.patterns = patterns;
      right.patterns = patterns;
    }
  }
  return [...found.values()].filter(
    (l) => !fixed(l.variable.toLowerCase()) && l.variable.toLowerCase() !== "request.permission",
  );
};
