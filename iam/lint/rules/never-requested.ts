import { alwaysNeededBy } from "../../tables/operations.ts";
import { permissionsFor } from "../../tables/tables.ts";
import type { Compared } from "../facts.ts";
import { comparedIn, isNamed, permissionsIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

/** The permissions that a literal stands for; undefined when no table lists them. */
const meant = (
  { variable, value, negated }: Compared,
  granted: ReadonlySet<string>,
): readonly string[] | undefined => {
  if (value.kind !== "string" || negated) return undefined;
  if (isNamed(variable, "request.permission")) return [value.text.toUpperCase()];
  if (!isNamed(variable, "request.operation")) return undefined;
  const needs = alwaysNeededBy(value.text, granted);
  return needs && needs.length > 0 ? needs : undefined;
};

export const neverRequested: StatementRule = {
  code: "never-requested",
  severity: "warning",
  explanation:
    "The condition asks for a permission, or an operation, that the statement's verb and type do not include.",
  fix: "Grant the verb that has the permission, or correct the permission or operation in the condition.",
  before: "Allow group Ops to read buckets in compartment app where request.permission = 'BUCKET_DELETE'",
  after: "Allow group Ops to manage buckets in compartment app where request.permission = 'BUCKET_DELETE'",
  check: (s) => {
    const permissions = permissionsIn(s);
    if (!permissions) return [];
    if (
      s.action.kind === "verb" &&
      permissionsFor(s.action.verb, s.action.resource.text, s.effect).everything
    )
      return [];
    return comparedIn(s).flatMap((c) => {
      const wanted = meant(c, permissions);
      if (!wanted || wanted.some((p) => permissions.has(p))) return [];
      return [
        {
          message: `${c.value.text} is not among what the statement ${s.effect === "allow" ? "grants" : "denies"}`,
          at: c.value,
        },
      ];
    });
  },
};
