/** What statements of a plan name and the plan does not have: it is in the tenancy already, and added here. @module */
import { type Compartment, parseStatement, type Tenancy } from "../../../iam/index.ts";

type Parsed = Extract<ReturnType<typeof parseStatement>, { ok: true }>["statement"];
type Access = Exclude<Parsed, { kind: "define" }>;

const same = (a: string | undefined, b: string | undefined): boolean =>
  (a ?? "").toLowerCase() === (b ?? "").toLowerCase();

const unplannedId = (kind: string, name: string): string =>
  `ocid1.${kind}.oc1..unplanned.${name.toLowerCase().replace(/[^\w.-]+/g, "_")}`;

/** A tenancy that grows by what is named. */
class Grown {
  readonly compartments: Compartment[];
  readonly groups: NonNullable<Tenancy["groups"]>[number][];
  readonly dynamicGroups: NonNullable<Tenancy["dynamicGroups"]>[number][];
  readonly notes: string[];
  /** Compartments of which only the OCID is known, so that a name in a statement may be theirs. */
  private readonly nameless = new Set<string>();
  private readonly root: string;

  constructor({ tenancy, compartments = [], groups = [], dynamicGroups = [], notes = [] }: Tenancy) {
    this.root = tenancy;
    this.compartments = [...compartments];
    this.groups = [...groups];
    this.dynamicGroups = [...dynamicGroups];
    this.notes = [...notes];
  }

  /** The compartment with an OCID; added below another where the plan does not have it. */
  place(id: string, parent: string): void {
    if (same(id, this.root) || this.compartments.some((c) => same(c.id, id))) return;
    this.compartments.push({ id, name: id, parent });
    this.nameless.add(id.toLowerCase());
    this.notes.push(`the compartment ${id} is not in the plan: taken as one below ${parent}`);
  }

  /** The compartments of a path, below the one that the policy is attached to. */
  path(names: readonly string[], attached: string): void {
    const own = this.compartments.find((c) => same(c.id, attached));
    const [first] = names;
    if (names.length === 1 && own && first !== undefined) {
      if (same(own.name, first)) return;
      if (this.nameless.has(attached.toLowerCase()) && !this.childOf(attached, first)) {
        this.nameless.delete(attached.toLowerCase());
        this.notes.push(
          `the compartment "${first}" is not in the plan: taken as ${attached}, which the policy is attached to`,
        );
        this.compartments[this.compartments.indexOf(own)] = { ...own, name: first };
        return;
      }
    }
    let at = attached;
    for (const [i, name] of names.entries()) {
      const id = this.childOf(at, name)?.id ?? unplannedId("compartment", `${at.split(".").at(-1)}.${name}`);
      if (!this.compartments.some((c) => same(c.id, id))) {
        this.compartments.push({ id, name, parent: at });
        this.notes.push(
          `the compartment "${names.slice(0, i + 1).join(":")}" is not in the plan: taken as one below ${at}`,
        );
      }
      at = id;
    }
  }

  group(kind: "group" | "dynamic-group", name: string, domain: string | undefined): void {
    const list = kind === "group" ? this.groups : this.dynamicGroups;
    if (list.some((g) => same(g.name, name) && same(g.domain ?? "Default", domain ?? "Default"))) return;
    const whole = domain === undefined ? name : `${domain}/${name}`;
    const id = unplannedId(kind.replace("-", ""), whole);
    const common = { id, name, ...(domain !== undefined && { domain }) };
    this.notes.push(`the ${kind} "${whole}" is not in the plan: who is in it is not known`);
    if (kind === "group") this.groups.push(common);
    else
      this.dynamicGroups.push({ ...common, matchingRule: `(not in the plan: ${whole})`, unknownRule: true });
  }

  private childOf(parent: string, name: string): Compartment | undefined {
    return this.compartments.find((c) => same(c.parent ?? this.root, parent) && same(c.name, name));
  }
}

const subjectsOf = ({ kind, subject }: Access, grown: Grown): void => {
  // The groups of an admit statement live in the other tenancy.
  if (kind === "admit" || (subject.kind !== "group" && subject.kind !== "dynamic-group")) return;
  for (const e of subject.names) {
    if (e.by === "name") grown.group(subject.kind, e.name, e.domain);
    else if (subject.kind === "dynamic-group" && !grown.dynamicGroups.some((g) => same(g.id, e.id))) {
      grown.notes.push(`the dynamic group ${e.id} is not in the plan: who is in it is not known`);
      grown.dynamicGroups.push({
        id: e.id,
        name: e.id,
        matchingRule: `(not in the plan: ${e.id})`,
        unknownRule: true,
      });
    }
  }
};

/** Adds compartments, groups and dynamic groups that statements name; who is in such a group is not known. */
export const withUnplanned = (tenancy: Tenancy): Tenancy => {
  const grown = new Grown(tenancy);
  for (const { parent } of tenancy.compartments ?? [])
    if (parent !== undefined) grown.place(parent, tenancy.tenancy);
  for (const { compartment = tenancy.tenancy, statements, unknownStatements } of tenancy.policies ?? []) {
    grown.place(compartment, tenancy.tenancy);
    for (const [i, text] of statements.entries()) {
      const parsed = unknownStatements?.includes(i) ? undefined : parseStatement(text);
      if (!parsed?.ok || parsed.statement.kind === "define") continue;
      subjectsOf(parsed.statement, grown);
      const { kind, location } = parsed.statement;
      if (kind === "endorse") continue;
      if (location.kind === "compartment-id" && !location.of) grown.place(location.id, compartment);
      if (location.kind === "compartment" && !location.of)
        grown.path(
          location.path.map((w) => w.text),
          compartment,
        );
    }
  }
  const { compartments, groups, dynamicGroups, notes } = grown;
  return { ...tenancy, compartments, groups, dynamicGroups, notes };
};
