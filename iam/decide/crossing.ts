/**
 * Access across tenancies: the tenancy of the principal (the source) must endorse it, and the tenancy of the
 * target (the destination) must admit it. Sources: Oracle, "Cross-Tenancy Access Policies" (both must agree; a
 * define stands in the same policy; the groups of an admit are defined by OCID), and "Cross-Tenancy Policies" of
 * Database Tools (the statements must stand in the root compartment). What neither says is named in `problems`.
 * @module
 */
import { parseStatement } from "../syntax/statement.ts";
import type { AccessStatement, DefineStatement, Subject, Word } from "../syntax/tree.ts";
import {
  ANY_GROUP,
  ANY_USER,
  type CompiledStatement,
  type CompiledTenancy,
  compile,
  indexKeysOf,
  notDecided,
  permissionsOf,
} from "./compile.ts";
import { compileCondition, type Test } from "./condition.ts";
import type { CompartmentNode } from "./directory.ts";
import { placeOfPath, resolveIn } from "./names.ts";
import { NO, UNKNOWN } from "./truth.ts";
import type { StatementRef } from "./types.ts";

/** The statements by which principals of one tenancy act in another. */
export interface Crossing {
  /** The principals' tenancy; undefined where it is not given. */
  source: CompiledTenancy | undefined;
  /** The source's statements, with the places in the destination. */
  endorses: readonly CompiledStatement[];
  /** The destination's, and those of its deny statements of which no source says whether they count. */
  admits: readonly CompiledStatement[];
  /** Statements that take no part, and why; and what no source says. */
  problems: readonly string[];
}

/** Names that the define statements of one policy give to OCIDs; keys are "kind alias" in lower case. */
type Aliases = ReadonlyMap<string, string>;

const aliasKey = (kind: DefineStatement["entity"], alias: string): string => `${kind} ${alias.toLowerCase()}`;

/** A statement of a policy that crosses tenancies. */
interface Found {
  ref: StatementRef;
  text: string;
  tree: AccessStatement;
  aliases: Aliases;
  /** Where its policy is attached. */
  attached: CompartmentNode;
}

const statementsOf = ({ tenancy, directory }: CompiledTenancy, kind: "endorse" | "admit"): Found[] =>
  (tenancy.policies ?? []).flatMap(({ compartment, statements }, policy) => {
    const attached =
      compartment === undefined ? directory.root : directory.placeById.get(compartment.toLowerCase());
    if (!attached) return [];
    const aliases = new Map<string, string>();
    const trees = statements.map((text) => {
      // Most statements cross nothing: only these are parsed again.
      if (!/^\s*(deny\s+)?(define|endorse|admit)\b/i.test(text)) return undefined;
      const parsed = parseStatement(text);
      return parsed.ok ? parsed.statement : undefined;
    });
    for (const tree of trees)
      if (tree?.kind === "define") aliases.set(aliasKey(tree.entity, tree.alias.text), tree.id.toLowerCase());
    return trees.flatMap((tree, statement) =>
      tree?.kind === kind
        ? [{ ref: { policy, statement }, text: statements[statement]!, tree, aliases, attached }]
        : [],
    );
  });

/** A subject with the OCIDs of the groups that the policy defines. */
const defined = (subject: Subject, aliases: Aliases): Subject => {
  if (subject.kind !== "group" && subject.kind !== "dynamic-group") return subject;
  const { kind } = subject;
  const names = subject.names.map((e) => {
    const id = e.by === "name" && e.domain === undefined ? aliases.get(aliasKey(kind, e.name)) : undefined;
    return id === undefined ? e : { by: "id" as const, id, start: e.start, end: e.end };
  });
  return { ...subject, names };
};

/** A test that is unknown where the statement would count. */
const doubted =
  (test: Test | undefined): Test =>
  (context) =>
    !test || test(context) !== NO ? UNKNOWN : NO;

/** What a statement says of the other tenancy. */
type About = { place: CompartmentNode; doubt?: string } | { problem: string } | undefined;

/** The OCID of an alias; a text where the policy does not define it. */
const tenancyOf = (alias: Word, aliases: Aliases): { id: string } | { problem: string } => {
  const id = aliases.get(aliasKey("tenancy", alias.text));
  return id === undefined
    ? { problem: `its policy does not define the tenancy ${alias.text}: it has no effect` }
    : { id };
};

/** The place in the destination that an endorse statement names; undefined where it is about another tenancy. */
const endorsedPlace = ({ tree: { location }, aliases }: Found, destination: CompiledTenancy): About => {
  const { root, placeById } = destination.directory;
  if (location.kind === "any-tenancy") return { place: root };
  const alias = location.kind === "tenancy" ? location.alias : location.of;
  if (!alias)
    return { problem: "it endorses in its own tenancy, which no source explains: it has no effect" };
  const other = tenancyOf(alias, aliases);
  if ("problem" in other) return other;
  if (other.id !== root.id) return undefined;
  if (location.kind === "tenancy") return { place: root };
  const named =
    location.kind === "compartment-id"
      ? location.id
      : location.path.length === 1
        ? aliases.get(aliasKey("compartment", location.path[0]!.text))
        : undefined;
  const place =
    named === undefined && location.kind === "compartment"
      ? placeOfPath(location.path, root)
      : placeById.get(named!.toLowerCase());
  return place ? { place } : { problem: "its compartment is not in the other tenancy: it has no effect" };
};

/** The place that an admit statement names; undefined where it is about principals of another tenancy. */
const admittedPlace = (found: Found, place: CompartmentNode | undefined, sourceId: string): About => {
  const { tree, aliases } = found;
  if (!place) return { problem: "it admits to no compartment of its own tenancy: it has no effect" };
  if (!tree.source)
    return { place, doubt: "it does not say of which tenancy, and no source explains that: it is unknown" };
  if (tree.source.kind === "any-tenancy") return { place };
  const other = tenancyOf(tree.source.alias, aliases);
  if ("problem" in other) return other;
  return other.id === sourceId ? { place } : undefined;
};

/** Compiles the statements of one kind that one tenancy has about another. */
const compileCrossing = (
  owner: CompiledTenancy,
  kind: "endorse" | "admit",
  about: (found: Found, place: CompartmentNode | undefined) => About,
  problems: string[],
): CompiledStatement[] =>
  statementsOf(owner, kind).flatMap((found) => {
    const { ref, text, attached } = found;
    const problem = (message: string): [] => {
      problems.push(
        `policy ${ref.policy} statement ${ref.statement} of ${owner.tenancy.tenancy}: ${message}`,
      );
      return [];
    };
    const named = { ...found.tree, subject: defined(found.tree.subject, found.aliases) };
    const { statement, errors, place } = resolveIn(named, owner.directory, attached);
    const tree = statement as AccessStatement;
    if (tree.action.kind === "associate")
      return problem(
        "associate is outside the decision: no table says which permissions it is, nor of which operations",
      );
    const said = about(found, place);
    if (!said) return [];
    for (const error of errors) problem(error);
    if ("problem" in said) return problem(said.problem);
    if (attached !== owner.directory.root)
      return problem(`${kind} must stand in a policy of the root compartment: it has no effect`);
    if (tree.effect === "deny" && !owner.tenancy.denyEnabled)
      return problem("deny statements are not enabled in the tenancy: it has no effect");
    const keys = indexKeysOf(tree.subject);
    if (
      kind === "admit" &&
      (tree.subject.kind === "group" || tree.subject.kind === "dynamic-group") &&
      keys.length < tree.subject.names.length
    )
      problem(`its policy does not define every ${tree.subject.kind} that it names`);
    const permissions = permissionsOf(tree.action, tree.effect);
    for (const name of permissions?.unlisted ?? []) problem(notDecided(name));
    if (!permissions || keys.length === 0) return [];
    if (said.doubt) problem(said.doubt);
    const test = tree.condition && compileCondition(tree.condition);
    const compiled = {
      ref: kind === "endorse" ? { ...ref, tenancy: owner.tenancy.tenancy } : ref,
      ...{ text, tree, effect: tree.effect, keys, place: said.place, permissions },
      test: said.doubt ? doubted(test) : test,
    };
    return [compiled];
  });

/** The destination's own deny statements for everybody: no source says whether they speak of other tenancies. */
const doubtfulDenies = ({ statements }: CompiledTenancy): CompiledStatement[] =>
  statements
    .filter((s) => s.effect === "deny" && (s.keys[0] === ANY_USER || s.keys[0] === ANY_GROUP))
    .map((s) => ({ ...s, test: doubted(s.test) }));

const crossingOf = (destination: CompiledTenancy, sourceId: string): Crossing => {
  const given = destination.tenancy.others?.find((other) => other.tenancy.toLowerCase() === sourceId);
  const source = given && compile(given);
  const problems: string[] = [];
  const admits = compileCrossing(
    destination,
    "admit",
    (found, place) => admittedPlace(found, place, sourceId),
    problems,
  );
  const endorses = source
    ? compileCrossing(source, "endorse", (found) => endorsedPlace(found, destination), problems)
    : [];
  return { source, endorses, admits: [...admits, ...doubtfulDenies(destination)], problems };
};

const crossings = new WeakMap<CompiledTenancy, Map<string, Crossing>>();

/**
 * The statements by which principals of a tenancy act in another, made when they are first asked for.
 * @param destination the tenancy of the target, whose `others` may have the source
 * @param sourceId OCID of the principals' tenancy
 */
export const crossing = (destination: CompiledTenancy, sourceId: string): Crossing => {
  const id = sourceId.toLowerCase();
  const known = crossings.get(destination) ?? new Map<string, Crossing>();
  crossings.set(destination, known);
  const found = known.get(id) ?? crossingOf(destination, id);
  if (found.source || known.size < MOST_KEPT) known.set(id, found);
  return found;
};

/** Sources that are kept ready though they are not given: nothing keeps a caller from inventing more. */
const MOST_KEPT = 100;
