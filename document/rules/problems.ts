/** Checks of an allow rule against the table of operations: the same ones at declaration and on the instance. @module */

import { ownHostOf } from "../../oci/hosts.ts";
import { nearestWord } from "../../oci/nearest.ts";
import {
  findOperation,
  findOperations,
  type Operation,
  operationsOf,
  services,
} from "../../oci/operations/index.ts";
import { serviceHint } from "../../oci/services.ts";
import type { ClientSettings } from "../client-settings.ts";
import { S3 } from "../s3.ts";
import type { AllowInput, Constraint } from "../schema.ts";
import { isForwarded } from "./forwarded-headers.ts";

/** One thing wrong with a rule. */
export interface RuleProblem {
  /** The rule's member, and the place in it: `["operations", 0]`, `["where", "path.id"]`. */
  at: ["operations", number] | ["where", string] | ["endpoint"];
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
    const has = (meant: string): boolean => findOperation(`${meant}.${name}`) !== undefined;
    return `there is no service ${service}; ${serviceHint(service, has)}`;
  }
  const names = [...operationsOf(service)].map((o) => o.name);
  const near = found?.name ?? nearestWord(name, names);
  const others = near === undefined ? findOperations(name).slice(0, 3) : [];
  const hint =
    others.length > 0 ? `; did you mean ${others.map((o) => `${o.service}.${o.name}`).join(" or ")}?` : "";
  return `there is no operation ${qualified}${hint || didYouMean(near, `${service}.`)}`;
};

const PLACE = /^(path|query|body|header)\.([^.]+(?:\.[^.]+)*)$/;

/** Values that need no care in a header. */
const HEADER_VALUE = /^[\w.:/-]{1,256}$/;

/** Names of the parameters in an operation's path. */
const pathNames = ({ path }: Operation): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!);

/** The reason why an operation has no parameter of this name at this place; undefined when it has. */
const parameterProblem = (
  place: "path" | "query",
  name: string,
  operation: Operation,
): string | undefined => {
  const qualified = `${operation.service}.${operation.name}`;
  const there = { path: pathNames(operation), query: operation.query };
  if (there[place].includes(name)) return undefined;
  const other = place === "path" ? "query" : "path";
  const near = nearestWord(name, there[place]);
  const hint = there[other].includes(name)
    ? didYouMean(name, `${other}.`)
    : didYouMean(near, `${place}.`) || `; it has ${there[place].join(", ") || "none"}`;
  return `the ${place} of ${qualified} has no parameter ${name}${hint}`;
};

/** The reason why the proxy cannot send a header with an operation; undefined when it can. */
const headerProblem = (name: string, wanted: Constraint, operation: Operation): string | undefined => {
  const qualified = `${operation.service}.${operation.name}`;
  if (!operation.headers.includes(name)) {
    const near = didYouMean(nearestWord(name, operation.headers), "header.");
    return `${qualified} takes no header ${name}${near || `; it takes ${operation.headers.join(", ") || "none"}`}`;
  }
  if (isForwarded(name)) return `header.${name} goes on as the caller writes it, whatever a rule says`;
  return typeof wanted === "string" && HEADER_VALUE.test(wanted)
    ? undefined
    : `header.${name} must be one text of letters, digits and ._:/-: the proxy sends it`;
};

/** The reason why a condition cannot be checked for an operation; undefined when it can. */
const conditionProblem = (key: string, wanted: Constraint, operation: Operation): string | undefined => {
  const [, place, name] = PLACE.exec(key)!;
  if (typeof wanted === "object" && "absent" in wanted && place !== "query")
    return `${key} cannot be { absent: true }: only what is in the query can be left out`;
  const qualified = `${operation.service}.${operation.name}`;
  if (place === "path" || place === "query") return parameterProblem(place, name!, operation);
  if (place === "header") return headerProblem(name!, wanted, operation);
  if (operation.body === undefined) {
    const other = pathNames(operation).includes(name!)
      ? "path"
      : operation.query.includes(name!)
        ? "query"
        : undefined;
    return `${qualified} is ${operation.method} and takes no body${other ? didYouMean(name, `${other}.`) : ""}`;
  }
  return operation.bodySigned && operation.body === "json"
    ? undefined
    : `the body of ${qualified} is passed on unread, so ${key} cannot be checked`;
};

/** Everything for which the proxy cannot use a rule; empty when it can. */
export const ruleProblems = (rule: Pick<AllowInput, "operations" | "where" | "endpoint">): RuleProblem[] => {
  const problems: RuleProblem[] = [];
  for (const [i, qualified] of rule.operations.entries()) {
    const message = operationProblem(qualified);
    if (message) problems.push({ at: ["operations", i], message });
  }
  const known = rule.operations.flatMap((qualified) => findOperation(qualified) ?? []);
  for (const [key, wanted] of Object.entries(rule.where ?? {})) {
    const messages = PLACE.test(key)
      ? known.flatMap((operation) => conditionProblem(key, wanted, operation) ?? [])
      : [`${key} is not path.<parameter>, query.<name>, body.<member> or header.<name>`];
    problems.push(...messages.map((message): RuleProblem => ({ at: ["where", key], message })));
  }
  if (rule.endpoint !== undefined) {
    for (const operation of known.filter((o) => !ownHostOf(o))) {
      const message = `${operation.service}.${operation.name} is served by its service's host, and takes no endpoint`;
      problems.push({ at: ["endpoint"], message });
    }
  }
  return problems;
};

/** Services of a client's entrances that are none that the proxy passes on. */
export const listenProblems = ({ listen = [] }: ClientSettings): { at: number; message: string }[] =>
  listen.flatMap(({ service }, at) => {
    if (service === undefined || service === S3 || services.includes(service)) return [];
    return [{ at, message: `there is no service ${service}; ${serviceHint(service, () => true)}` }];
  });
