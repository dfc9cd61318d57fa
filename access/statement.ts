/**
 * Location of a statement, as it stands after `in`: `compartment id ocid1…`, or `tenancy` for the root
 * compartment.
 */
export const inCompartment = (id: string): string =>
  id.startsWith("ocid1.tenancy.") ? "tenancy" : `compartment id ${id}`;

/**
 * One statement for the members of a dynamic group, named by OCID: immune to renames and to quoting.
 * @param conditions all of them must hold
 */
export const groupStatement = (
  groupId: string,
  permissions: readonly string[],
  compartmentId: string,
  conditions: readonly string[],
): string => {
  const where =
    conditions.length === 0
      ? ""
      : conditions.length === 1
        ? ` where ${conditions[0]}`
        : ` where all {${conditions.join(", ")}}`;
  return `Allow dynamic-group id ${groupId} to {${permissions.join(", ")}} in ${inCompartment(compartmentId)}${where}`;
};
