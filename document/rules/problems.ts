/** Checks of an allow rule against the table of operations: the same ones at declaration and on the instance. @module */
import { nearestWord } from "../../oci/nearest.ts";
import { findOperation, type Operation, operationsOf, services } from "../../oci/operations/index.ts";
import type { ClientSettings } from "../client-settings.ts";
import type { AllowInput } from "../schema.ts";

/** One thing wrong with a rule. */
export interface RuleProblem {
  /** The rule's member, and the place in it: `["operations", 0]`, `["where", "path.id"]`. */
  at: ["operations", number] | ["where", string];
  message: string;
}

const didYouMean = (near: string | undefined, prefix = ""): string =>
  near === undefined ? "" : `; did you mean ${prefix}${near}?`;

/** The reason why a name is no operation that the proxy passes on; undefined when it is one. */
const operationProblem = (qualified: string): string | undefined => {
  const found = findOperation(qualified);
  if (found && found.name === qualified.split(".")[1]) return undefined;
  const [service = "", name = ""] = qualified.split(".");
  if (!services.includes(service)) {
    const near = nearestWord(service, services);
    const hint = near ? didYouMean(near) : `: it is none of the ${services.length} of Oracle's SDK`;
    return `there is no service ${service}${hint}`;
  }
  const names = [...operationsOf(service)].map((o) => o.name);
  const near = found?.name ?? nearestWord(name, names);
  return `there is no operation ${qualified}${didYouMean(near, `${service}.`)}`;
};

const PLACE = /^(path|query|body)\.([^.]+(?:\.[^.]+)*)$/;

/** The reason why a condition cannot be checked for an operation; undefined when it can. */
const conditionProblem = (key: string, operation: Operation): string | undefined => {
  const [, place, name] = PLACE.exec(key)!;
  const qualified = `${operation.service}.${operation.name}`;
  if (place === "path") {
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!);
    if (names.includes(name!)) return undefined;
    const hint = didYouMean(nearestWord(name!, names), "path.") || `; it has ${names.join(", ") || "none"}`;
    return `the path of ${qualified} has no parameter ${name}${hint}`;
  }
  if (place !== "body") return undefined;
  if (["GET", "HEAD", "DELETE"].includes(operation.method)) {
    return `${qualified} is ${operation.method}, which has no body`;
  }
  return operation.bodySigned
    ? undefined
    : `the body of ${qualified} is passed on unread, so ${key} cannot be checked`;
};

/** Everything for which the proxy cannot use a rule; empty when it can. */
export const ruleProblems = (rule: Pick<AllowInput, "operations" | "where">): RuleProblem[] => {
  const problems: RuleProblem[] = [];
  for (const [i, qualified] of rule.operations.entries()) {
    const message = operationProblem(qualified);
    if (message) problems.push({ at: ["operations", i], message });
  }
  const known = rule.operations.flatMap((qualified) => findOperation(qualified) ?? []);
  for (const key of Object.keys(rule.where ?? {})) {
    const messages = PLACE.test(key)
      ? known.flatMap((operation) => conditionProblem(key, operation) ?? [])
      : [`${key} is not path.<parameter>, query.<name> or body.<member>`];
    problems.push(...messages.map((message): RuleProblem => ({ at: ["where", key], message })));
  }
  return problems;
};

/** Services of a client's entrances that are none that the proxy passes on. */
export const listenProblems = ({ listen = [] }: ClientSettings): { at: number; message: string }[] =>
  listen.flatMap(({ service }, at) => {
    if (service === undefined || services.includes(service)) return [];
    const near = nearestWord(service, services);
    const hint = near ? didYouMean(near) : `: it is none of the ${services.length} of Oracle's SDK`;
    return [{ at, message: `there is no service ${service}${hint}` }];
  });
