import { comparedIn, isNamed } from "../facts.ts";
import type { StatementRule } from "../types.ts";

/** Words of the language that are no types of principals. */
const NO_TYPES = new Set([
  "any-user",
  "any-group",
  "group",
  "dynamic-group",
  "anyuser",
  "users",
  "groups",
  "dynamicgroup",
  "tenancy",
]);

export const principalType: StatementRule = {
  code: "principal-type",
  severity: "error",
  explanation:
    "No principal has this type: types are user, instance, service, and those of resources (cluster, fnfunc, …).",
  fix: "Write `user`, `instance`, `service` or the resource's type, or take the comparison out.",
  before: "Deny any-user to read objects in compartment app where request.principal.type = 'any-user'",
  after: "Deny any-user to read objects in compartment app",
  check: (s) =>
    comparedIn(s)
      .filter(
        ({ variable, value }) =>
          isNamed(variable, "request.principal.type") && NO_TYPES.has(value.text.toLowerCase()),
      )
      .map(({ value, negated }) => {
        const effect = negated
          ? "always true"
          : `never true, so the statement ${s.effect === "allow" ? "grants" : "denies"} nothing by it`;
        return { message: `no principal has the type '${value.text}': ${effect}`, at: value };
      }),
};
