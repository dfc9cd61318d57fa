import { VERBS } from "../../syntax/statement.ts";
import type { AccessStatement, Atom } from "../../syntax/tree.ts";
import { alwaysNeededBy } from "../../tables/operations.ts";
import { permissionsFor } from "../../tables/tables.ts";
import { alternatives } from "../conditions.ts";
import { isAllow, isNamed, permissionsIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

/** The permissions that an atom lets through, when it names them (or operations) one by one. */
const letThrough = (atom: Atom, granted: ReadonlySet<string>): string[] | undefined => {
  const values =
    atom.kind === "compare" && atom.operator === "="
      ? [atom.value]
      : atom.kind === "in" && !atom.negated
        ? atom.values
        : [];
  const texts = values.flatMap((v) => (v.kind === "string" ? [v.text] : []));
  if (texts.length === 0 || texts.length < values.length) return undefined;
  if (isNamed(atom.variable, "request.permission")) return texts.map((t) => t.toUpperCase());
  if (!isNamed(atom.variable, "request.operation")) return undefined;
  const needs = texts.map((t) => alwaysNeededBy(t, granted));
  return needs.some((n) => n === undefined) ? undefined : needs.flatMap((n) => [...n!]);
};

/** The only permissions that a statement can grant because of its condition; undefined when it does not say. */
const onlyPermissions = (s: AccessStatement): string[] | undefined => {
  const terms = s.condition && alternatives(s.condition);
  const granted = permissionsIn(s) ?? new Set<string>();
  const limits = terms?.map((term) => term.map((a) => letThrough(a, granted)).find((p) => p !== undefined));
  return limits?.some((limit) => limit === undefined) ? undefined : limits?.flatMap((limit) => limit!);
};

export const manageTooWide: StatementRule = {
  code: "manage-too-wide",
  severity: "warning",
  explanation:
    "The statement says manage, and its condition lets through only permissions that a lesser verb has. Use that verb, or name the permissions.",
  fix: "Write the permissions in braces, or the lesser verb that has them.",
  before: "Allow group Ops to manage buckets in compartment app where request.permission = 'BUCKET_READ'",
  after: "Allow group Ops to {BUCKET_READ} in compartment app",
  check: (s) => {
    if (!isAllow(s) || s.action.kind !== "verb" || s.action.verb !== "manage") return [];
    const { resource, start, end } = s.action;
    if (resource.text.toLowerCase() === "all-resources") {
      return [
        { message: "manage all-resources gives everything, also what Oracle adds later", at: { start, end } },
      ];
    }
    const only = onlyPermissions(s);
    const lesser =
      only &&
      VERBS.slice(0, 3).find((verb) => {
        const { names } = permissionsFor(verb, resource.text, "allow");
        return only.every((p) => names.has(p));
      });
    if (lesser)
      return [
        {
          message: `its condition lets through no more than ${lesser} gives: say ${lesser}`,
          at: { start, end },
        },
      ];
    if (s.subject.kind !== "dynamic-group") return [];
    const message = `lets software manage ${resource.text}, deletion included; name the permissions it needs`;
    return [{ message, at: { start, end }, severity: "info" }];
  },
};
