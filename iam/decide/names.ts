/**
 * Resolves the names of a statement to OCIDs, as OCI does when a policy is written: renaming later changes
 * nothing. Error texts are those that OCI responds to a policy write with.
 * @module
 */
import type { AccessStatement, Entity, Location, Statement, Word } from "../syntax/tree.ts";
import { type CompartmentNode, type Directory, isWithin, makeDirectory, nameKey } from "./directory.ts";
import type { Tenancy } from "./types.ts";

/** The two kinds of groups that a statement can be for. */
export type GroupKind = "group" | "dynamic-group";

/** A statement with OCIDs for names, as far as they resolve, and what does not. */
export interface Resolution {
  statement: Statement;
  errors: string[];
  /** The errors that are about a name of the subject, with that name. */
  unresolved: { name: Entity & { by: "name" }; kind: GroupKind; error: string }[];
  /**
   * The compartment where the statement applies; undefined when that does not resolve, or is another tenancy.
   */
  place?: CompartmentNode;
}

const COMPARTMENT = (name: string): string =>
  `Compartment {${name}} does not exist or is not part of the policy compartment subtree`;

const GROUP = (kind: string, name: string): string =>
  `The ${kind.replace("-", "_")} ${name} specified in the policy statement does not exist under current compartment hierarchy.`;

/** The child of a compartment with a name. */
const child = (place: CompartmentNode, name: Word): CompartmentNode | undefined =>
  place.children.find((c) => c.name?.toLowerCase() === name.text.toLowerCase());

/**
 * The compartment that a path names (Oracle, "Locations"): the first name is a direct child of the compartment
 * that the policy is attached to; a single name may also be that compartment itself.
 */
export const placeOfPath = (path: Word[], attached: CompartmentNode): CompartmentNode | undefined => {
  let place: CompartmentNode | undefined = attached;
  for (const name of path) place = place && child(place, name);
  if (place || path.length > 1) return place;
  return attached.name?.toLowerCase() === path[0]!.text.toLowerCase() ? attached : undefined;
};

/** The place of a location of this tenancy, which must be in the subtree that the policy is attached to. */
const placeOf = (
  location: Location,
  attached: CompartmentNode,
  directory: Directory,
): { place?: CompartmentNode; error?: string } => {
  if (location.kind === "tenancy") {
    return attached === directory.root ? { place: directory.root } : { error: COMPARTMENT("tenancy") };
  }
  if (location.kind === "compartment-id") {
    const place = directory.placeById.get(location.id.toLowerCase());
    return place && isWithin(place, attached) ? { place } : { error: COMPARTMENT(location.id) };
  }
  if (location.kind !== "compartment") return {};
  const place = placeOfPath(location.path, attached);
  return place ? { place } : { error: COMPARTMENT(location.path.map((w) => w.text).join(":")) };
};

const entity = (
  e: Entity,
  kind: GroupKind,
  directory: Directory,
  unresolved: Resolution["unresolved"],
): Entity => {
  if (e.by === "id") return e;
  const names = kind === "group" ? directory.groups : directory.dynamicGroups;
  const id = names.get(nameKey(e.domain, e.name));
  if (id === undefined) {
    const error = GROUP(kind, e.domain === undefined ? e.name : `${e.domain}/${e.name}`);
    unresolved.push({ name: e, kind, error });
    return e;
  }
  return { by: "id", id, start: e.start, end: e.end };
};

/** True for a location of this tenancy: it has neither an alias nor `of tenancy`. */
const isOurs = (location: Location): boolean =>
  location.kind === "tenancy" ? !location.alias : location.kind !== "any-tenancy" && !location.of;

/** {@link resolveNames} for a directory that is at hand. */
export const resolveIn = (
  statement: Statement,
  directory: Directory,
  attachedTo: CompartmentNode,
): Resolution => {
  if (statement.kind === "define") return { statement, errors: [], unresolved: [] };
  const unresolved: Resolution["unresolved"] = [];
  let resolved: AccessStatement = statement;
  const { subject, location } = statement;
  // The groups of an admit statement live in the other tenancy.
  if (statement.kind !== "admit" && (subject.kind === "group" || subject.kind === "dynamic-group")) {
    const { kind } = subject;
    if (subject.names.some((e) => e.by === "name")) {
      const names = subject.names.map((e) => entity(e, kind, directory, unresolved));
      resolved = { ...resolved, subject: { ...subject, names } };
    }
  }
  const errors = unresolved.map((u) => u.error);
  // Where an endorse statement applies is the other tenancy's.
  if (statement.kind === "endorse" || !isOurs(location)) return { statement: resolved, errors, unresolved };
  const { place, error } = placeOf(location, attachedTo, directory);
  if (error) errors.push(error);
  if (!place) return { statement: resolved, errors, unresolved };
  if (location.kind === "compartment") {
    const { start, end } = location;
    resolved = { ...resolved, location: { kind: "compartment-id", id: place.id, start, end } };
  }
  return { statement: resolved, errors, unresolved, place };
};

/**
 * Resolves names to OCIDs, as a policy write does.
 * @param attachedTo OCID of the compartment that the policy is attached to; the root when undefined
 * @returns the statement with OCIDs in place of the names that resolve, and an error text for each that does not
 */
export const resolveNames = (statement: Statement, tenancy: Tenancy, attachedTo?: string): Resolution => {
  const directory = makeDirectory(tenancy);
  const place = attachedTo === undefined ? directory.root : directory.placeById.get(attachedTo.toLowerCase());
  if (!place) return { statement, errors: [COMPARTMENT(attachedTo!)], unresolved: [] };
  return resolveIn(statement, directory, place);
};
