/** Values in YAML's flow form, for people to copy into a stack's configuration. @module */

/** Words that are no text in YAML 1.1 or 1.2. */
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** A value as suggestions have them. */
export type FlowValue =
  | string
  | boolean
  | readonly string[]
  | { readonly [name: string]: FlowValue | undefined };

/** A scalar, plain where every reader takes it for the same text. JSON's form is YAML too. */
const scalar = (value: string | boolean): string => {
  if (typeof value === "boolean") return String(value);
  const plain = /^[A-Za-z][\w./-]*$/.test(value) || /^[\w.-]+\/[\w./-]*$/.test(value);
  if ((plain && !RESERVED.test(value)) || /^<[a-z ]+>$/.test(value)) return value;
  return JSON.stringify(value);
};

/** Writes a value: `{ bucket: invoices, access: read }`. Members that are undefined are left out. */
export const flow = (value: FlowValue): string => {
  if (typeof value !== "object") return scalar(value);
  if (Array.isArray(value)) return `[${value.map(scalar).join(", ")}]`;
  const written = Object.entries(value as Readonly<Record<string, FlowValue | undefined>>).flatMap(
    ([name, member]) => (member === undefined ? [] : [`${name}: ${flow(member)}`]),
  );
  return `{ ${written.join(", ")} }`;
};
