/**
 * Decisions. A request is allowed when every permission it needs is granted, by whichever statements, and none
 * is denied (Oracle, "Permissions", "Deny policies").
 * @module
 */
import { everyNeedOf, needsOf, type OperationNeeds, splitOperation } from "../tables/operations.ts";
import { disagreementsAbout, isGranted, spelledPermission } from "../tables/tables.ts";
import { ANY_GROUP, type CompiledStatement, type CompiledTenancy, keyOf, notDecided } from "./compile.ts";
import { DecisionContext, type Membership } from "./context.ts";
import { crossing } from "./crossing.ts";
import type { CompartmentNode } from "./directory.ts";
import { nearest } from "./nearest.ts";
import { keysOf, membershipsOf } from "./principals.ts";
import { allOf, anyOf, NO, type Truth, UNKNOWN, YES } from "./truth.ts";
import type { Decision, Request, StatementRef } from "./types.ts";

/** The permissions that a request needs, in one service or in several that agree. */
export interface Needs {
  /** The services; empty where the request names permissions. */
  services: readonly string[];
  permissions: readonly string[];
  mode: "all" | "any";
  /** The reason why they are not known; then the decision is unknown. */
  unknown?: string;
  /** Set where no table lists the operation of these services. */
  unlisted?: true;
}

/** Services for people: the first few. */
const someOf = (services: readonly string[]): string =>
  services.length > 5
    ? `${services.slice(0, 4).join(", ")} and ${services.length - 4} others`
    : services.join(", ");

const upperCase = (permissions: readonly string[]): string[] => permissions.map((p) => p.toUpperCase());

/** The permissions of one operation in the ordinary case and the cases that the request names. */
const needsIn = (
  { operation = "", cases = [] }: Request,
  { services, permissions: found }: OperationNeeds,
): Needs => {
  const nothing = { services, permissions: [], mode: "all" } as const;
  if (!found)
    return {
      ...nothing,
      unknown: `no permission table lists ${operation} of ${someOf(services)}`,
      unlisted: true,
    };
  if (found.mode === "any") return { services, permissions: upperCase(found.always), mode: "any" };
  const further = cases.flatMap((name) => found.when?.[name] ?? []);
  const permissions = [...new Set(upperCase([...found.always, ...further]))];
  // What depends on the request alone: "the work request's own operation", "an ephemeral or a reserved address".
  const depends = found.mode === "conditional" && !found.when?.["with compartmentId"];
  if (permissions.length === 0 && depends) {
    const among = Object.values(found.when ?? {}).flat();
    const list = among.length > 0 ? `: ${among.join(", ")}` : "";
    return { ...nothing, unknown: `what ${operation} needs depends on the request${list}` };
  }
  return { services, permissions, mode: "all" };
};

/** Every way to read what a request needs: several where services that share the operation's name differ. */
export const needs = (request: Request): readonly [Needs, ...Needs[]] => {
  const { operation, service, permissions } = request;
  if (operation === undefined || permissions)
    return [{ services: [], permissions: upperCase(permissions ?? []), mode: "all" }];
  const found = needsOf(service === undefined ? operation : `${service}.${operation}`);
  const [first, ...rest] = found.map((need) => needsIn(request, need));
  if (first) return [first, ...rest];
  const others = service === undefined ? [] : everyNeedOf(operation).flatMap((need) => need.services);
  const unknown =
    others.length > 0
      ? `${service} has no operation ${operation} in the tables; ${someOf(others)} ${others.length > 1 ? "have" : "has"}`
      : `${operation} is in no permission table`;
  return [{ services: [], permissions: [], mode: "all", unknown }];
};

/** Decides whether a statement's action holds a permission. */
export const holds = (statement: CompiledStatement, permission: string): Truth => {
  const { names, maybe, everything, open } = statement.permissions;
  if (everything || names.has(permission)) return YES;
  return maybe.has(permission) || (open && !isGranted(permission)) ? UNKNOWN : NO;
};

/** The statements that speak of the principal at the place or above it. */
export const candidates = (
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

/**
 * Adds the statements that speak of a machine only if it is in a group whose members are not known.
 * @param sure those that speak of it for certain
 */
const withPossible = (
  compiled: CompiledTenancy,
  principal: Request["principal"],
  sure: CompiledStatement[],
  chain: readonly number[],
): CompiledStatement[] => {
  if (principal.type === "user" || principal.type === "service") return sure;
  if (principal.type === "instance" && principal.groups) return sure;
  const open = compiled.dynamicGroups.filter((group) => group.open);
  if (open.length === 0) return sure;
  const keys = open.map((group) => keyOf("dynamic-group", group.id));
  const possible = candidates(compiled, keys, chain).filter((s) => !sure.includes(s));
  const unknown = ({ test }: CompiledStatement): CompiledStatement["test"] => {
    return (context) => (test?.(context) === NO ? NO : UNKNOWN);
  };
  return [...sure, ...possible.map((s) => ({ ...s, test: unknown(s) }))];
};

const inOrder = (statements: ReadonlySet<CompiledStatement>): StatementRef[] =>
  statements.size === 0
    ? []
    : [...statements].map((s) => s.ref).sort((a, b) => a.policy - b.policy || a.statement - b.statement);

/** The statements of one tenancy that speak of a request: where it crosses, both tenancies must agree. */
interface Side {
  statements: readonly CompiledStatement[];
  /** True for a principal that its deny statements do not touch. */
  exempt: boolean;
  /** True where principal and target live in one tenancy. */
  home: boolean;
  /** What this side does not do to what it does not grant, in words; for a request that crosses. */
  refuses?: string;
}

/** A tally of what the statements grant and deny, one permission after another. */
class Tally {
  readonly granted = new Set<CompiledStatement>();
  readonly denied = new Set<CompiledStatement>();
  readonly undecided = new Set<CompiledStatement>();
  readonly missing: string[] = [];
  private readonly context: DecisionContext;
  private readonly side: Side;
  private readonly undocumented: boolean;

  constructor(context: DecisionContext, side: Side, undocumented: boolean) {
    this.context = context;
    this.side = side;
    this.undocumented = undocumented;
  }

  /** Decides whether a permission is held. */
  permission(permission: string): Truth {
    const { context } = this;
    context.permission = permission;
    // Every instance can list compartments; no policy can take that away (Oracle, "Managing Dynamic Groups").
    if (
      permission === "COMPARTMENT_INSPECT" &&
      this.side.home &&
      context.request.principal.type === "instance"
    )
      return YES;
    let allow: Truth = NO;
    let deny: Truth = NO;
    for (const statement of this.side.statements) {
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
    if (effect === "deny" && this.side.exempt) return NO;
    if (this.undocumented && effect === "allow" && statement.keys[0] === ANY_GROUP) return NO;
    const held = holds(statement, permission);
    if (held === NO || !test) return held;
    this.context.effect = effect;
    const truth = test(this.context);
    return truth === YES ? held : truth;
  }
}

/** The statements of all sides, one side after the other. */
const refsOf = (
  tallies: readonly Tally[],
  of: (tally: Tally) => ReadonlySet<CompiledStatement>,
): StatementRef[] =>
  tallies.length === 1 ? inOrder(of(tallies[0]!)) : tallies.flatMap((tally) => inOrder(of(tally)));

/** Combines truths: all of them, or (mode any) one of them. */
const combine = (truths: readonly Truth[], mode: "all" | "any"): Truth => {
  const decisive = mode === "all" ? NO : YES;
  if (truths.includes(decisive)) return decisive;
  if (truths.includes(UNKNOWN)) return UNKNOWN;
  return mode === "all" ? YES : NO;
};

const WORD = ["deny", "allow", "unknown"] as const;

const notesOf = (
  { compiled, sides, undocumented, problems }: CompiledRequest,
  permissions: readonly string[],
  tallies: readonly Tally[],
): string[] => {
  const statements = sides.flatMap((side) => side.statements);
  const refusals = sides.flatMap(({ refuses }, i) =>
    refuses === undefined || tallies[i]!.missing.length === 0
      ? []
      : [`${refuses} ${tallies[i]!.missing.map(spelledPermission).join(", ")}`],
  );
  const notes = permissions
    .filter((p) => !isGranted(p))
    .map(
      (p) => `${p} is granted by no verb in the tables: only statements that name it, or all-resources, can`,
    );
  if (undocumented && statements.some((s) => s.keys[0] === ANY_GROUP)) {
    notes.push(
      "whether any-group means a principal that is in no group is undocumented: allow is taken not to, deny to",
    );
  }
  for (const { ref, permissions: set } of statements) {
    const of = ref.tenancy === undefined ? "" : ` of ${ref.tenancy}`;
    const at = `policy ${ref.policy} statement ${ref.statement}${of}`;
    for (const name of set.unlisted) notes.push(`${at}: ${notDecided(name)}`);
    const doubted = set.unlisted.length > 0 ? [] : permissions.filter((p) => set.maybe.has(p));
    for (const p of doubted) notes.push(`${at}: no source says for certain whether its verb has ${p}`);
  }
  for (const permission of permissions) {
    for (const { type, between, permissions: verbs } of disagreementsAbout(permission)) {
      const said = Object.entries(verbs).find(([name]) => name.toUpperCase() === permission)![1];
      const by = between.map((source, i) => `${said[i] ?? "no verb"} (source ${source})`).join(" or ");
      notes.push(`sources differ on the verb of ${type} that has ${permission}: ${by}`);
    }
  }
  return [...new Set([...refusals, ...notes, ...problems, ...compiled.problems])];
};

/** A request with the service taken out of its operation's name. */
export const bare = (request: Request): Request =>
  request.operation?.includes(".") ? { ...request, ...splitOperation(request.operation) } : request;

/** The parts of a decision that are the same however the request is read. */
interface CompiledRequest {
  compiled: CompiledTenancy;
  request: Request;
  place: CompartmentNode;
  memberships: readonly Membership[];
  sides: readonly [Side, ...Side[]];
  keys: readonly string[];
  undocumented: boolean;
  /** The tenancy that the principal lives in, and what of its statements takes no part. */
  home: CompiledTenancy;
  problems: readonly string[];
}

const contextOf = ({ compiled, request, place, memberships, home }: CompiledRequest): DecisionContext => {
  const { principal } = request;
  const user = principal.type === "user" ? home.userNames.get(principal.id.toLowerCase()) : undefined;
  const { places } = compiled.directory;
  return new DecisionContext(request, place, places, memberships, user, home.directory.places);
};

/** A permission that is in no table, in place of those that no table lists. */
const ANY_PERMISSION = "*";

/**
 * Decides about services that share the operation's name and that no table lists: what holds of whatever they need.
 * Who has everything may, and who has nothing may not.
 */
const decideUnlisted = (asked: CompiledRequest, needs: Needs): Decision => {
  const unlisted = { ...decideBy(asked, needs), notes: [needs.unknown!] };
  const whatever = decideBy(asked, { services: needs.services, permissions: [ANY_PERMISSION], mode: "all" });
  if (whatever.decision === "allow") return whatever;
  return asked.sides.some((side) => side.statements.length === 0)
    ? { ...unlisted, decision: "deny" }
    : unlisted;
};

/** Decides by one reading of what the request needs. */
const decideBy = (asked: CompiledRequest, { permissions, mode, unknown }: Needs): Decision => {
  const { compiled, request, sides, keys, undocumented } = asked;
  if (unknown !== undefined) return { ...refused([unknown]), decision: "unknown" };
  const context = contextOf(asked);
  const tallies = sides.map((side) => new Tally(context, side, undocumented));
  // An operation may need nothing; a request that names no permission asks for nothing that could be allowed.
  const nothing = permissions.length === 0 && request.operation === undefined;
  const truths = permissions.map((p) =>
    tallies.length === 1 ? tallies[0]!.permission(p) : allOf(tallies.map((tally) => tally.permission(p))),
  );
  const truth = nothing ? NO : combine(truths, mode);
  const decision: Decision = {
    decision: WORD[truth],
    granted: refsOf(tallies, (tally) => tally.granted),
    denied: refsOf(tallies, (tally) => tally.denied),
    missing: truth === YES ? [] : [...new Set(tallies.flatMap((t) => t.missing))].map(spelledPermission),
  };
  const undecided = refsOf(tallies, (tally) => tally.undecided);
  if (undecided.length > 0) decision.undecided = undecided;
  if (truth === YES) return decision;
  const notes = notesOf(asked, permissions, tallies);
  if (notes.length > 0) decision.notes = notes;
  const [missing] = tallies[0]!.missing;
  // Of a request that crosses the notes say which tenancy lacks what.
  if (truth === UNKNOWN || missing === undefined || sides.length > 1) return decision;
  return {
    ...decision,
    // Found when it is read: it looks at every statement, and most callers only want the decision.
    get nearest() {
      return nearest(compiled, context, new Set(keys), missing);
    },
  };
};

const union = (lists: readonly (readonly StatementRef[] | undefined)[]): StatementRef[] =>
  [
    ...new Map(
      lists.flatMap((list) => list ?? []).map((r) => [`${r.tenancy} ${r.policy} ${r.statement}`, r]),
    ).values(),
  ].sort((a, b) => a.policy - b.policy || a.statement - b.statement);

/**
 * Joins the decisions of services that share the operation's name: where they agree it is theirs, and where they
 * do not it is unknown.
 */
const joined = (operation: string, readings: readonly Needs[], decisions: readonly Decision[]): Decision => {
  const words = [...new Set(decisions.map((d) => d.decision))];
  const decision = words.length === 1 ? words[0]! : "unknown";
  const services = (word: string): string =>
    someOf(readings.flatMap((r, i) => (decisions[i]!.decision === word ? r.services : [])));
  const undecided = union(decisions.map((d) => d.undecided));
  const notes = [
    ...(words.length > 1
      ? [
          `${operation} stands in several services: ${words.map((word) => `${word} in ${services(word)}`).join("; ")}. Name the service: SERVICE.${operation}`,
        ]
      : []),
    ...new Set(decision === "allow" ? [] : decisions.flatMap((d) => d.notes ?? [])),
  ];
  return {
    decision,
    granted: union(decisions.map((d) => d.granted)),
    denied: union(decisions.map((d) => d.denied)),
    missing: decision === "allow" ? [] : [...new Set(decisions.flatMap((d) => d.missing))],
    ...(undecided.length > 0 && { undecided }),
    ...(notes.length > 0 && { notes }),
    ...(decision === "deny" && { nearest: decisions[0]!.nearest }),
  };
};

const isExempt = (
  { administrators }: CompiledTenancy,
  { principal }: Request,
  of: readonly Membership[],
): boolean => principal.type === "user" && of.some((m) => m.id === administrators);

/** What is asked of the tenancy that principal and target live in. */
const within = (compiled: CompiledTenancy, request: Request, place: CompartmentNode): CompiledRequest => {
  const memberships = membershipsOf(compiled, request.principal);
  const { keys, undocumented } = keysOf(request.principal, memberships);
  const sure = candidates(compiled, keys, place.chain);
  const statements = withPossible(compiled, request.principal, sure, place.chain);
  const side = { statements, exempt: isExempt(compiled, request, memberships), home: true };
  return {
    compiled,
    request,
    place,
    memberships,
    sides: [side],
    keys,
    undocumented,
    home: compiled,
    problems: [],
  };
};

/**
 * What is asked of both tenancies of a request that crosses; undefined for one that does not.
 * The groups are those of the principal's tenancy, and so is the group that deny endorse does not touch.
 */
const across = (
  compiled: CompiledTenancy,
  request: Request,
  place: CompartmentNode,
):
  | CompiledRequest
  | { unknown: string; decision: Decision["decision"]; problems: readonly string[] }
  | undefined => {
  const { principal } = request;
  if (principal.type === "service" || principal.tenancy === undefined) return undefined;
  if (principal.tenancy.toLowerCase() === compiled.directory.root.id) return undefined;
  const { source, endorses, admits, problems } = crossing(compiled, principal.tenancy);
  if (!source) {
    return admits.some((s) => s.effect === "allow")
      ? {
          unknown: `tenancy ${principal.tenancy} is not given: whether it endorses this is outside the decision`,
          decision: "unknown",
          problems,
        }
      : { unknown: `no statement admits principals of ${principal.tenancy}`, decision: "deny", problems };
  }
  const memberships = membershipsOf(source, principal);
  const { keys, undocumented } = keysOf(principal, memberships);
  const speaking = (list: readonly CompiledStatement[]): CompiledStatement[] =>
    list.filter((s) => place.chain.includes(s.place.index) && s.keys.some((key) => keys.includes(key)));
  const admit = {
    statements: speaking(admits),
    exempt: false,
    home: false,
    refuses: `tenancy ${compiled.tenancy.tenancy} does not admit`,
  };
  const endorse = {
    statements: speaking(endorses),
    exempt: isExempt(source, request, memberships),
    home: false,
    refuses: `tenancy ${principal.tenancy} does not endorse`,
  };
  return {
    compiled,
    request,
    place,
    memberships,
    sides: [admit, endorse],
    keys,
    undocumented,
    home: source,
    problems,
  };
};

/**
 * Decides a request.
 * @returns the decision with the statements behind it. `unknown` comes of values that are not known before
 *   deployment, of operations and permissions that no table lists, and of an operation's name that several
 *   services share and decide differently; it is never allow
 * @example decide(compile(tenancy), { principal: { type: "user", id }, operation: "GetBucket", compartment })
 */
export const decide = (compiled: CompiledTenancy, asking: Request): Decision => {
  const request = bare(asking);
  const { directory } = compiled;
  const place =
    request.compartment === undefined
      ? directory.root
      : directory.placeById.get(request.compartment.toLowerCase());
  if (!place) return refused([`compartment ${request.compartment} is not in the tenancy`]);
  const [first, ...rest] = needs(request);
  // Nothing is looked up for what no table has: it is unknown whatever the statements say.
  if (rest.length === 0 && first.unknown !== undefined)
    return { ...refused([first.unknown]), decision: "unknown" };
  const asked = across(compiled, request, place) ?? within(compiled, request, place);
  if ("unknown" in asked) return { ...refused([asked.unknown, ...asked.problems]), decision: asked.decision };
  if (rest.length === 0) return decideBy(asked, first);
  const readings = [first, ...rest];
  return joined(
    request.operation!,
    readings,
    readings.map((reading) => (reading.unlisted ? decideUnlisted : decideBy)(asked, reading)),
  );
};

const refused = (notes: string[]): Decision => ({
  decision: "deny",
  granted: [],
  denied: [],
  missing: [],
  notes,
});
