/**
 * Decisions. A request is allowed when every permission it needs is granted, by whichever statements, and none
 * is denied (Oracle, "Permissions", "Deny policies").
 * @module
 */
import type { OperationPermissions } from "../../oci/operations/index.ts";
import { needsOf } from "../tables/operations.ts";
import { knownPermissions } from "../tables/tables.ts";
import { ANY_GROUP, type CompiledStatement, type CompiledTenancy } from "./compile.ts";
import { DecisionContext } from "./context.ts";
import { nearest } from "./nearest.ts";
import { keysOf, membershipsOf } from "./principals.ts";
import { anyOf, NO, type Truth, UNKNOWN, YES } from "./truth.ts";
import type { Decision, Request, StatementRef } from "./types.ts";

/** The permissions that a request needs. */
interface Needs {
  permissions: readonly string[];
  mode: "all" | "any";
  /** The reason why they are not known; then the decision is unknown. */
  unknown?: string;
}

/** The permissions that an operation of one service needs in the ordinary case and the cases that are named. */
const needsIn = (operation: string, cases: readonly string[], found: OperationPermissions): Needs => {
  const nothing = { permissions: [], mode: "all" } as const;
  if (found.mode === "any") return { permissions: found.always, mode: "any" };
  const further = cases.flatMap((name) => found.when?.[name] ?? []);
  const permissions = [...new Set([...found.always, ...further])];
  // What depends on the request alone: "the work request's own operation", "an ephemeral or a reserved address".
  const depends = found.mode === "conditional" && !found.when?.["with compartmentId"];
  if (permissions.length === 0 && depends) {
    const among = Object.values(found.when ?? {}).flat();
    const list = among.length > 0 ? `: ${among.join(", ")}` : "";
    return { ...nothing, unknown: `what ${operation} needs depends on the request${list}` };
  }
  return { permissions, mode: "all" };
};

/**
 * Finds the permissions that a request needs: its own, or those of its operation. Where several services share the
 * operation's name, and need something else, there is an entry for each.
 */
const needs = (request: Request): Needs[] => {
  const { operation, service, cases = [] } = request;
  if (operation === undefined || request.permissions) {
    return [{ permissions: (request.permissions ?? []).map((p) => p.toUpperCase()), mode: "all" }];
  }
  const found = needsOf(operation, service);
  if (found.length > 0) return found.map((one) => needsIn(operation, cases, one));
  return [{ permissions: [], mode: "all", unknown: `${operation} is in no permission table` }];
};

/** Decides whether a statement's action holds a permission. */
const holds = (statement: CompiledStatement, permission: string): Truth => {
  const { names, everything, open } = statement.permissions;
  if (everything || names.has(permission)) return YES;
  return open && !knownPermissions.has(permission) ? UNKNOWN : NO;
};

/** The statements that speak of the principal at the place or above it. */
const candidates = (
  compiled: CompiledTenancy,
  keys: readonly string[],
  chain: readonly number[],
): CompiledStatement[] => {
  const found: CompiledStatement[] = [];
  for (const key of keys) {
    const places = compiled.index.get(key);
    if (!places) continue;
    for (const index of chain) {
      const list = places.get(index);
      if (!list) continue;
      for (const statement of list)
        if (statement.keys.length === 1 || !found.includes(statement)) found.push(statement);
    }
  }
  return found;
};

const inOrder = (statements: ReadonlySet<CompiledStatement>): StatementRef[] =>
  [...statements].map((s) => s.ref).sort((a, b) => a.policy - b.policy || a.statement - b.statement);

/** A tally of what the statements grant and deny, one permission after another. */
class Tally {
  readonly granted = new Set<CompiledStatement>();
  readonly denied = new Set<CompiledStatement>();
  readonly undecided = new Set<CompiledStatement>();
  readonly missing: string[] = [];
  private readonly context: DecisionContext;
  private readonly statements: readonly CompiledStatement[];
  private readonly exempt: boolean;
  private readonly undocumented: boolean;

  constructor(
    context: DecisionContext,
    statements: readonly CompiledStatement[],
    exempt: boolean,
    undocumented: boolean,
  ) {
    this.context = context;
    this.statements = statements;
    this.exempt = exempt;
    this.undocumented = undocumented;
  }

  /** Decides whether a permission is held. */
  permission(permission: string): Truth {
    const { context } = this;
    context.permission = permission;
    // Every instance can list compartments; no policy can take that away (Oracle, "Managing Dynamic Groups").
    if (permission === "COMPARTMENT_INSPECT" && context.request.principal.type === "instance") return YES;
    let allow: Truth = NO;
    let deny: Truth = NO;
    for (const statement of this.statements) {
      const truth = this.says(statement, permission);
      if (truth === NO) continue;
      if (truth === UNKNOWN) this.undecided.add(statement);
      else if (statement.effect === "allow") this.granted.add(statement);
      else this.denied.add(statement);
      if (statement.effect === "allow") allow = anyOf([allow, truth]);
      else deny = anyOf([deny, truth]);
    }
    if (allow === NO) this.missing.push(permission);
    if (allow === NO || deny === YES) return NO;
    return deny === UNKNOWN ? UNKNOWN : allow;
  }

  private says(statement: CompiledStatement, permission: string): Truth {
    const { effect, test } = statement;
    if (effect === "deny" && this.exempt) return NO;
    if (this.undocumented && effect === "allow" && statement.keys[0] === ANY_GROUP) return NO;
    const held = holds(statement, permission);
    if (held === NO || !test) return held;
    this.context.effect = effect;
    const truth = test(this.context);
    return truth === YES ? held : truth;
  }
}

/** Combines truths: all of them, or (mode any) one of them. */
const combine = (truths: readonly Truth[], mode: "all" | "any"): Truth => {
  const decisive = mode === "all" ? NO : YES;
  if (truths.includes(decisive)) return decisive;
  if (truths.includes(UNKNOWN)) return UNKNOWN;
  return mode === "all" ? YES : NO;
};

const WORD = ["deny", "allow", "unknown"] as const;

const notesOf = (
  compiled: CompiledTenancy,
  permissions: readonly string[],
  statements: readonly CompiledStatement[],
  undocumented: boolean,
): string[] => {
  const notes = permissions
    .filter((p) => !knownPermissions.has(p))
    .map(
      (p) => `${p} is granted by no verb in the tables: only statements that name it, or all-resources, can`,
    );
  if (undocumented && statements.some((s) => s.keys[0] === ANY_GROUP)) {
    notes.push(
      "whether any-group means a principal that is in no group is undocumented: allow is taken not to, deny to",
    );
  }
  for (const s of statements) {
    if (s.permissions.open && s.permissions.names.size === 0 && s.tree.action.kind === "verb") {
      const { policy, statement } = s.ref;
      const name = s.tree.action.resource.text;
      notes.push(
        `policy ${policy} statement ${statement}: ${name} is not in the tables: what it grants cannot be decided`,
      );
    }
  }
  return [...new Set([...notes, ...compiled.problems])];
};

/**
 * Decides a request.
 * @returns the decision with the statements behind it. `unknown` comes of values that are not known before
 *   deployment, and of operations and permissions that no table lists; it is never allow
 * @example decide(compile(tenancy), { principal: { type: "user", id }, operation: "GetBucket", compartment })
 */
export const decide = (compiled: CompiledTenancy, request: Request): Decision => {
  const { directory } = compiled;
  const place =
    request.compartment === undefined
      ? directory.root
      : directory.placeById.get(request.compartment.toLowerCase());
  if (!place) return refused([`compartment ${request.compartment} is not in the tenancy`]);
  const memberships = membershipsOf(compiled, request.principal);
  const { keys, undocumented } = keysOf(request.principal, memberships);
  const statements = candidates(compiled, keys, place.chain);
  const user = request.principal.type === "user" ? request.principal.id.toLowerCase() : undefined;
  const userName = user === undefined ? undefined : compiled.userNames.get(user);
  const context = new DecisionContext(request, place, directory.places, memberships, userName);
  const exempt = user !== undefined && memberships.some((m) => m.id === compiled.administrators);
  const asked: CompiledRequest = { compiled, request, context, statements, keys, exempt, undocumented };
  const decisions = needs(request).map((one) => decideNeeds(asked, one));
  return decisions.length === 1 ? decisions[0]! : joined(request.operation!, decisions);
};

/** A request with the statements that speak of its principal. */
interface CompiledRequest {
  compiled: CompiledTenancy;
  request: Request;
  context: DecisionContext;
  statements: readonly CompiledStatement[];
  keys: readonly string[];
  exempt: boolean;
  undocumented: boolean;
}

/**
 * Joins the decisions about an operation whose name several services share: what is true of each of them; else
 * unknown, because the name does not say which is meant.
 */
const joined = (operation: string, decisions: readonly Decision[]): Decision => {
  const [first] = decisions as [Decision];
  const differs = decisions.find((other) => other.decision !== first.decision);
  if (!differs) return first;
  const missing = [...new Set(decisions.flatMap((one) => one.missing))];
  return {
    ...refused([
      `${operation} is an operation of several services, which need different permissions: the request's service says which is meant`,
    ]),
    decision: "unknown",
    missing,
  };
};

/** Decides a request that needs these permissions. */
const decideNeeds = (
  { compiled, request, context, statements, keys, exempt, undocumented }: CompiledRequest,
  { permissions, mode, unknown }: Needs,
): Decision => {
  if (unknown !== undefined) return { ...refused([unknown]), decision: "unknown" };
  const tally = new Tally(context, statements, exempt, undocumented);
  // An operation may need nothing; a request that names no permission asks for nothing that could be allowed.
  const nothing = permissions.length === 0 && request.operation === undefined;
  const truths = permissions.map((p) => tally.permission(p));
  const truth = nothing ? NO : combine(truths, mode);
  const decision: Decision = {
    decision: WORD[truth],
    granted: inOrder(tally.granted),
    denied: inOrder(tally.denied),
    missing: truth === YES ? [] : tally.missing,
  };
  if (tally.undecided.size > 0) decision.undecided = inOrder(tally.undecided);
  if (truth === YES) return decision;
  const notes = notesOf(compiled, permissions, statements, undocumented);
  if (notes.length > 0) decision.notes = notes;
  if (truth === UNKNOWN || tally.missing.length === 0) return decision;
  const [missing] = tally.missing as [string];
  return {
    ...decision,
    // Found when it is read: it looks at every statement, and most callers only want the decision.
    get nearest() {
      return nearest(compiled, context, new Set(keys), missing);
    },
  };
};

const refused = (notes: string[]): Decision => ({
  decision: "deny",
  granted: [],
  denied: [],
  missing: [],
  notes,
});
