/** Request bodies: checked against a schema, the wrong member named. @module */
import { z } from "zod";
import { invalidParameter, missingParameter } from "../../errors.ts";
import type { Call } from "../../service.ts";
import type { Wire } from "../../state/wire.ts";

/** Formats a path of members as `a.b[0]`. Zod allows symbols in it, which no template takes. */
const memberName = (path: readonly PropertyKey[]): string =>
  path.map((p, i) => (typeof p === "number" ? `[${p}]` : i ? `.${String(p)}` : String(p))).join("");

/**
 * The request's body, as a schema says it must be. Members that the schema does not know are dropped.
 * @throws 400 MissingParameter or InvalidParameter, naming the first member that is wrong
 */
export const readBody = <S extends z.ZodType>(call: Call, schema: S): z.output<S> =>
  checkValue(call.json(), schema);

/** Drops members that are null: they mean the same as ones that are not there. */
const withoutNulls = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(withoutNulls)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([, v]) => v !== null)
            .map(([k, v]) => [k, withoutNulls(v)]),
        )
      : value;

/**
 * Parses with a schema that may throw: zod reads `length` of what may be no text, and makes texts of what may
 * have another `toString`.
 */
const safely = <S extends z.ZodType>(schema: S, value: unknown) => {
  try {
    return schema.safeParse(value);
  } catch {
    throw invalidParameter("body: a member is an object where a text is expected");
  }
};

/** Checks a value as `readBody` does, where it is no request body (a query, a list's element). */
export const checkValue = <S extends z.ZodType>(value: unknown, schema: S): z.output<S> => {
  const read = safely(schema, withoutNulls(value));
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  const member = memberName(issue.path) || "body";
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
    throw missingParameter(member);
  throw invalidParameter(`${member}: ${issue.message.replace("Invalid input: ", "")}`);
};

/**
 * The schema of one member. It may say less than the model does (an enum's values, or a map's, are not looked
 * at), never something else.
 */
type Member<S, W> =
  S extends z.ZodType<infer O>
    ? [O] extends [W | null | undefined]
      ? S
      : [W] extends [O]
        ? S
        : never
    : never;

/**
 * The schema of a request's body: its members are those of the SDK's model, by name and type. The type of
 * `shape` is S wherever it compiles; otherwise a member is `never`.
 * @example
 * const update = details<models.UpdateVnicDetails>()({ hostnameLabel: z.string().optional() });
 */
export const details =
  <T>() =>
  <S extends z.ZodRawShape>(
    shape: {
      [K in keyof S]: K extends keyof T ? Member<S[K], Wire<T[K]>> : never;
    },
  ): z.ZodObject<S> =>
    z.object(shape as unknown as S);

/** Sets the members that are given; those that are undefined stay as they are. */
export const setMembers = <M extends object>(
  model: M,
  changes: NoInfer<{ readonly [K in keyof M]?: M[K] | undefined }>,
): void => {
  for (const [member, value] of Object.entries(changes))
    if (value !== undefined) Object.assign(model, { [member]: value });
};

const bytes = (text: string): number => Buffer.byteLength(text);

/** Tags as every OCI resource takes them; at most 10 free-form tags (docs: "Limits on Tags"). */
export const tagMembers = {
  freeformTags: z
    .record(z.string().min(1).max(100), z.string().max(256))
    .refine((tags) => Object.keys(tags).length <= 10, "a resource has at most 10 free-form tags")
    .optional(),
  definedTags: z
    .record(z.string().min(1), z.record(z.string().min(1), z.coerce.string().max(256)))
    .refine(
      (tags) => Object.values(tags).flatMap(Object.keys).length <= 64,
      "a resource has at most 64 defined tags",
    )
    .optional(),
};

/** A schema for an object that is taken as it was sent: its members are not looked at, so T is only believed. */
export const unchecked = <T>(): z.ZodType<Wire<T>> =>
  z.record(z.string(), z.unknown()) as unknown as z.ZodType<Wire<T>>;

/** Security attributes (ZPR), by namespace and key: values of several forms, which the SDK leaves open as well. */
export const securityAttributes = unchecked<Record<string, Record<string, unknown>>>();

/** An OCID. */
export const ocidText = z
  .string()
  .regex(/^ocid1\.[a-z0-9]+\.[a-z0-9-]*\.[a-z0-9-]*\.\S+$/i, "is not an OCID");

/** A display name: 1 to 255 characters. */
export const displayName = z.string().min(1).max(255);

/** Base64 text with content; its decoded size at most `maxBytes`. */
export const base64Text = (maxBytes: number) =>
  z
    .string()
    .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, "is not base64")
    .refine((text) => bytes(text) * 0.75 <= maxBytes + 2, `is larger than ${maxBytes} bytes`);
