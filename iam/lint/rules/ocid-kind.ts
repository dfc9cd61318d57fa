import type { AccessStatement, Positioned } from "../../syntax/tree.ts";
import { comparedIn } from "../facts.ts";
import type { LintProblem, StatementRule } from "../types.ts";

const KINDS: Record<string, string[]> = {
  "target.vault.id": ["vault"],
  "target.key.id": ["key"],
  "target.secret.id": ["vaultsecret"],
  "target.compartment.id": ["compartment", "tenancy"],
  "target.group.id": ["group"],
  "target.user.id": ["user"],
  "request.user.id": ["user"],
  "request.instance.id": ["instance"],
  "request.principal.compartment.id": ["compartment", "tenancy"],
};

/** Reports an OCID of another kind. The kind is the second part: `ocid1.vault.oc1.iad.…`. */
const wrong = (id: string, kinds: string[], at: Positioned): LintProblem[] => {
  const kind = /^ocid1\.([a-z]+)\./i.exec(id)?.[1]?.toLowerCase();
  if (!kind || kinds.includes(kind)) return [];
  return [{ message: `an OCID of a ${kind} stands where one of a ${kinds.join(" or ")} belongs`, at }];
};

/** Checks what stands after `id`, where nothing but an OCID belongs. */
const named = (id: string, kinds: string[], at: Positioned): LintProblem[] =>
  /^ocid\d+\./i.test(id)
    ? wrong(id, kinds, at)
    : [{ message: `${id} is no OCID; a name stands without the word id`, at, severity: "error" }];

const inNames = (s: AccessStatement): LintProblem[] => {
  const { subject, location } = s;
  const kind = subject.kind === "group" ? "group" : "dynamicgroup";
  const names = subject.kind === "group" || subject.kind === "dynamic-group" ? subject.names : [];
  return [
    ...names.flatMap((e) =>
      e.by === "id" ? named(e.id, [kind, "dynamicresourcegroup"].slice(0, kind === "group" ? 1 : 2), e) : [],
    ),
    ...(location.kind === "compartment-id" ? named(location.id, ["compartment", "tenancy"], location) : []),
  ];
};

export const ocidKind: StatementRule = {
  code: "ocid-kind",
  severity: "warning",
  explanation: "The OCID is of another kind of resource than the place it stands in, or is none.",
  fix: "Put the OCID of the kind that stands here, or change the word before it (`group`, `dynamic-group`, `compartment`) to the OCID's kind.",
  before: "Allow group id ocid1.user.oc1..a to read buckets in compartment app",
  after: "Allow group id ocid1.group.oc1..a to read buckets in compartment app",
  check: (s) => [
    ...inNames(s),
    ...comparedIn(s).flatMap(({ variable, value }) => {
      const kinds = KINDS[variable.name.toLowerCase()];
      return kinds && value.kind === "string" ? wrong(value.text, kinds, value) : [];
    }),
  ],
};
