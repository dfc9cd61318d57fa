/**
 * Policies against what a preview must not let through: findings about policy statements and matching rules,
 * those that the program made and those that anybody else adds to it. Apart from the pack, which starts a
 * server when it is made.
 * @module
 */
import type {
  Policies,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationArgs,
  StackValidationPolicy,
} from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import {
  accessSchema,
  type AccessFinding as Declared,
  type FindingsContext,
  findings,
} from "../../access/index.ts";
import { type Finding, lintRules, lintStatements } from "../../iam/index.ts";
import { brokenIn } from "./assertions.ts";

type FindingLevel = Finding["severity"] | "off";

const STATEMENTS = "oci:Identity/policy:Policy";
const RULES: ReadonlySet<string> = new Set([
  "oci:Identity/dynamicGroup:DynamicGroup",
  "oci:Identity/domainsDynamicResourceGroup:DomainsDynamicResourceGroup",
]);

/** A finding with the text that it is about. */
interface FindingWithText extends Finding {
  text: string;
}

const about = (texts: readonly string[], found: readonly (readonly Finding[])[]): FindingWithText[] =>
  texts.flatMap((text, i) => found[i]!.map((finding) => ({ ...finding, text })));

/**
 * Findings in a resource. Reading a value that a preview does not know yet throws Pulumi's own error, which
 * the engine shows as "unknown, cannot be checked in preview".
 */
export const foundIn = (type: string, props: Readonly<Record<string, unknown>>): FindingWithText[] => {
  if (type === STATEMENTS) {
    const statements = [...(props["statements"] as string[])].map(String);
    return about(statements, lintStatements(statements));
  }
  if (!RULES.has(type)) return [];
  const rules = [String(props["matchingRule"])];
  return about(rules, lintRules(rules));
};

/** Compartments in a stack's configuration; undefined where it names none. */
const compartmentsIn = (config: Readonly<Record<string, string>>): FindingsContext["compartments"] => {
  const workload = config["keyless:workloadCompartmentId"] ?? config["keyless:compartmentId"];
  const security = config["keyless:securityCompartmentId"] ?? config["keyless:compartmentId"];
  return workload && security ? { workload, security } : undefined;
};

/**
 * Findings in a stack's declaration of access, from its configuration (`namespace:key` → text); nothing where
 * there is none, or where it is not one: the program says so.
 * @param severities by code, over the stack's own
 */
export const foundInConfig = (
  config: Readonly<Record<string, string>>,
  severities: Readonly<Record<string, FindingLevel>> = {},
): Declared[] => {
  const json = (name: string): unknown => JSON.parse(config[name] ?? "null");
  const access = accessSchema.safeParse(json("keyless:access"));
  if (!access.success) return [];
  const context = {
    tenancyId:
      config["keyless:tenancyId"] ?? config["oci:tenancyOcid"] ?? process.env["OCI_TENANCY_OCID"] ?? "",
    decoyId: config["keyless:decoyId"],
    compartments: compartmentsIn(config),
    signDocument: config["keyless:signDocument"] !== "false",
  };
  const own = (json("keyless:severities") ?? {}) as Record<string, FindingLevel>;
  // The language's findings have a prefix there.
  const both = Object.entries(severities).flatMap(([code, severity]) => [
    [code, severity],
    [`iam/${code}`, severity],
  ]);
  return findings(access.data, context, { ...own, ...Object.fromEntries(both) });
};

/**
 * Default severities, stricter than the language's own: what is for anybody at all has no place in a stack
 * that gives an identity.
 */
const DEFAULTS: Readonly<Record<string, FindingLevel>> = { anybody: "error" };

/** The severities by code: the pack's configuration over the defaults. */
const severitiesOf = (
  args: ResourceValidationArgs | StackValidationArgs,
): Readonly<Record<string, FindingLevel>> => ({
  ...DEFAULTS,
  ...(args.getConfig<{ severities?: Record<string, FindingLevel> }>().severities ?? {}),
});

const configSchema: ResourceValidationPolicy["configSchema"] = {
  properties: {
    severities: { type: "object", additionalProperties: { enum: ["error", "warning", "info", "off"] } },
  },
};

const policyOf = (
  severity: Finding["severity"],
  enforcementLevel: "mandatory" | "advisory",
): ResourceValidationPolicy => ({
  name: `keyless-access-${severity}`,
  description: `Findings of severity ${severity} about policy statements and matching rules`,
  enforcementLevel,
  configSchema,
  validateResource: (args, reportViolation) => {
    const severities = severitiesOf(args);
    for (const { code, message, text, severity: own } of foundIn(args.type, args.props))
      if ((severities[code] ?? own) === severity) reportViolation(`${code}: ${message}\n  ${text}`);
  },
});

const declaredPolicyOf = (
  severity: Finding["severity"],
  enforcementLevel: "mandatory" | "advisory",
): StackValidationPolicy => ({
  name: `keyless-declared-${severity}`,
  description: `Findings of severity ${severity} about the stack's declaration of access`,
  enforcementLevel,
  configSchema,
  validateStack: (args, reportViolation) => {
    for (const found of foundInConfig(pulumi.runtime.allConfig(), severitiesOf(args)))
      if (found.severity === severity)
        reportViolation(`${found.code}: ${found.message}\n  keyless:access.${found.where}`);
  },
});

const assertedPolicyOf = (
  severity: "error" | "warning",
  enforcementLevel: "mandatory" | "advisory",
): StackValidationPolicy => ({
  name: `keyless-assertions-${severity}`,
  description:
    severity === "error"
      ? "Assertions of keyless:assertions that the program's policies break"
      : "Assertions of keyless:assertions that a preview cannot prove",
  enforcementLevel,
  validateStack: ({ resources }, reportViolation) => {
    for (const broken of brokenIn(pulumi.runtime.allConfig(), resources))
      if (broken.severity === severity) reportViolation(broken.message);
  },
});

/** The pack's policies: an error stops a deployment, a warning is shown. */
export const packPolicies: Policies = [
  policyOf("error", "mandatory"),
  policyOf("warning", "advisory"),
  declaredPolicyOf("error", "mandatory"),
  declaredPolicyOf("warning", "advisory"),
  assertedPolicyOf("error", "mandatory"),
  assertedPolicyOf("warning", "advisory"),
];
