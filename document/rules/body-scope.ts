/** Bodies that ask for more than was granted for path and query. @module */
import { type BodyScope, bodyScopeOf } from "../../oci/operations/bodies.ts";
import type { Members } from "../../oci/operations/body-shape.ts";
import { findOperation } from "../../oci/operations/index.ts";
import { asksNothing, misfitOf, unknownMember } from "./body-shape.ts";
import { looseName } from "./normalisation.ts";
import { constrainedValue, type QueryParameter } from "./query.ts";

/** The limits that one rule sets to the body of one operation. */
export interface BodyLimits {
  scope: BodyScope;
  /** Members that the rule's own conditions decide. */
  decided: ReadonlySet<string>;
  /** The same as dotted paths: `tools.*.type`. */
  decidedPaths: ReadonlySet<string>;
  /** Names of the operation's query parameters, where no others go on. */
  query: readonly string[] | undefined;
}

/** Members by which a body may name another thing than the members that a rule decides, as paths. */
const aliasesOf = ({ aliases = [] }: BodyScope, decided: ReadonlySet<string>): string[][] =>
  aliases.map((path) => path.split(".")).filter(([member]) => decided.has(member!));

/**
 * The limits that a rule sets to an operation's body.
 * @param operation `service.Operation`
 * @param where the rule's conditions; without any the whole operation is granted, and nothing is beyond it
 */
export const limitsOf = (operation: string, where: readonly string[]): BodyLimits | undefined => {
  const scope = bodyScopeOf(operation);
  if (!scope || where.length === 0) return undefined;
  const paths = where.filter((key) => key.startsWith("body.")).map((key) => key.slice("body.".length));
  const decided = new Set(paths.map((path) => path.split(".")[0]!));
  if (
    Object.keys(scope.widens).length === 0 &&
    !scope.repeats &&
    !scope.shape &&
    !scope.once &&
    !aliasesOf(scope, decided).length &&
    !scope.within
  )
    return undefined;
  const query = scope.shape && findOperation(operation)?.query;
  return { scope, decided, decidedPaths: new Set(paths), query };
};

/** What a body asks for beyond a rule. */
interface Beyond {
  /** The member that a grant could name to allow it; absent where none could. */
  member?: string;
  /** Text to follow the grant's name in a refusal. */
  reason: string;
}

/** True where a body has something at a dotted path, in whatever spelling of the members on the way; `*` is any element. */
const has = (value: unknown, path: readonly string[]): boolean => {
  const [name, ...rest] = path;
  if (name === undefined) return !asksNothing(value);
  if (typeof value !== "object" || value === null) return false;
  if (name === "*") return Object.values(value).some((element) => has(element, rest));
  const loose = looseName(name);
  return Object.entries(value).some(([found, inner]) => looseName(found) === loose && has(inner, rest));
};

/** The member within others with which a body asks for more. */
const asksWithin = ({ scope }: BodyLimits, body: object): Beyond | undefined => {
  const found = Object.entries(scope.within ?? {}).find(([path]) => has(body, path.split(".")));
  return found && { reason: `body.${found[0]} ${found[1]}, which no grant can name` };
};

/** The member with which an element may name something else than the rule says of its other members. */
const namesOtherwise = ({ scope, decided }: BodyLimits, body: object): Beyond | undefined => {
  const found = aliasesOf(scope, decided).find((path) => has(body, path));
  return found && { reason: `body.${found.join(".")} may name something else than the grant does` };
};

/** Times that a word stands in a query, also inside of another word, in any case, width, or with signs that are not seen. */
const timesIn = (query: string, word: string): number =>
  query
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .toUpperCase()
    .toLowerCase()
    .split(word).length - 1;

/** The query in a body that can read more than its beginning says. */
const readsMore = ({ scope, decided }: BodyLimits, body: object): Beyond | undefined => {
  for (const [member, word] of Object.entries(scope.once ?? {})) {
    const query = (body as Record<string, unknown>)[member];
    if (!decided.has(member) || typeof query !== "string" || timesIn(query, word) <= 1) continue;
    return {
      reason: `body.${member} has ${word} more than once, be it in a text or a comment: each may name something else to read`,
    };
  }
  return undefined;
};

const sameWord = (a: unknown, b: string): boolean =>
  typeof a === "string" && /^[A-Za-z]+$/.test(a) && a.toUpperCase() === b.toUpperCase();

const unknownParameter = (known: readonly string[], name: string): Beyond => {
  const takes = known.length === 0 ? "none" : known.join(", ");
  return { reason: `the query has ${JSON.stringify(name.slice(0, 60))}, and this operation takes ${takes}` };
};

/** A member that the body has beside those that a grant can name. */
const misfitOfMember = (
  { scope, decided, decidedPaths }: BodyLimits,
  { members }: Members,
  name: string,
  value: unknown,
): Beyond | undefined => {
  if (Object.hasOwn(members, name)) return misfitOf(members[name]!, value, `body.${name}`, decidedPaths);
  if (decided.has(name)) return undefined;
  const known = [...Object.keys(members), ...Object.keys(scope.widens), ...Object.keys(scope.repeats ?? {})];
  const unknown = unknownMember(known, name);
  return typeof value === "string" || typeof value === "boolean" ? { ...unknown, member: name } : unknown;
};

/**
 * The part of a body that asks for more than the rule.
 * @param body parsed; undefined where there is none
 */
export const beyond = (
  limits: BodyLimits,
  body: unknown,
  query: readonly QueryParameter[],
): Beyond | undefined => {
  const { scope, decided } = limits;
  const unknown = limits.query && query.find(({ name }) => !limits.query!.includes(name));
  if (unknown) return unknownParameter(limits.query!, unknown.name);
  if (body === undefined) return undefined;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return { member: "", reason: "the body must be a JSON object" };
  }
  const known = [...Object.keys(scope.widens), ...Object.keys(scope.repeats ?? {})];
  const byLooseName = new Map(known.map((name) => [looseName(name), name]));
  for (const [found, value] of Object.entries(body)) {
    const member = byLooseName.get(looseName(found));
    if (member === undefined) {
      const misfit = scope.shape && misfitOfMember(limits, scope.shape, found, value);
      if (misfit) return misfit;
      continue;
    }
    if (member !== found) {
      return { member, reason: `body.${found.slice(0, 60)} must be spelled ${member}` };
    }
    if (decided.has(member)) continue;
    const repeated = scope.repeats?.[member];
    if (repeated) {
      const said = constrainedValue(query, repeated);
      if (typeof said === "object" && sameWord(value, said.value)) continue;
      return { member, reason: `body.${member} must say what query.${repeated} says` };
    }
    if (asksNothing(value)) continue;
    return { member, reason: `body.${member} ${scope.widens[member]}, which the grant does not name` };
  }
  return asksWithin(limits, body) ?? namesOtherwise(limits, body) ?? readsMore(limits, body);
};
