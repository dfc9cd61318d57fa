/**
 * Selection of a dynamic group: one instance, a compartment's instances with a tag, or all of a compartment.
 */
export type Selected =
  | { by: "instance"; instanceId: string }
  | { by: "tag"; compartmentId: string; namespace: string; key: string; value: string }
  | { by: "compartment"; compartmentId: string };

/**
 * The matching rule on one line, values quoted. A tag counts only in the workload's compartment: whoever may set
 * it elsewhere in the tenancy gains nothing.
 */
export const matchingRule = (selected: Selected): string => {
  switch (selected.by) {
    case "instance":
      return `All {instance.id = '${selected.instanceId}'}`;
    case "tag":
      return `All {instance.compartment.id = '${selected.compartmentId}', tag.${selected.namespace}.${selected.key}.value = '${selected.value}'}`;
    case "compartment":
      return `All {instance.compartment.id = '${selected.compartmentId}'}`;
  }
};
