/** What may stand at one place of a JSON body. @module */

/**
 * One place of a body. Whatever it does not name is refused; null stands everywhere, since it asks for nothing.
 * - `plain`: a text, a number, a truth value, or a list of these.
 * - `any`: the caller's own, which no service acts on (a JSON Schema, what a log says).
 * - `dataUrl`: content as a `data:` URL, and no address to fetch it from.
 * - `content`: the same, or base64.
 */
export type Shape = "plain" | "any" | "dataUrl" | "content" | Refused | Members | Each | Kinds;

/** A place at which nothing may stand, with what it would do: to follow its name. */
interface Refused {
  refused: string;
}

/** An object with these members. */
export interface Members {
  members: Readonly<Record<string, Shape>>;
  /** Set where something plain may stand in its place. */
  orPlain?: true;
  /** Set where any other member may stand too. */
  open?: true;
  /** The members of which one has content where `id` is there: an id alone names what the service keeps. */
  withId?: readonly string[];
}

/** A list. */
interface Each {
  each: Shape;
  /** Set where something plain may stand in its place. */
  orPlain?: true;
}

/** An object of one of several kinds. */
interface Kinds {
  /** The member that says which kind it is. */
  by: string;
  kinds: Readonly<Record<string, Shape>>;
  /** The kind of an object that does not say it. */
  otherwise?: string;
  /** What is said of every other kind. */
  others?: string;
  /** Set where something plain may stand in its place. */
  orPlain?: true;
}
