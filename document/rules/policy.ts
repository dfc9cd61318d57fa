/** The document's allow rules, compiled once for each client. @module */
import { olderHeader } from "../../oci/operations/index.ts";
import { isSocketClientName } from "../client-names.ts";
import { type ClientSettings, settingsOf } from "../client-settings.ts";
import { type Allow, type Constraint, clientSchema, type ProxyDocument } from "../schema.ts";
import { type BodyLimits, limitsOf } from "./body-scope.ts";
import { listenProblems, ruleProblems } from "./problems.ts";

/** One condition of a rule. */
interface RuleCondition {
  where: "path" | "query" | "body" | "header";
  /** The parameter's name, or the dotted path through the body. */
  name: string;
  steps: readonly string[];
  wanted: Constraint;
}

/** A rule with its conditions sorted by when they can be decided. */
export interface AllowRule {
  grant: string;
  /** `https://` and host of the resource's own, where the grant says it. */
  endpoint: string | undefined;
  early: readonly RuleCondition[];
  late: readonly RuleCondition[];
  /** The limits to the operation's body; undefined where it has none. */
  limits: BodyLimits | undefined;
  /** Names and values of headers that the proxy sends, alternating. */
  headers: readonly string[];
}

/** One client's rules, by `service.Operation`. */
export type ClientPolicy = ReadonlyMap<string, readonly AllowRule[]>;

/** All clients' rules. */
export interface ClientPolicies {
  clients: ReadonlyMap<string, ClientPolicy>;
  /** Clients whose rules cannot be used, with the reason: they are refused everything, the others are served. */
  unusable: ReadonlyMap<string, string>;
  /** Settings of all clients, by name; also of those whose rules cannot be used, so that their callers get the reason. */
  settings: ReadonlyMap<string, ClientSettings>;
  /** The namespace that grants of buckets are about: that of the stack's tenancy; undefined where there are none. */
  namespace: string | undefined;
}

const condition = (key: string, wanted: Constraint): RuleCondition => {
  const [where, ...steps] = key.split(".");
  return { where: where as RuleCondition["where"], name: steps.join("."), steps, wanted };
};

/** A header that a rule sends, under each of its names. */
const headersOf = ({ name, wanted }: RuleCondition, service: string): string[] => {
  const older = olderHeader(service, name);
  const value = String(wanted);
  return older === undefined ? [name, value] : [name, value, older, value];
};

const compileAllowRule = (rule: Allow, operation: string): AllowRule => {
  const conditions = Object.entries(rule.where).map(([key, wanted]) => condition(key, wanted));
  return {
    grant: rule.grant,
    endpoint: rule.endpoint,
    early: conditions.filter((c) => c.where !== "body"),
    late: conditions.filter((c) => c.where === "body"),
    limits: limitsOf(operation, Object.keys(rule.where)),
    headers: conditions.flatMap((c) => (c.where === "header" ? headersOf(c, operation.split(".")[0]!) : [])),
  };
};

/** Compiles the rules of one client. They must be free of problems. */
export const compileRules = (allow: readonly Allow[]): ClientPolicy => {
  const byOperation = new Map<string, AllowRule[]>();
  for (const rule of allow) {
    for (const operation of rule.operations) {
      byOperation.set(operation, [...(byOperation.get(operation) ?? []), compileAllowRule(rule, operation)]);
    }
  }
  return byOperation;
};

const problemsOf = (allow: readonly Allow[]): string[] =>
  allow.flatMap((rule, i) =>
    ruleProblems(rule).map(({ message }) => `rule ${i + 1} (${rule.grant}): ${message}`),
  );

/** Operations of a grant of a bucket, which is always in the stack's own namespace. */
const OF_BUCKETS = ["objectstorage.GetObject", "objectstorage.PutObject"];

/** The one namespace that all rules about objects name; undefined where there is none, or several. */
const namespaceIn = (policies: Iterable<ClientPolicy>): string | undefined => {
  const found = new Set<unknown>();
  for (const policy of policies) {
    for (const rule of OF_BUCKETS.flatMap((operation) => policy.get(operation) ?? [])) {
      found.add(rule.early.find((c) => c.where === "path" && c.name === "namespaceName")?.wanted);
    }
  }
  const [only] = found;
  return found.size === 1 && typeof only === "string" ? only : undefined;
};

/**
 * Compiles the document's clients, each by itself: one that cannot be used does not take the others down.
 * @param document its clients as they stand in the document, not yet checked
 */
export const compilePolicy = (document: Pick<ProxyDocument, "clients">): ClientPolicies => {
  const clients = new Map<string, ClientPolicy>();
  const unusable = new Map<string, string>();
  const settings = new Map<string, ClientSettings>();
  for (const [name, client] of Object.entries(document.clients)) {
    const parsed = clientSchema.safeParse(client);
    const problems = parsed.success
      ? [...problemsOf(parsed.data.allow), ...listenProblems(parsed.data).map(({ message }) => message)]
      : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    if (isSocketClientName(name)) settings.set(name, settingsOf(client));
    else problems.unshift("its name cannot be a socket's");
    if (problems.length === 0) clients.set(name, compileRules(parsed.data!.allow));
    else unusable.set(name, problems.join("; "));
  }
  return { clients, unusable, settings, namespace: namespaceIn(clients.values()) };
};
