/**
 * The questions that an assertion asks: one for each operation, or permission, that it names.
 * @module
 */
import { nearestWord } from "../../oci/nearest.ts";
import type { CompiledStatement } from "../decide/compile.ts";
import type { Request } from "../decide/types.ts";
import {
  everyNeedOf,
  knownOperations,
  needsOf,
  operationName,
  type OperationNeeds,
  operationsNeeding,
  operationsNeedingSometimes,
  splitOperation,
} from "../tables/operations.ts";
import { isKnownPermission, knownPermissions } from "../tables/tables.ts";
import type { AssertionPath, AssertionProblem } from "./types.ts";

/** What is asked for, and which permissions it takes. */
export interface Question {
  /** The operation or permission, as it is named in words. */
  label: string;
  /** The part of the requests that is the same for everybody. */
  request: Pick<Request, "operation" | "service" | "cases" | "permissions">;
  /** In upper case. */
  permissions: readonly string[];
  mode: "all" | "any";
  /** True where no table lists what it needs: nobody knows who may. */
  unlisted: boolean;
  /** True where a pattern stands for it: then only what some statement grants counts. */
  byPattern: boolean;
}

const globbed = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
    "i",
  );

const upperCase = (texts: readonly string[]): string[] => [...new Set(texts.map((t) => t.toUpperCase()))];

/** The questions about an operation as one service, or several that agree, need it. */
const byNeeds = (
  name: string,
  { services, permissions: needs }: OperationNeeds,
  alone: boolean,
  byPattern: boolean,
): Question[] => {
  const service = alone ? {} : { service: services[0]! };
  const base = {
    request: { operation: name, ...service },
    label: alone ? name : `${services[0]}.${name}`,
    byPattern,
  };
  if (!needs) return [{ ...base, permissions: [], mode: "all", unlisted: true }];
  const always = upperCase(needs.always);
  if (needs.mode === "any") return [{ ...base, permissions: always, mode: "any", unlisted: false }];
  const when = Object.entries(needs.when ?? {});
  // Cases only add to what is always needed. Where nothing is, each case is a question of its own.
  const cases =
    always.length === 0 && needs.mode === "conditional" && !needs.when?.["with compartmentId"] ? when : [];
  if (cases.length === 0)
    return [
      {
        ...base,
        permissions: always,
        mode: "all",
        unlisted: always.length === 0 && needs.mode === "conditional" && !needs.when?.["with compartmentId"],
      },
    ];
  return cases.map(([name, further]) => ({
    ...base,
    request: { ...base.request, cases: [name] },
    label: `${base.label} (${name})`,
    permissions: upperCase(further),
    mode: "all",
    unlisted: false,
  }));
};

/** The questions about one operation; empty where there is none of the name. */
const aboutOperation = (text: string, byPattern: boolean): Question[] => {
  const { service, operation } = splitOperation(text);
  const name = operationName(operation);
  const meant = needsOf(name);
  const asked = service === undefined ? meant : everyNeedOf(`${service}.${name}`);
  return asked.flatMap((needs) => {
    const alone = meant.length === 1 && needs.services.some((s) => meant[0]!.services.includes(s));
    return byNeeds(name, needs, alone, byPattern);
  });
};

/** The operations that a pattern stands for: those whose permissions a table lists. */
const matchingOperations = (pattern: string): Question[] => {
  const { service, operation } = splitOperation(pattern);
  const matches = globbed(operation);
  const serviceMatches = service === undefined ? undefined : globbed(service);
  return knownOperations()
    .filter((name) => matches.test(name))
    .flatMap((name) => {
      const every = serviceMatches
        ? everyNeedOf(name).flatMap(({ services, permissions }) =>
            services.filter((s) => serviceMatches.test(s)).map((s) => ({ services: [s], permissions })),
          )
        : everyNeedOf(name);
      const meant = needsOf(name);
      return every.flatMap((needs) => {
        const alone = meant.length === 1 && needs.services.some((s) => meant[0]!.services.includes(s));
        return byNeeds(name, needs, alone, true);
      });
    });
};

/** The questions of an assertion, with problems, and notes about what a pattern leaves out. */
export interface Questions {
  questions: Question[];
  problems: AssertionProblem[];
  notes: string[];
}

/** The questions about operations. */
export const operationQuestions = (texts: readonly string[], path: AssertionPath): Questions => {
  const result: Questions = { questions: [], problems: [], notes: [] };
  for (const [i, text] of texts.entries()) {
    if (text.includes("*")) {
      const matching = matchingOperations(text);
      const listed = matching.filter((q) => !q.unlisted);
      result.questions.push(...listed);
      const left = matching.length - listed.length;
      if (listed.length === 0)
        result.problems.push({
          path: [...path, i],
          message: `found ${text}; no operation that a table lists matches it`,
        });
      else if (left > 0)
        result.notes.push(`${text} leaves out ${left} operations of which no table lists what they need`);
      continue;
    }
    const questions = aboutOperation(text, false);
    result.questions.push(...questions);
    if (questions.length > 0) continue;
    const { service, operation } = splitOperation(text);
    const known = knownOperations();
    const others = service === undefined ? [] : everyNeedOf(operation).flatMap((n) => n.services);
    const near = nearestWord(operation, known);
    const hint =
      others.length > 0
        ? `; ${operation} is of ${others.slice(0, 5).join(", ")}`
        : near
          ? `; did you mean ${operationName(near)}?`
          : "";
    result.problems.push({
      path: [...path, i],
      message: `found ${text}; no table has an operation of that name${hint}`,
    });
  }
  return result;
};

const exists = (permission: string): boolean =>
  isKnownPermission(permission) ||
  operationsNeeding(permission).length + operationsNeedingSometimes(permission).length > 0;

/**
 * The questions about permissions, each alone.
 * @param statements of the tenancy: a permission that one of them names is there, whatever the tables have
 */
export const permissionQuestions = (
  texts: readonly string[],
  path: AssertionPath,
  statements: readonly CompiledStatement[],
): Questions => {
  const result: Questions = { questions: [], problems: [], notes: [] };
  const named = upperCase(
    statements.flatMap(({ tree }) =>
      tree.action.kind === "permissions" ? tree.action.permissions.map((p) => p.text) : [],
    ),
  );
  const question = (permission: string, byPattern: boolean): Question => ({
    label: permission,
    request: { permissions: [permission] },
    permissions: [permission],
    mode: "all",
    unlisted: false,
    byPattern,
  });
  const every = (): string[] => [...new Set([...upperCase(knownPermissions()), ...named])];
  for (const [i, text] of texts.entries()) {
    const upper = text.toUpperCase();
    if (text.includes("*")) {
      const matches = globbed(text);
      const matching = every().filter((p) => matches.test(p));
      result.questions.push(...matching.map((p) => question(p, true)));
      if (matching.length === 0)
        result.problems.push({ path: [...path, i], message: `found ${text}; no permission matches it` });
    } else if (exists(upper) || named.includes(upper)) result.questions.push(question(upper, false));
    else {
      const near = nearestWord(
        upper.toLowerCase(),
        every().map((p) => p.toLowerCase()),
      );
      const hint = near ? `; did you mean ${near.toUpperCase()}?` : "";
      result.problems.push({
        path: [...path, i],
        message: `found ${text}; no table has a permission of that name${hint}`,
      });
    }
  }
  return result;
};
