/** Pulumi's envelope around secret values, as it reaches a mock monitor. @module */

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** A value with every secret envelope in it opened, and `undefined` members left out. */
export const unwrap = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) return unwrap(object["value"]);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, unwrap(inner)]])),
  );
};
