/**
 * The principals of an assertion: read, resolved in the tenancy, and found among those that statements tell apart.
 * @module
 */
import { type CompiledTenancy, keyOf, serviceKey } from "../decide/compile.ts";
import { nameHint } from "../decide/name-hint.ts";
import { resolveIn } from "../decide/names.ts";
import { keysOf } from "../decide/principals.ts";
import type { Principal } from "../decide/types.ts";
import { OTHER, type Representative } from "../compare/principals.ts";
import { parseStatement } from "../syntax/statement.ts";
import type { Atom } from "../syntax/tree.ts";
import { conditionIn } from "./condition.ts";

/** A principal's text, made ready. */
export interface Selected {
  /** True for a principal that the text speaks of. */
  has: (who: Representative) => boolean;
  /** Comparisons that tell it apart from others. */
  atoms: readonly Atom[];
  /** OCIDs of groups that it names. */
  groups: readonly string[];
}

/** The forms that an assertion names principals in, for messages. */
const principalForms =
  "any-user (everybody), any-group, group NAME, group id OCID, dynamic-group NAME, user OCID, instance OCID, resource OCID, service NAME, any user, any instance, any service, any resource, any resource TYPE";

/** Nobody in particular; `atoms` tell the principal apart where statements alone do not. */
const selected = (has: Selected["has"], atoms: readonly Atom[] = []): Selected => ({
  has,
  atoms,
  groups: [],
});

const comparison = (variable: string, value: string): Atom[] => {
  const { atoms } = conditionIn(`${variable} = '${value}'`);
  return atoms;
};

const anyOfType = (type: string, resourceType: string | undefined): Selected | string => {
  if (resourceType === undefined) return selected(({ principal }) => principal.type === type);
  if (type !== "resource") return `any ${type} stands alone`;
  return selected(
    ({ principal }) =>
      principal.type === "resource" && principal.resourceType.toLowerCase() === resourceType.toLowerCase(),
    comparison("request.resource.type", resourceType),
  );
};

const hasId =
  (id: string): Selected["has"] =>
  ({ principal, ids }) =>
    (principal.type === "user" && ids.some((one) => one.toLowerCase() === id)) ||
    ((principal.type === "instance" || principal.type === "resource") && principal.id.toLowerCase() === id);

/** One principal by OCID, or a user by name. */
const one = (
  type: "user" | "instance" | "resource",
  text: string,
  { tenancy, groupsOf }: CompiledTenancy,
): Selected | string => {
  const { users = [] } = tenancy;
  const lower = text.toLowerCase();
  if (type === "user" && !/^ocid\d/.test(lower)) {
    const named = users.filter((u) => u.name?.toLowerCase() === lower);
    if (named.length !== 1)
      return `${named.length === 0 ? "no user" : "more than one user"} of the tenancy has the name ${text}`;
    return selected(hasId(named[0]!.id.toLowerCase()), comparison("request.user.id", named[0]!.id));
  }
  const kind = /^ocid\d+\.([a-z0-9_-]+)\./.exec(lower)?.[1];
  if (kind === undefined) return `${text} is no OCID`;
  const expected = type === "resource" ? kind !== "user" && kind !== "instance" : kind === type;
  if (!expected) return `${text} is no OCID of ${type === "instance" ? "an" : "a"} ${type}`;
  if (
    type === "user" &&
    users.length > 0 &&
    !users.some((u) => u.id.toLowerCase() === lower) &&
    !groupsOf.has(lower)
  )
    return `the user ${text} is not in the tenancy`;
  return selected(hasId(lower), comparison(`request.${type}.id`, text));
};

/** A subject as a statement has it. */
const subject = (text: string, compiled: CompiledTenancy): Selected | string => {
  const before = "Allow ";
  const parsed = parseStatement(`${before}${text} to {X} in tenancy`);
  if (!parsed.ok) return `allowed: ${principalForms}`;
  const { statement } = parsed;
  if (statement.kind !== "permit" || statement.subject.end !== before.length + text.length)
    return `allowed: ${principalForms}`;
  const { unresolved, statement: resolved } = resolveIn(
    statement,
    compiled.directory,
    compiled.directory.root,
  );
  if (unresolved.length > 0)
    return unresolved
      .map((u) => {
        const { domain, name } = u.name;
        const hint = nameHint(compiled.tenancy, u);
        const said = domain === undefined ? name : `${domain}/${name}`;
        return `no ${u.kind} of the tenancy has the name ${said}${hint ? `. ${hint.text}` : ""}`;
      })
      .join("; ");
  if (resolved.kind !== "permit") return `allowed: ${principalForms}`;
  const who = resolved.subject;
  if (who.kind === "any-user") return selected(() => true);
  if (who.kind === "any-group") return selected(({ groups: [mine] }) => mine.size > 0);
  if (who.kind === "service") {
    const keys = who.names.map((w) => serviceKey(w.text));
    const atoms = who.names.flatMap((w) => comparison("request.service.name", w.text));
    return selected(
      ({ principal }) => principal.type === "service" && keys.includes(serviceKey(principal.name)),
      atoms,
    );
  }
  if (who.kind !== "group" && who.kind !== "dynamic-group") return `allowed: ${principalForms}`;
  const { kind } = who;
  const ids = who.names.flatMap((e) => (e.by === "id" ? [e.id.toLowerCase()] : []));
  const list = kind === "group" ? compiled.tenancy.groups : compiled.tenancy.dynamicGroups;
  const missing = ids.filter((id) => !list?.some((g) => g.id.toLowerCase() === id));
  if (missing.length > 0) return `the ${kind} ${missing.join(", ")} is not in the tenancy`;
  const keys = ids.map((id) => keyOf(kind, id));
  const has = ({ principal, groups: [mine] }: Representative): boolean => {
    const memberships = [...mine].map((id) => ({ id, tags: undefined }));
    return keysOf(principal, memberships).keys.some((key) => keys.includes(key));
  };
  return { has, atoms: [], groups: kind === "group" ? ids : [] };
};

/**
 * Reads one principal of an assertion.
 * @returns the principals that it speaks of, or what is wrong with it
 */
export const selectPrincipal = (text: string, compiled: CompiledTenancy): Selected | string => {
  const trimmed = text.trim();
  const any = /^any\s+(user|instance|service|resource)(?:\s+(\S+))?$/i.exec(trimmed);
  if (any) return anyOfType(any[1]!.toLowerCase(), any[2]);
  const single = /^(user|instance|resource)\s+(?:id\s+)?(?:'([^']*)'|(\S+))$/i.exec(trimmed);
  if (single) return one(single[1]!.toLowerCase() as "user", single[2] ?? single[3]!, compiled);
  return subject(trimmed, compiled);
};

/** A user of each group that has no member: what the group may do is asked all the same. */
export const membersOfEmpty = (groups: readonly string[], compiled: CompiledTenancy): Representative[] => {
  const populated = new Set([...compiled.groupsOf.values()].flatMap((list) => list.map((g) => g.id)));
  return [...new Set(groups)]
    .filter((id) => !populated.has(id))
    .map((id): Representative => {
      const principal: Principal = { type: "user", id: `${OTHER.user}.member`, groups: [id] };
      return { principal, ids: [principal.id], groups: [new Set([id]), new Set([id])], other: true };
    });
};
