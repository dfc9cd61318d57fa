/** The SDK's models as they go over the wire. @module */

/** JSON's null, where the SDK has no member at all. */
export const absent = null as never;

/** A JSON object of which nothing is known yet: the body of a request, the claims of a token. */
export type JsonObject = Record<string, unknown>;

/** True for a JSON object: no array, no null. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Defined tags, by namespace and key. */
export type DefinedTags = Record<string, Record<string, string>>;

/**
 * A model of Oracle's SDK as JSON has it: times are text, and so are enums, whose `UNKNOWN_VALUE` is only the SDK's
 * own. What the SDK leaves open (`any`) is unknown, but the values of defined tags, which are text here.
 */
export type Wire<T> = 0 extends 1 & T
  ? unknown
  : T extends Date
    ? string
    : T extends string
      ? Exclude<`${T}`, "UNKNOWN_VALUE">
      : T extends number | boolean | null | undefined
        ? T
        : T extends readonly (infer E)[]
          ? Wire<E>[]
          : { [K in keyof T]: K extends "definedTags" ? DefinedTags : Wire<T[K]> };
