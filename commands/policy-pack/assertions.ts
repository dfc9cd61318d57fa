/**
 * A team's assertions held against what a program is about to deploy: its policies and dynamic groups, as far as a
 * preview knows them. What is known after the update only is unknown, and an assertion that depends on it is not proven.
 * @module
 */
import { assertionsSchema } from "../../access/assertions.ts";
import { type AssertionResult, checkAssertions, type Policy, type Tenancy } from "../../iam/index.ts";

/** A resource of the program, as the engine gives it. */
export interface PlannedResource {
  type: string;
  name: string;
  /** Reading a value that a preview does not know throws. */
  props: Readonly<Record<string, unknown>>;
}

/** A violation: an error is a request that is allowed against an assertion, a warning what cannot be proven. */
export interface AssertionViolation {
  severity: "error" | "warning";
  message: string;
}

const POLICY = "oci:Identity/policy:Policy";
const DYNAMIC_GROUP = "oci:Identity/dynamicGroup:DynamicGroup";

/** A value, or undefined where a preview does not know it: Pulumi throws an error of its own then. */
const known = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "unknownTypeSentinel" in error) return undefined;
    throw error;
  }
};

/** A text that stands for a statement that is not known. */
const LATER = "known after the update";

const policyOf = ({ name, props }: PlannedResource): Policy => {
  const compartment = known(() => props["compartmentId"]);
  const count = known(() => (props["statements"] as unknown[]).length) ?? 1;
  const statements = Array.from({ length: count }, (_, i) =>
    known(() => (props["statements"] as unknown[])[i]),
  );
  const unknownStatements = statements.flatMap((text, i) => (typeof text === "string" ? [] : [i]));
  return {
    name,
    ...(typeof compartment === "string" && { compartment }),
    statements: statements.map((text) => (typeof text === "string" ? text : LATER)),
    ...(unknownStatements.length > 0 && { unknownStatements }),
  };
};

const COMPARTMENT = /ocid1\.compartment\.[^\s,'"}]+/g;

/**
 * The tenancy as far as a program says it: its policies, dynamic groups, and the compartments that these name. One that
 * a statement names lies below the one that its policy is attached to, since OCI would not take it otherwise.
 */
const plannedTenancy = (resources: readonly PlannedResource[], tenancyId: string): Tenancy => {
  const policies = resources.filter(({ type }) => type === POLICY).map(policyOf);
  const parents = new Map<string, string | undefined>();
  for (const { compartment } of policies)
    if (compartment !== undefined && compartment !== tenancyId) parents.set(compartment, undefined);
  for (const { compartment, statements } of policies)
    for (const [id] of statements.join(" ").matchAll(COMPARTMENT))
      if (!parents.has(id)) parents.set(id, compartment === tenancyId ? undefined : compartment);
  const dynamicGroups = resources
    .filter(({ type }) => type === DYNAMIC_GROUP)
    .map(({ name, props }) => {
      const id = known(() => props["id"]);
      const rule = known(() => props["matchingRule"]);
      return {
        id: typeof id === "string" ? id : `ocid1.dynamicgroup.oc1..${name}`,
        name: String(known(() => props["name"]) ?? name),
        matchingRule: typeof rule === "string" ? rule : "",
        ...(typeof rule !== "string" && { unknownRule: true }),
      };
    });
  return {
    tenancy: tenancyId,
    // A statement that denies is deployed only where denying is enabled.
    denyEnabled: true,
    compartments: [...parents].map(([id, parent]) => ({
      id,
      name: id,
      ...(parent !== undefined && { parent }),
    })),
    dynamicGroups,
    policies,
  };
};

const violationOf = (result: AssertionResult): AssertionViolation[] => {
  const { assertion, name = `assertion ${assertion}`, kind, holds, words, statements = [], because } = result;
  if (holds) return [];
  const reason = because === undefined ? "" : `\n  because: ${because.trim()}`;
  const by = statements.map(({ text }) => `\n  by: ${text}`).join("");
  if (words !== undefined)
    return [{ severity: "error", message: `${kind}, ${name}: ${words}${by}${reason}` }];
  const on = [...(result.dependsOn ?? []), ...(result.notes ?? [])].map((text) => `\n  depends on ${text}`);
  return [{ severity: "warning", message: `${kind}, ${name}: not proven${on.join("")}` }];
};

/**
 * Holds the assertions of a stack's configuration (`namespace:key` → text) against its resources. Nothing where there
 * are none, or what is there is no list of assertions: the program says so.
 */
export const brokenIn = (
  config: Readonly<Record<string, string>>,
  resources: readonly PlannedResource[],
): AssertionViolation[] => {
  const text = config["keyless:assertions"];
  if (text === undefined) return [];
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {}
  const read = assertionsSchema.safeParse(value);
  if (!read.success) return [];
  if (typeof read.data === "string")
    return [
      {
        severity: "warning",
        message: `keyless:assertions names the file ${read.data}, which the pack does not read: npm run access -- --check does`,
      },
    ];
  const tenancyId = config["keyless:tenancyId"] ?? config["oci:tenancyOcid"] ?? "ocid1.tenancy.oc1..unnamed";
  const { results, problems } = checkAssertions(plannedTenancy(resources, tenancyId), read.data, {
    partial: true,
  });
  return [
    ...problems.map(
      ({ path, message }): AssertionViolation => ({
        severity: "error",
        message: `keyless:assertions.${path.join(".")}: ${message}`,
      }),
    ),
    ...results.flatMap(violationOf),
  ];
};
