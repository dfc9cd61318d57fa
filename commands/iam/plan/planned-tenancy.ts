/** The tenancy before and after a Terraform plan, as far as the plan knows it. @module */
import { parseStatement, type Tenancy } from "../../../iam/index.ts";
import { type Plan, type PlanResource, referencesOf } from "./plan.ts";
import { withUnplanned } from "./unplanned.ts";

/** The state before a plan, or the one that it makes. */
export type PlanSide = "before" | "after";

/** Values of one side of a resource. */
interface Side {
  resource: PlanResource;
  values: Readonly<Record<string, unknown>>;
  unknown: Readonly<Record<string, unknown>>;
}

/** An OCID for what has none yet: it follows from the address, so that it is the same wherever it is referred to. */
const plannedId = (kind: string, address: string): string =>
  `ocid1.${kind}.oc1..planned.${address.replace(/[^\w.-]+/g, "_")}`;

/** The kind in an OCID, by the resource's type. */
const KINDS: Readonly<Record<string, string>> = {
  oci_identity_compartment: "compartment",
  oci_identity_group: "group",
  oci_identity_domains_group: "group",
  oci_identity_dynamic_group: "dynamicgroup",
  oci_identity_domains_dynamic_resource_group: "dynamicgroup",
  oci_identity_user: "user",
  oci_identity_policy: "policy",
  oci_identity_domain: "domain",
};

const sidesOf = (plan: Plan, side: PlanSide): Side[] =>
  plan.resource_changes.flatMap((resource) => {
    const values = resource.mode === "data" ? undefined : resource.change[side];
    const { after_unknown: unknown } = resource.change;
    if (!values) return [];
    return [{ resource, values, unknown: side === "after" && typeof unknown === "object" ? unknown : {} }];
  });

const text = ({ values }: Side, name: string): string | undefined => {
  const value = values[name];
  return typeof value === "string" && value !== "" ? value : undefined;
};

const idOf = (side: Side): string => {
  const kind = KINDS[side.resource.type] ?? "resource";
  return (
    (kind.endsWith("group") && text(side, "ocid")) ||
    text(side, "id") ||
    plannedId(kind, side.resource.address)
  );
};

/** What an argument refers to, in words. */
const referring = (plan: Plan, { resource }: Side, argument: string): string => {
  const addresses = referencesOf(plan, resource, argument).filter(
    (r) => r.split(".").length > 2 || /^(var|local|each)\./.test(r),
  );
  return addresses.length > 0 ? `, which refers to ${addresses.join(", ")}` : "";
};

const knownAfterApply = (plan: Plan, side: Side, argument: string, at = ""): string =>
  `(known after apply: ${side.resource.address}.${argument}${at}${referring(plan, side, argument)})`;

/** Reads one side of a plan. */
class Reader {
  readonly notes: string[] = [];
  private readonly plan: Plan;
  private readonly sides: readonly Side[];

  constructor(plan: Plan, sides: readonly Side[]) {
    this.plan = plan;
    this.sides = sides;
  }

  of(...types: string[]): Side[] {
    return this.sides.filter(({ resource }) => types.includes(resource.type));
  }

  /** An OCID in an argument; where it is not known yet, that of the one resource that it refers to. */
  idIn(side: Side, argument: string): string | undefined {
    const known = text(side, argument);
    if (known !== undefined) return known;
    const { module_address: module } = side.resource;
    for (const reference of referencesOf(this.plan, side.resource, argument)) {
      const address = `${module ? `${module}.` : ""}${reference}`;
      const found = this.sides.filter(({ resource }) => address === `${resource.address}.id`);
      if (found.length === 1) return idOf(found[0]!);
    }
    return undefined;
  }

  unknown(side: Side, argument: string): string {
    const what = knownAfterApply(this.plan, side, argument);
    this.notes.push(what.slice(1, -1));
    return what;
  }

  /** Statements, with a text in place of each that is not known. */
  statements(side: Side): { statements: string[]; unknownStatements?: number[] } {
    const { values, unknown } = side;
    const list = Array.isArray(values["statements"]) ? (values["statements"] as unknown[]) : [];
    if (unknown["statements"] === true)
      return { statements: [this.unknown(side, "statements")], unknownStatements: [0] };
    const open = Array.isArray(unknown["statements"]) ? (unknown["statements"] as unknown[]) : [];
    const unknownStatements: number[] = [];
    const length = Math.max(list.length, open.length);
    const statements = Array.from({ length }, (_, i) => {
      const statement = list[i];
      if (open[i] !== true && typeof statement === "string") return statement;
      unknownStatements.push(i);
      const what = knownAfterApply(this.plan, side, "statements", `[${i}]`);
      this.notes.push(what.slice(1, -1));
      return what;
    });
    return { statements, ...(unknownStatements.length > 0 && { unknownStatements }) };
  }
}

const tagsOf = ({ values }: Side): { tags?: Record<string, string> } => {
  const tags = values["defined_tags"];
  if (typeof tags !== "object" || tags === null) return {};
  return { tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)])) };
};

/** The identity domain of a resource that is made at a domain's endpoint. */
const domainOf = (reader: Reader, side: Side): string => {
  const endpoint = (text(side, "idcs_endpoint") ?? "").replace(/(:443)?\/*$/, "");
  const found = reader
    .of("oci_identity_domain")
    .find((d) => endpoint !== "" && text(d, "url")?.replace(/(:443)?\/*$/, "") === endpoint);
  const name = found && text(found, "display_name");
  if (name === undefined)
    reader.notes.push(`${side.resource.address}: the plan does not say which identity domain it is in`);
  return name ?? (endpoint || side.resource.address);
};

const membersOf = (reader: Reader, groups: readonly Side[]): Map<string, string[]> => {
  const members = new Map(groups.map((g): [string, string[]] => [idOf(g), []]));
  for (const side of reader.of("oci_identity_user_group_membership")) {
    const group = reader.idIn(side, "group_id");
    const user = reader.idIn(side, "user_id");
    if (group === undefined) reader.unknown(side, "group_id");
    if (user === undefined) reader.unknown(side, "user_id");
    if (group === undefined || user === undefined) continue;
    members.set(group, [...(members.get(group) ?? []), user]);
  }
  return members;
};

/**
 * Makes a tenancy of one side of a plan. What statements name and the plan does not have (a group, a compartment) is
 * added, and noted; a statement or rule that is known after apply is there as unknown.
 */
export const plannedTenancy = (plan: Plan, side: PlanSide): Tenancy => {
  const reader = new Reader(plan, sidesOf(plan, side));
  const tenancy = plan.tenancy ?? "ocid1.tenancy.oc1..unplanned";
  const groups = reader.of("oci_identity_group");
  const domainGroups = reader.of("oci_identity_domains_group");
  const members = membersOf(reader, groups);
  const nameOf = (s: Side): string => text(s, "name") ?? text(s, "display_name") ?? s.resource.address;
  const listed = [...groups, ...domainGroups].map((g) => {
    const id = idOf(g);
    const of = members.get(id) ?? [];
    members.delete(id);
    const domain = domainGroups.includes(g) ? { domain: domainOf(reader, g) } : {};
    return { id, name: nameOf(g), ...domain, members: of, ...tagsOf(g) };
  });
  const policies = reader.of("oci_identity_policy").map((p) => {
    const compartment = reader.idIn(p, "compartment_id");
    const { statements, unknownStatements } = reader.statements(p);
    const common = { id: idOf(p), name: nameOf(p), statements };
    if (compartment !== undefined)
      return { ...common, compartment, ...(unknownStatements && { unknownStatements }) };
    // It may be attached anywhere: nothing that it says is known.
    reader.unknown(p, "compartment_id");
    return { ...common, compartment: tenancy, unknownStatements: statements.map((_, i) => i) };
  });
  const made: Tenancy = {
    tenancy,
    denyEnabled: isDenying(plan),
    compartments: reader.of("oci_identity_compartment").map((c) => ({
      id: idOf(c),
      name: nameOf(c),
      parent: reader.idIn(c, "compartment_id") ?? tenancy,
      ...tagsOf(c),
    })),
    // Members of a group that is not the plan's own: its name is not known.
    groups: [...listed, ...[...members].map(([id, of]) => ({ id, name: id, members: of }))],
    dynamicGroups: reader
      .of("oci_identity_dynamic_group", "oci_identity_domains_dynamic_resource_group")
      .map((g) => {
        const rule = text(g, "matching_rule");
        const domain =
          g.resource.type === "oci_identity_dynamic_group" ? {} : { domain: domainOf(reader, g) };
        const common = { id: idOf(g), name: nameOf(g), ...domain, ...tagsOf(g) };
        return rule === undefined
          ? { ...common, matchingRule: reader.unknown(g, "matching_rule"), unknownRule: true }
          : { ...common, matchingRule: rule };
      }),
    policies,
    users: reader.of("oci_identity_user").map((u) => ({ id: idOf(u), name: nameOf(u) })),
    notes: reader.notes,
  };
  return withUnplanned(made);
};

/** True when a statement of either side denies: the same for both, so that this is no difference. */
const isDenying = ({ resource_changes }: Plan): boolean =>
  resource_changes.some(({ change }) =>
    [change.before, change.after].some((values) => {
      const list = values?.["statements"];
      return (
        Array.isArray(list) &&
        list.some((s) => {
          const parsed = typeof s === "string" ? parseStatement(s) : undefined;
          return parsed?.ok && parsed.statement.kind !== "define" && parsed.statement.effect === "deny";
        })
      );
    }),
  );
