/**
 * A tenancy compiled into an index: by subject, then by compartment, so that a request looks only at statements
 * that concern its principal and a compartment on its path.
 * @module
 */
import { parseMatchingRule } from "../syntax/rule.ts";
import { parseStatement } from "../syntax/statement.ts";
import type { AccessStatement, Action, Subject } from "../syntax/tree.ts";
import { namedPermissions, type PermissionSet, permissionsFor, resourceNames } from "../tables/tables.ts";
import { compileCondition, type Test } from "./condition.ts";
import type { Membership } from "./context.ts";
import { type CompartmentNode, type Directory, makeDirectory } from "./directory.ts";
import { nameHint } from "./name-hint.ts";
import { resolveIn } from "./names.ts";
import { type CompiledMatchingRule, compileMatchingRule } from "./rules.ts";
import { UNKNOWN } from "./truth.ts";
import type { StatementRef, Tenancy } from "./types.ts";

/** A statement in the index. */
export interface CompiledStatement {
  ref: StatementRef;
  text: string;
  /** The statement's tree, with OCIDs for names. */
  tree: AccessStatement;
  effect: "allow" | "deny";
  /** The subjects that it is indexed by. */
  keys: readonly string[];
  place: CompartmentNode;
  permissions: PermissionSet;
  test: Test | undefined;
}

/** A dynamic group in the index. */
export interface CompiledDynamicGroup extends Membership {
  matches: CompiledMatchingRule;
  /** True when its rule is not known: any machine may be in it. */
  open?: boolean;
}

/** A tenancy ready to decide requests. */
export interface CompiledTenancy {
  tenancy: Tenancy;
  directory: Directory;
  statements: readonly CompiledStatement[];
  /** Statements by subject key and index of the compartment they apply to. */
  index: ReadonlyMap<string, ReadonlyMap<number, readonly CompiledStatement[]>>;
  /** The groups of each user that some group lists; user OCIDs in lower case. */
  groupsOf: ReadonlyMap<string, readonly Membership[]>;
  groups: ReadonlyMap<string, Membership>;
  dynamicGroups: readonly CompiledDynamicGroup[];
  /** OCID of the group that deny does not touch: Administrators in Default. */
  administrators: string | undefined;
  userNames: ReadonlyMap<string, string>;
  /** Statements that grant nothing, or less than they say, and why; and what else is odd. */
  problems: readonly string[];
}

/** Keys of the index for the subjects that have no OCID. */
export const ANY_USER = "any-user";
export const ANY_GROUP = "any-group";

const prefixes = { group: "group ", "dynamic-group": "dynamic-group " } as const;

/** The key of a group or dynamic group. */
export const keyOf = (kind: "group" | "dynamic-group", id: string): string => prefixes[kind] + id;

/** The key of a service. */
export const serviceKey = (name: string): string => `service ${name.toLowerCase()}`;

/** The keys by which a subject is looked up: of groups, those that are named by OCID. */
export const indexKeysOf = (subject: Subject): string[] => {
  switch (subject.kind) {
    case "any-user":
      return [ANY_USER];
    case "any-group":
      return [ANY_GROUP];
    case "group":
    case "dynamic-group":
      return subject.names.flatMap((e) => (e.by === "id" ? [keyOf(subject.kind, e.id.toLowerCase())] : []));
    case "service":
      return subject.names.map((w) => serviceKey(w.text));
    case "resource":
      return [];
  }
};

/** The permissions that an action means; undefined for associate. */
export const permissionsOf = (action: Action, effect: "allow" | "deny"): PermissionSet | undefined => {
  if (action.kind === "verb") return permissionsFor(action.verb, action.resource.text, effect);
  if (action.kind === "associate") return undefined;
  return namedPermissions(action.permissions.map((p) => p.text.toUpperCase()));
};

/** Says why what a resource type grants is unknown. */
export const notDecided = (name: string): string =>
  resourceNames.has(name.toLowerCase())
    ? `${name} exists, and the tables do not have its permissions: what it grants cannot be decided`
    : `${name} is not in the tables: what it grants cannot be decided`;

const addProblem = (problems: string[], { policy, statement }: StatementRef, message: string): void => {
  problems.push(`policy ${policy} statement ${statement}: ${message}`);
};

/** A variable that stands for the condition of a statement that is not known. */
export const KNOWN_LATER = "known-after-apply";

/** What a statement that is not known may do: everything, to everybody, and nobody knows. */
const ANYTHING = parseStatement(`Allow any-user to manage all-resources in tenancy where ${KNOWN_LATER}`);

/** Stands for a statement that is not known. */
const openStatements = (
  text: string,
  ref: StatementRef,
  place: CompartmentNode,
  tenancy: Tenancy,
): CompiledStatement[] => {
  const tree = ANYTHING.ok && (ANYTHING.statement as AccessStatement);
  if (!tree) return [];
  const effects = tenancy.denyEnabled ? (["allow", "deny"] as const) : (["allow"] as const);
  return effects.map((effect) => {
    const permissions = permissionsFor("manage", "all-resources", effect);
    const test: Test = () => UNKNOWN;
    return { ref, text, tree: { ...tree, effect }, effect, keys: [ANY_USER], place, permissions, test };
  });
};

/** Compiles one statement, or says why it takes no part in decisions. */
const compileStatement = (
  text: string,
  ref: StatementRef,
  directory: Directory,
  attached: CompartmentNode,
  tenancy: Tenancy,
  problems: string[],
): CompiledStatement | undefined => {
  const parsed = parseStatement(text);
  if (!parsed.ok) return void addProblem(problems, ref, `it is no statement: ${parsed.error.message}`);
  if (parsed.statement.kind === "define") return undefined;
  if (parsed.statement.kind !== "permit") {
    // Those that cross to a tenancy that is given are compiled when a request does (`crossing.ts`).
    if (!tenancy.others?.length)
      addProblem(
        problems,
        ref,
        "endorse and admit are outside the decision where the other tenancy is not given",
      );
    return undefined;
  }
  if (parsed.statement.effect === "deny" && !tenancy.denyEnabled) {
    return void addProblem(problems, ref, "deny statements are not enabled in the tenancy: it has no effect");
  }
  const { statement, errors, unresolved, place } = resolveIn(parsed.statement, directory, attached);
  for (const error of errors) {
    const about = unresolved.find((u) => u.error === error);
    const hint = about && nameHint(tenancy, about);
    addProblem(problems, ref, hint ? `${error} ${hint.text}` : error);
  }
  const tree = statement as AccessStatement;
  const keys = indexKeysOf(tree.subject);
  if (tree.subject.kind === "resource")
    addProblem(problems, ref, "the subject `resource` is outside the decision");
  const permissions = permissionsOf(tree.action, tree.effect);
  for (const name of permissions?.unlisted ?? []) addProblem(problems, ref, notDecided(name));
  if (!place || !permissions || keys.length === 0) return undefined;
  const test = tree.condition && compileCondition(tree.condition);
  return { ref, text, tree, effect: tree.effect, keys, place, permissions, test };
};

/** Statements by the keys of their subjects. */
export const byKey = (statements: readonly CompiledStatement[]): Map<string, CompiledStatement[]> => {
  const found = new Map<string, CompiledStatement[]>();
  for (const s of statements) {
    for (const key of s.keys) {
      const list = found.get(key);
      if (list) list.push(s);
      else found.set(key, [s]);
    }
  }
  return found;
};

const indexOf = (statements: readonly CompiledStatement[]): CompiledTenancy["index"] => {
  const index = new Map<string, Map<number, CompiledStatement[]>>();
  for (const statement of statements) {
    for (const key of statement.keys) {
      const places = index.get(key) ?? new Map<number, CompiledStatement[]>();
      index.set(key, places);
      const list = places.get(statement.place.index);
      if (list) list.push(statement);
      else places.set(statement.place.index, [statement]);
    }
  }
  return index;
};

const compileDynamicGroups = (tenancy: Tenancy, problems: string[]): CompiledDynamicGroup[] =>
  (tenancy.dynamicGroups ?? []).flatMap(({ id, name, tags, matchingRule, unknownRule }) => {
    if (unknownRule) {
      problems.push(`dynamic group ${name}: who is in it is not known: ${matchingRule}`);
      return [{ id: id.toLowerCase(), tags, matches: () => false, open: true }];
    }
    const parsed = parseMatchingRule(matchingRule);
    if (parsed.ok) return [{ id: id.toLowerCase(), tags, matches: compileMatchingRule(parsed.rule) }];
    problems.push(`dynamic group ${name}: its matching rule is none: ${parsed.error.message}`);
    return [];
  });

/**
 * Compiles a tenancy. What OCI would have refused (a statement that does not parse, a name that does not
 * resolve, a location outside the policy's subtree, deny where it is not enabled) grants and denies nothing and
 * is said in `problems`; so are endorse and admit where no other tenancy is given.
 * @param tenancy not changed, and not to be changed while the result is in use
 */
export const compile = (tenancy: Tenancy): CompiledTenancy => {
  const directory = makeDirectory(tenancy);
  const problems = [...directory.problems];
  const statements: CompiledStatement[] = [];
  for (const [policy, { compartment, statements: texts, unknownStatements }] of (
    tenancy.policies ?? []
  ).entries()) {
    const attached =
      compartment === undefined ? directory.root : directory.placeById.get(compartment.toLowerCase());
    if (!attached) {
      problems.push(
        `policy ${policy}: its compartment ${compartment} is not in the tenancy: it has no effect`,
      );
      continue;
    }
    for (const [statement, text] of texts.entries()) {
      const ref = { policy, statement };
      if (unknownStatements?.includes(statement)) {
        addProblem(problems, ref, `what it says is not known: ${text}`);
        statements.push(...openStatements(text, ref, attached, tenancy));
        continue;
      }
      const compiled = compileStatement(text, ref, directory, attached, tenancy, problems);
      if (compiled) statements.push(compiled);
    }
  }
  const groups = new Map<string, Membership>();
  const groupsOf = new Map<string, Membership[]>();
  for (const { id, tags, members = [] } of tenancy.groups ?? []) {
    const group = { id: id.toLowerCase(), tags };
    groups.set(group.id, group);
    for (const member of new Set(members.map((m) => m.toLowerCase()))) {
      const list = groupsOf.get(member);
      if (list) list.push(group);
      else groupsOf.set(member, [group]);
    }
  }
  return {
    tenancy,
    directory,
    statements,
    index: indexOf(statements),
    groupsOf,
    groups,
    dynamicGroups: compileDynamicGroups(tenancy, problems),
    administrators: directory.groups.get("default/administrators"),
    userNames: new Map((tenancy.users ?? []).flatMap((u) => (u.name ? [[u.id.toLowerCase(), u.name]] : []))),
    problems,
  };
};

/** The same tenancy with other statements, which are compiled already. */
export const withStatements = (
  compiled: CompiledTenancy,
  statements: readonly CompiledStatement[],
): CompiledTenancy => ({ ...compiled, statements, index: indexOf(statements) });

/**
 * Compiles one more statement as one of a policy that is there.
 * @returns undefined for one that takes no part in decisions, or only with a problem
 */
export const compileAt = (
  { tenancy, directory }: CompiledTenancy,
  ref: StatementRef,
  text: string,
): CompiledStatement | undefined => {
  const compartment = tenancy.policies?.[ref.policy]?.compartment?.toLowerCase();
  const attached = compartment === undefined ? directory.root : directory.placeById.get(compartment);
  const problems: string[] = [];
  const made = attached && compileStatement(text, ref, directory, attached, tenancy, problems);
  return problems.length === 0 ? made : undefined;
};
