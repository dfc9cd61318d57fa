/** Explains refusals and what is allowed too much, by deciding with the policies that are deployed. @module */
import type { ProbeResult } from "../../../document/verdict.ts";
import {
  compile,
  decide,
  evaluateMatchingRule,
  type MatchingRule,
  parseMatchingRule,
  printMatchingRule,
  type Request,
} from "../../../iam/index.ts";
import type { Deployed } from "./deployed.ts";
import { because, DEPLOY_AGAIN, type Explanation } from "./explanation.ts";

/** The request that a probe makes, as policies see it. */
const requestOf = (
  deployed: Deployed,
  operation: string,
  params: Record<string, string>,
  target?: string,
): Request => {
  const home = deployed.instance && String(deployed.instance["compartmentId"]);
  const secretHome = deployed.secret ? String(deployed.secret["compartmentId"]) : home;
  const named =
    target?.startsWith("ocid1.compartment.") || target?.startsWith("ocid1.tenancy.") ? target : undefined;
  const [service, name] = operation.split(".") as [string, string];
  const secrets = ["secrets", "vault", "keymanagement"].includes(service);
  const compartment = named ?? (secrets ? secretHome : home);
  const variables: Record<string, string> = {};
  if (params["secretId"]) variables["target.secret.id"] = params["secretId"];
  if (params["bucketName"]) variables["target.bucket.name"] = params["bucketName"];
  if (params["objectName"]) variables["target.object.name"] = params["objectName"];
  if (params["vaultId"]) variables["target.vault.id"] = params["vaultId"];
  if (params["keyId"]) variables["target.key.id"] = params["keyId"];
  if (params["instanceId"])
    variables["target.instance.id"] = params["instanceId"].replace("{instance}", deployed.instanceId);
  return {
    principal: deployed.principal,
    operation: name,
    service,
    ...(compartment && { compartment }),
    variables: { ...variables, "request.instance.id": deployed.instanceId },
    time: new Date().toISOString(),
  };
};

/** The parts of a rule that are not true of the instance. */
const untrue = (rule: MatchingRule, deployed: Deployed): string[] => {
  if (evaluateMatchingRule(rule, deployed.principal)) return [];
  if (rule.kind === "all" || rule.kind === "any")
    return rule.conditions.flatMap((part) => untrue(part, deployed));
  return [printMatchingRule(rule)];
};

const groupIn = (text: string): string | undefined =>
  /dynamic-group\s+id\s+(ocid1\.[^\s,]+)/i.exec(text)?.[1];

/** Explains that the instance is not in the group that a statement names. */
const notMember = (deployed: Deployed, statement: string): Explanation => {
  const id = groupIn(statement);
  const group = deployed.groups.find((g) => g.id === id);
  if (!group)
    return because(
      "group-not-found",
      `The statement is for the dynamic group ${id ?? "that it names"}, which is absent or may not be read: ${statement}`,
      DEPLOY_AGAIN,
    );
  const parsed = parseMatchingRule(group.matchingRule);
  const clauses = parsed.ok ? untrue(parsed.rule, deployed) : [`it does not parse: ${group.matchingRule}`];
  return because(
    "rule-does-not-select",
    `The rule of the dynamic group ${group.name} does not select this instance (${deployed.instanceId}): ${clauses.join(", ")} is not true of it.`,
    DEPLOY_AGAIN,
    [`rule: ${group.matchingRule}`],
  );
};

const where = (deployed: Deployed, policy: number): string => {
  const { name, compartment } = deployed.policies[policy]!;
  return `policy ${name} in ${compartment === deployed.tenancyId ? "the tenancy" : compartment}`;
};

/** Explains that an operation is refused which the declaration grants. */
export const explainRefusal = (
  deployed: Deployed,
  operation: string,
  params: Record<string, string>,
  target?: string,
): Explanation => {
  const compiled = compile(deployed.tenancy);
  const decision = decide(compiled, requestOf(deployed, operation, params, target));
  const unread = deployed.unread.map((what) => `may not be read: ${what}`);
  const name = operation.split(".")[1]!;
  if (decision.decision === "allow")
    return because(
      "granted-now",
      `${name} is granted by what is deployed now (${where(deployed, decision.granted[0]!.policy)}): group and policy had not taken effect when the check gave up. Changes of a dynamic group may take up to an hour.`,
      "wait, then: npm run verify -- --watch (or raise keyless:deadlineS)",
      unread,
    );
  if (decision.denied.length) {
    const { policy, statement } = decision.denied[0]!;
    return because(
      "denied",
      `${name} is denied by ${where(deployed, policy)}: ${deployed.policies[policy]!.statements[statement]}`,
      `change or delete that statement: oci iam policy get --policy-id ${deployed.policies[policy]!.id}`,
      unread,
    );
  }
  const near = decision.nearest;
  if (!near)
    return because(
      "no-statement",
      `No statement that may be read grants ${decision.missing.join(", ")} to any group of this instance.`,
      DEPLOY_AGAIN,
      unread,
    );
  const at = `${where(deployed, near.policy)}: ${near.text}`;
  const evidence = [`nearest statement: ${at}`, ...unread];
  if (near.part === "subject") return { ...notMember(deployed, near.text), evidence };
  const words = {
    action: `grants ${near.detail}, not ${near.permission}`,
    location: `reaches ${near.detail}, where the target is not`,
    condition: `has a condition that is not true of this request: ${near.detail}`,
  }[near.part];
  return because(
    `statement-${near.part}`,
    `No statement grants ${name} on ${target ?? Object.values(params)[0]}. The nearest one (${where(deployed, near.policy)}) ${words}.`,
    DEPLOY_AGAIN,
    evidence,
  );
};

/** Explains which statements allow what must be refused. */
export const explainTooMuch = (deployed: Deployed, allowed: readonly ProbeResult[]): Explanation => {
  const compiled = compile(deployed.tenancy);
  const probes = deployed.document?.check.probes ?? [];
  const says = new Set<string>();
  const fixes = new Set<string>();
  const open: string[] = [];
  for (const result of allowed) {
    const params = probes.find((p) => p.name === result.name)?.params ?? {};
    const decision = decide(compiled, requestOf(deployed, result.operation, params, result.target.id));
    if (decision.decision !== "allow") open.push(result.says);
    for (const { policy, statement } of decision.decision === "allow" ? decision.granted : []) {
      const text = deployed.policies[policy]!.statements[statement]!;
      const narrow = / where /i.test(text) ? "" : " (it has no where)";
      says.add(`${where(deployed, policy)}: ${text}${narrow}`);
      fixes.add(deployed.policies[policy]!.id);
    }
  }
  const what = allowed.map((p) => p.says).join("; ");
  if (says.size === 0)
    return because(
      "granted-elsewhere",
      `Allowed and must not be: ${what}. No statement that you may read grants it, so one that you may not read does${deployed.unread.length ? `: look at ${deployed.unread.join(", ")}` : ""}.`,
      `somebody who may list policies there runs: npm run verify -- --instance ${deployed.instanceId}`,
      open,
    );
  return because(
    "statement-too-wide",
    `Allowed and must not be: ${what}. Granted by ${[...says].join("; and by ")}.`,
    `if the stack wrote it: ${DEPLOY_AGAIN}; if not: ${[...fixes].map((id) => `oci iam policy get --policy-id ${id}`).join("; ")}, and narrow or delete it`,
    open.map((text) => `not explained by what may be read: ${text}`),
  );
};
