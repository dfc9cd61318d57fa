import type { ResourceValues } from "../types.ts";

/**
 * Converts a rule's port ranges: the provider gives the destination's beside the source's, the REST model
 * gives each a range.
 */
const ports = (options: unknown): unknown => {
  if (typeof options !== "object" || options === null) return options;
  const { min, max, ...source } = options as ResourceValues;
  return { ...(min !== undefined && { destinationPortRange: { min, max } }), ...source };
};

const rules = (list: unknown): ResourceValues[] =>
  ((list ?? []) as ResourceValues[]).map((rule) => ({
    ...rule,
    ...("tcpOptions" in rule && { tcpOptions: ports(rule["tcpOptions"]) }),
    ...("udpOptions" in rule && { udpOptions: ports(rule["udpOptions"]) }),
  }));

/** A security list's body from the provider's inputs. */
export const securityListBody = (inputs: ResourceValues): ResourceValues => ({
  ...inputs,
  ingressSecurityRules: rules(inputs["ingressSecurityRules"]),
  egressSecurityRules: rules(inputs["egressSecurityRules"]),
});
