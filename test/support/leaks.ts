/** Looks for a secret's value in every form it might leak in. @module */

const unpadded = (text: string): string => text.replace(/=+$/, "");

/**
 * The forms that a value takes: plain, hex, URL-encoded, and base64 at each of the three offsets it may have
 * in a longer text, its first and last characters, which depend on the neighbours, cut off.
 */
export const formsOf = (value: string): Record<string, string> => {
  const bytes = Buffer.from(value);
  const base64At = (offset: number): string => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const text = unpadded(padded.toString("base64"));
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    return text.slice(from, to);
  };
  return {
    plain: value,
    hex: bytes.toString("hex"),
    "upper-case hex": bytes.toString("hex").toUpperCase(),
    "URL-encoded": [...bytes].map((b) => `%${b.toString(16).padStart(2, "0").toUpperCase()}`).join(""),
    "URL-encoded where needed": encodeURIComponent(value),
    "base64, offset 0": base64At(0),
    "base64, offset 1": base64At(1),
    "base64, offset 2": base64At(2),
  };
};

/** Places and forms in which a value is found: `console: hex`. */
export const leaksOf = (value: string, places: Readonly<Record<string, string>>): string[] =>
  Object.entries(places).flatMap(([place, text]) =>
    Object.entries(formsOf(value)).flatMap(([form, needle]) =>
      text.includes(needle) ? [`${place}: ${form}`] : [],
    ),
  );
