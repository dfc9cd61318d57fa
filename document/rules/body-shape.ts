/** Compares a body with the shape that it may have. @module */
import { nearestWord } from "../../oci/nearest.ts";
import type { Members, Shape } from "../../oci/operations/body-shape.ts";
import { looseName } from "./normalisation.ts";

/** What a body has that its shape does not. */
export interface Misfit {
  /** Text that names the place: `body.input.0.type must be …`. */
  reason: string;
  /** The member that a rule could name to allow it, as `tools.*.type`; absent where none could. */
  member?: string;
}

/** True for a value that is left out, or the default: it asks for nothing. */
export const asksNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === false;

const isPlain = (value: unknown): boolean =>
  typeof value !== "object" ||
  value === null ||
  (Array.isArray(value) && value.every((one) => typeof one !== "object" || one === null));

/** A name or value for a sentence, cut short. */
const said = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

const isDataUrl = (value: unknown): boolean => typeof value === "string" && value.startsWith("data:");
const isContent = (value: unknown): boolean =>
  isDataUrl(value) || (typeof value === "string" && /^[\w+/=\s-]*$/.test(value));

/** Members by their loose names, of shapes that have any others beside them: these come in thousands. */
const byLooseName = new WeakMap<Members, ReadonlyMap<string, Shape>>();

const looseMembers = (shape: Members): ReadonlyMap<string, Shape> => {
  const known = byLooseName.get(shape);
  if (known) return known;
  const made = new Map(Object.entries(shape.members).map(([name, inner]) => [looseName(name), inner]));
  byLooseName.set(shape, made);
  return made;
};

/** The member's shape; undefined where the object has no such member. */
const shapeOf = (shape: Members, name: string): Shape | undefined => {
  if (Object.hasOwn(shape.members, name)) return shape.members[name];
  return shape.open ? (looseMembers(shape).get(looseName(name)) ?? "any") : undefined;
};

const ofMembers = (
  shape: Members,
  value: object,
  at: string,
  decided: ReadonlySet<string>,
): Misfit | undefined => {
  for (const [name, inner] of Object.entries(value)) {
    const found = shapeOf(shape, name);
    if (found === undefined) return unknownMember(Object.keys(shape.members), name, at);
    const misfit = misfitOf(found, inner, `${at}.${name}`, decided);
    if (misfit) return misfit;
  }
  const { withId } = shape;
  const has = (name: string): boolean => {
    const inner = (value as Record<string, unknown>)[name];
    if (Array.isArray(inner)) return inner.some((one) => !asksNothing(one));
    return typeof inner === "string" ? inner.length > 0 : !asksNothing(inner);
  };
  if (!withId || !has("id") || withId.some(has)) return undefined;
  return {
    reason: `${at}.id names an item that the service keeps, and ${at} has no ${withId.join(" or ")}, which no grant can allow`,
  };
};

/**
 * The refusal of a member that a body does not have.
 * @param known what it has
 * @param at the dotted path of the object: `body`
 */
export const unknownMember = (known: readonly string[], name: string, at = "body"): Misfit => {
  const near = nearestWord(name, known);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  return { reason: `${at}.${name.slice(0, 60)} is no member of this body that is known${hint}` };
};

/**
 * What a value has that its shape does not; undefined where it fits.
 * @param at the value's dotted path: `body.input`
 * @param decided dotted paths of the body that the rule's own conditions decide: the kind of an object is not looked at
 *   where it is one of these
 */
export const misfitOf = (
  shape: Shape,
  value: unknown,
  at: string,
  decided: ReadonlySet<string>,
): Misfit | undefined => {
  if (value === null || shape === "any") return undefined;
  if (shape === "plain") {
    return isPlain(value)
      ? undefined
      : { reason: `${at} must be a text, a number, true or false, or a list of these` };
  }
  if (shape === "dataUrl" || shape === "content") {
    if (shape === "dataUrl" ? isDataUrl(value) : isContent(value)) return undefined;
    const or = shape === "content" ? " or base64" : "";
    return {
      reason: `${at} must be the content itself, as a data: URL${or}: what the service would fetch, no grant can name`,
    };
  }
  if ("refused" in shape) {
    return asksNothing(value) ? undefined : { reason: `${at} ${shape.refused}, which no grant can allow` };
  }
  if (typeof value !== "object") {
    if ("orPlain" in shape) return undefined;
    return { reason: `${at} must be ${"each" in shape ? "a list" : "an object"}, found ${said(value)}` };
  }
  if ("each" in shape) {
    if (!Array.isArray(value)) return { reason: `${at} must be a list, found an object` };
    for (const [i, one] of value.entries()) {
      const misfit = misfitOf(shape.each, one, `${at}.${i}`, decided);
      if (misfit) return misfit;
    }
    return undefined;
  }
  if (Array.isArray(value)) return { reason: `${at} must be an object, found a list` };
  if ("members" in shape) return ofMembers(shape, value, at, decided);
  const { by, kinds, otherwise, others } = shape;
  const kind = Object.hasOwn(value, by) ? (value as Record<string, unknown>)[by] : otherwise;
  if (typeof kind === "string" && Object.hasOwn(kinds, kind))
    return misfitOf(kinds[kind]!, value, at, decided);
  const member = `${at}.${by}`.replace(/^body\./, "").replace(/\.\d+(?=\.)/g, ".*");
  if (decided.has(member)) return undefined;
  return {
    reason: `${at}.${by} must be one of ${Object.keys(kinds).join(", ")}, found ${said(kind)}${others === undefined ? "" : `; ${others}`}`,
    member,
  };
};
