/**
 * Who may do an operation: each subject of statements by a member in general, and those one by one who are more, or
 * less, than a member of their groups: whom a deny statement stops, who has what is needed from several groups, whom
 * a condition names.
 * @module
 */

import { OTHER } from "../compare/principals.ts";
import { asksGroups } from "../compare/slice.ts";
import { valuesOf } from "../compare/values.ts";
import {
  ANY_GROUP,
  ANY_USER,
  type CompiledStatement,
  type CompiledTenancy,
  byKey,
  compile,
  keyOf,
} from "../decide/compile.ts";
import { bare } from "../decide/decide.ts";
import type { CompartmentNode } from "../decide/directory.ts";
import { topsOf } from "../decide/places.ts";
import type { Principal, Tenancy } from "../decide/types.ts";
import { atomsOf, variablesOf } from "../lint/conditions.ts";
import type { Atom } from "../syntax/tree.ts";
import { allOf, anyOf, type Formula, leaf, NEVER, unknownOn } from "./formula.ts";
import { isFree, isJoint, isUnknown, mayDo, type Need, needOf, permissionsOf, relevant } from "./need.ts";
import { extentOf, type Outcome, outcomeOf, type Part, partKey, partsOf, sameOutcome } from "./outcome.ts";
import { Overlaps } from "./overlap.ts";
import { Shortener } from "./shorten.ts";
import { type PerhapsDenied, Situation, type Standing, standingOf } from "./situation.ts";
import { memberOf } from "./standings.ts";
import { inOrder } from "./statements.ts";
import type { Who, WhoCan, WhoCanQuestion } from "./types.ts";

const AT = { start: 0, end: 0 };
const GROUPS = { kind: "variable", name: "request.groups.id", ...AT } as const;
const SERVICE = { kind: "variable", name: "request.service.name", ...AT } as const;

const absent = (variable: typeof GROUPS | typeof SERVICE): Formula =>
  leaf({ kind: "present", variable, negated: true, ...AT });

const noneOf = (variable: typeof GROUPS | typeof SERVICE, texts: readonly string[]): Formula => {
  const [first, ...more] = texts.map((text) => ({ kind: "string" as const, text, ...AT }));
  const other: Atom =
    more.length === 0
      ? { kind: "compare", variable, operator: "!=", value: first!, ...AT }
      : { kind: "in", variable, negated: true, values: [first!, ...more], ...AT };
  return anyOf([absent(variable), leaf(other)]);
};

/** Variables whose value is one principal's. */
const IDENTITY = /^request\.(principal|user|instance|resource)\.id$/;

/** Somebody in particular. */
interface One {
  who: Who;
  name?: string;
  standing: Standing;
}

interface Entry extends Outcome {
  statements: Set<CompiledStatement>;
}

/** One line of the answer. */
interface Line {
  who: Who;
  name: string | undefined;
  part: Part;
  /** Indices of the compartments. */
  places: Set<number>;
  statements: Set<CompiledStatement>;
}

/** The question while it is answered. */
class Asking {
  private readonly compiled: CompiledTenancy;
  private readonly question: WhoCanQuestion;
  private readonly need: Need;
  private readonly places: readonly CompartmentNode[];
  private readonly statements: ReadonlyMap<string, readonly CompiledStatement[]>;
  private readonly all: readonly CompiledStatement[];
  private readonly denies: readonly CompiledStatement[];
  private readonly shortener = new Shortener();
  /** True where some condition asks for the groups of a principal. */
  private readonly asksGroups: boolean;
  private readonly overlaps: Overlaps;
  /** Principals that are answered for one by one, by OCID in lower case. */
  private readonly named: ReadonlySet<string>;
  private readonly lines = new Map<string, Line>();
  private readonly found = new Map<string, Map<number, Entry>>();
  private readonly split = new Set<string>();

  constructor(compiled: CompiledTenancy, question: WhoCanQuestion) {
    this.compiled = compiled;
    this.question = question;
    this.need = needOf({ ...bare({ principal: { type: "service", name: "-" }, ...question }) });
    const { directory } = compiled;
    const place =
      question.compartment === undefined
        ? undefined
        : directory.placeById.get(question.compartment.toLowerCase());
    this.places = question.compartment === undefined ? directory.places : place ? [place] : [];
    this.all = relevant(this.need, compiled.statements);
    this.denies = this.all.filter((s) => s.effect === "deny");
    this.statements = byKey(this.all);
    this.asksGroups = this.all.some(asksGroups);
    this.overlaps = new Overlaps(compiled);
    const listed = new Set(this.instances().map(({ id }) => id.toLowerCase()));
    this.named = new Set(
      this.all
        .flatMap((s) => atomsOf(s.tree.condition))
        .filter((a) => IDENTITY.test(a.variable.name.toLowerCase()))
        .flatMap((a) => valuesOf(a).flatMap((v) => (v.kind === "string" ? [v.text.toLowerCase()] : [])))
        .filter((id) => /^ocid\d\.user\./.test(id) || listed.has(id)),
    );
  }

  private instances(): readonly { id: string; name?: string; compartment?: string }[] {
    return this.compiled.tenancy.instances ?? [];
  }

  answer(): WhoCan[] {
    for (const key of this.subjects()) this.subject(key);
    if (permissionsOf(this.need).includes("COMPARTMENT_INSPECT")) this.anyInstance();
    this.users();
    this.machines();
    return [...this.lines.values()].map((line) => this.said(line));
  }

  /** The keys of subjects, the widest first. */
  private subjects(): string[] {
    const { administrators } = this.compiled;
    const keys = new Set(this.all.filter((s) => s.effect === "allow").flatMap((s) => s.keys));
    if (administrators !== undefined && this.denies.length > 0) keys.add(keyOf("group", administrators));
    const wide = [ANY_USER, ANY_GROUP].filter((key) => keys.delete(key) || (key === ANY_USER && this.free()));
    return [...wide, ...[...keys].sort()];
  }

  private free(): boolean {
    return isFree(this.need) || isUnknown(this.need) !== undefined;
  }

  /** The statements for a standing at a place. */
  private at(keys: readonly string[], place: CompartmentNode): CompiledStatement[] {
    const found = new Set<CompiledStatement>();
    for (const key of keys)
      for (const s of this.statements.get(key) ?? []) if (place.chain.includes(s.place.index)) found.add(s);
    return [...found];
  }

  private subject(key: string): void {
    const standing = memberOf(this.compiled, key);
    const mine = new Map<number, Entry>();
    this.found.set(key, mine);
    const anywhere = (key === ANY_USER && this.free()) || standing.exempt;
    for (const place of this.places) {
      const statements = this.at(standing.keys, place);
      if (!anywhere && !statements.some((s) => s.effect === "allow" && s.keys.includes(key))) continue;
      if (this.isSplit(key, place)) {
        this.split.add(`${key} ${place.index}`);
        continue;
      }
      const entry = this.entry(standing, place, statements, this.perhapsDenied(key, place));
      entry.certain = this.withoutNamed(entry.certain);
      entry.possible = this.withoutNamed(entry.possible);
      if (entry.possible.kind === "no") continue;
      mine.set(place.index, entry);
      const wider = this.covering(
        standing,
        place,
        new Situation(this.compiled, standing, place, this.question),
        key,
      );
      if (!wider || !sameOutcome(entry, wider, this.shortener))
        this.add(whoOf(this.compiled, key), place, entry);
    }
  }

  private entry(
    standing: Standing,
    place: CompartmentNode,
    statements: readonly CompiledStatement[],
    perhapsDenied: readonly PerhapsDenied[] = [],
  ): Entry {
    const granting = new Set<CompiledStatement>();
    const situation = new Situation(this.compiled, standing, place, this.question);
    const formula = mayDo(this.need, situation, statements, (s) => granting.add(s), perhapsDenied);
    return { ...outcomeOf(formula, this.shortener), statements: granting };
  }

  /** What the lines of a principal's subjects say of it already. @param but a subject that is left out */
  private covering(
    standing: Standing,
    place: CompartmentNode,
    situation: Situation,
    but?: string,
  ): Outcome | undefined {
    const entries = standing.keys.flatMap((key) =>
      key === but ? [] : (this.found.get(key)?.get(place.index) ?? []),
    );
    if (entries.length === 0) return undefined;
    const join = (part: "certain" | "possible"): Formula =>
      this.shortener.of(anyOf(entries.map((e) => situation.resolve(e[part]))));
    return { certain: join("certain"), possible: join("possible"), on: entries.flatMap((e) => e.on) };
  }

  /** Deny statements that speak of some of a subject's members. */
  private perhapsDenied(key: string, place: CompartmentNode): PerhapsDenied[] {
    return this.denies
      .filter((s) => place.chain.includes(s.place.index) && !s.keys.includes(ANY_USER))
      .flatMap((statement) => {
        const unless = this.unless(key, statement);
        return unless ? [{ statement, unless }] : [];
      });
  }

  /** The condition under which a deny statement does not speak of a subject's member; undefined where it never does. */
  private unless(key: string, { keys }: CompiledStatement): Formula | undefined {
    const wide = key === ANY_USER || key === ANY_GROUP;
    const [first] = keys as [string];
    const ids = keys.map((k) => k.slice(k.indexOf(" ") + 1));
    if (first === ANY_GROUP)
      return key === ANY_USER
        ? leaf({ kind: "present", variable: SERVICE, negated: false, ...AT })
        : undefined;
    if (first.startsWith("group ")) return wide ? noneOf(GROUPS, ids) : undefined;
    if (first.startsWith("service ")) return key === ANY_USER ? noneOf(SERVICE, ids) : undefined;
    if (!wide && !key.startsWith("dynamic-group ")) return undefined;
    if (keys.includes(key)) return undefined;
    const meets = wide ? ids : ids.filter((id) => this.overlaps.between(key.slice(key.indexOf(" ") + 1), id));
    if (meets.length === 0) return undefined;
    const names = meets.map(
      (id) => this.compiled.tenancy.dynamicGroups?.find((g) => g.id.toLowerCase() === id)?.name ?? id,
    );
    return unknownOn(`whether it is in dynamic-group ${names.join(" or ")}, which is denied`);
  }

  /** True where some known member of a group is denied what others may: all are then answered for one by one. */
  private isSplit(key: string, place: CompartmentNode): boolean {
    if (!key.startsWith("group ")) return false;
    const id = key.slice("group ".length);
    if (id === this.compiled.administrators) return false;
    const against = new Set(
      this.denies
        .filter((s) => place.chain.includes(s.place.index) && !s.keys.includes(key))
        .flatMap((s) => s.keys.filter((k) => k.startsWith("group ")).map((k) => k.slice("group ".length))),
    );
    if (against.size === 0) return false;
    for (const groups of this.compiled.groupsOf.values())
      if (groups.some((g) => g.id === id) && groups.some((g) => against.has(g.id))) return true;
    return false;
  }

  /** A subject's condition without those that are answered for one by one. */
  private withoutNamed(formula: Formula): Formula {
    if (this.named.size === 0) return formula;
    const without = (f: Formula): Formula => {
      if (f.kind === "all") return allOf(f.parts.map(without));
      if (f.kind === "any") return anyOf(f.parts.map(without));
      if (f.kind !== "leaf" || f.negated) return f;
      const atom = f.atom as Atom;
      if (atom.kind !== "compare" && (atom.kind !== "in" || atom.negated)) return f;
      if (atom.kind === "compare" && atom.operator !== "=") return f;
      const values = valuesOf(atom);
      const only = values.every((v) => v.kind === "string" && this.named.has(v.text.toLowerCase()));
      return IDENTITY.test(atom.variable.name.toLowerCase()) && only ? NEVER : f;
    };
    return this.shortener.of(without(formula));
  }

  /** Every instance can list compartments. */
  private anyInstance(): void {
    const standing = standingOf(
      { ...this.compiled, dynamicGroups: [] },
      { type: "instance", id: OTHER.instance },
    );
    for (const place of this.places)
      this.one(
        {
          who: { type: "instance", id: "any" },
          standing: { ...standing, open: /^request\.(principal\.(id|compartment|group)|instance\.)/ },
        },
        place,
      );
  }

  private one({ who, name, standing }: One, place: CompartmentNode): void {
    const entry = this.uncovered(standing, place);
    if (entry) this.add(who, place, entry, name);
  }

  /** Principals of the same standing: what they may is found once. */
  private alike(standing: Standing, members: readonly Omit<One, "standing">[]): void {
    for (const place of this.places) {
      const entry = this.uncovered(standing, place);
      if (entry) for (const { who, name } of members) this.add(who, place, entry, name);
    }
  }

  /** What a principal may, where the lines of its subjects do not say it. */
  private uncovered(standing: Standing, place: CompartmentNode): Entry | undefined {
    const statements = this.at(standing.keys, place);
    if (!this.free() && !standing.exempt && statements.length === 0 && standing.principal.type !== "instance")
      return undefined;
    const entry = this.entry(standing, place, statements);
    if (entry.possible.kind === "no") return undefined;
    const situation = new Situation(this.compiled, standing, place, this.question);
    const covered = this.covering(standing, place, situation);
    return covered && sameOutcome(entry, covered, this.shortener) ? undefined : entry;
  }

  private users(): void {
    const { compiled } = this;
    const kinds = [...this.statements.keys()].some((key) => key.startsWith("group "));
    const matter = this.split.size > 0 || (kinds && (isJoint(this.need) || this.denies.length > 0));
    const ids = new Set(matter ? compiled.groupsOf.keys() : []);
    for (const id of this.named) if (/^ocid\d\.user\./.test(id)) ids.add(id);
    const names = new Map((compiled.tenancy.users ?? []).map((u) => [u.id.toLowerCase(), u]));
    const asked = this.all.some((s) =>
      atomsOf(s.tree.condition).some((a) =>
        variablesOf(a).some((v) => /^request\.user\.name$/i.test(v.name)),
      ),
    );
    // Users of the same standing are answered for together.
    const classes = new Map<string, { standing: Standing; ids: string[] }>();
    for (const id of ids) {
      const standing = standingOf(compiled, { type: "user", id });
      const own = this.named.has(id) || asked ? id : "";
      const key = `${own} ${this.spokenOf(standing)}`;
      const known = classes.get(key);
      if (known) known.ids.push(id);
      else classes.set(key, { standing, ids: [id] });
    }
    for (const { standing, ids: same } of classes.values())
      this.alike(
        standing,
        same.map((id) => {
          const user = names.get(id);
          return {
            who: { type: "user", id: user?.id ?? id },
            ...(user?.name !== undefined && { name: user.name }),
          };
        }),
      );
  }

  /** The groups of a standing that may make a difference. */
  private spokenOf(standing: Standing): string {
    const keys = this.asksGroups ? standing.keys : standing.keys.filter((key) => this.statements.has(key));
    return [...keys, standing.undocumented, standing.exempt].join();
  }

  private machines(): void {
    const { compiled } = this;
    const groups = [...this.statements.keys()].some((key) => key.startsWith("dynamic-group "));
    const against = this.denies.some((s) => s.keys[0]!.startsWith("dynamic-group "));
    const matter = against || (groups && isJoint(this.need));
    const spoken = {
      ...compiled,
      dynamicGroups: this.statements.has(ANY_GROUP)
        ? compiled.dynamicGroups
        : compiled.dynamicGroups.filter((g) => this.statements.has(keyOf("dynamic-group", g.id))),
    };
    // Where conditions ask who the principal is, each instance is one of its kind.
    const asked = this.all.some((s) =>
      atomsOf(s.tree.condition).some((a) =>
        variablesOf(a).some((v) => /^request\.(principal|instance)\.(?!type$)/i.test(v.name)),
      ),
    );
    const classes = new Map<string, { standing: Standing; members: Omit<One, "standing">[] }>();
    for (const { id, name, ...rest } of compiled.tenancy.instances ?? []) {
      if (!matter && !this.named.has(id.toLowerCase())) continue;
      const principal: Principal = { type: "instance", id, ...rest };
      const standing = standingOf(spoken, principal);
      const key = `${asked ? id : ""} ${this.spokenOf(standing)}`;
      const alike = classes.get(key) ?? { standing, members: [] };
      classes.set(key, alike);
      alike.members.push({ who: { type: "instance", id }, ...(name !== undefined && { name }) });
    }
    for (const { standing, members } of classes.values()) this.alike(standing, members);
  }

  private add(who: Who, place: CompartmentNode, entry: Entry, name?: string): void {
    for (const part of partsOf(entry)) {
      const key = `${who.type} ${who.id} | ${partKey(part)}`;
      const line = this.lines.get(key) ?? { who, name, part, places: new Set(), statements: new Set() };
      this.lines.set(key, line);
      line.places.add(place.index);
      for (const s of entry.statements) line.statements.add(s);
    }
  }

  private said({ who, name: given, part, places, statements }: Line): WhoCan {
    const { directory } = this.compiled;
    const name = given ?? nameOf(this.compiled, who);
    const compartments =
      this.question.compartment === undefined
        ? topsOf(directory, places).map(({ index, subtree }) => {
            const place = directory.places[index]!;
            return { id: place.id, ...(place.name !== undefined && { name: place.name }), subtree };
          })
        : undefined;
    return {
      principal: who,
      ...(name !== undefined && { name }),
      decision: part.formula.kind === "yes" && part.on.length === 0 ? "allow" : "depends",
      ...extentOf(part),
      statements: inOrder(statements),
      ...(compartments && { compartments }),
    };
  }
}

const entityOf = (
  { tenancy }: CompiledTenancy,
  { type, id }: Who,
): { id: string; name: string; domain?: string } | undefined => {
  const list = type === "group" ? tenancy.groups : type === "dynamic-group" ? tenancy.dynamicGroups : [];
  return list?.find((g) => g.id.toLowerCase() === id.toLowerCase());
};

const nameOf = (compiled: CompiledTenancy, who: Who): string | undefined => {
  const found = entityOf(compiled, who);
  if (!found) return undefined;
  const { name, domain = "Default" } = found;
  return domain.toLowerCase() === "default" ? name : `${domain}/${name}`;
};

const whoOf = (compiled: CompiledTenancy, key: string): Who => {
  const space = key.indexOf(" ");
  if (space < 0) return { type: key as "any-user", id: key };
  const who: Who = { type: key.slice(0, space) as Who["type"], id: key.slice(space + 1) };
  return { ...who, id: entityOf(compiled, who)?.id ?? who.id };
};

/**
 * Finds who may do an operation, or has permissions.
 * @param question values that it does not give may be any; those that it gives as `{ unknown: true }` are not known
 * @returns one entry for each subject of statements and outcome; a user or an instance has one of its own only where
 *   its groups do not say what it may. Whoever is in no entry may not
 * @example whoCan(tenancy, { operation: "GetObject", compartment, variables: { "target.bucket.name": "logs" } })
 */
export const whoCan = (tenancy: Tenancy, question: WhoCanQuestion): WhoCan[] =>
  new Asking(compile(tenancy), question).answer();
