import type { z } from "zod";
import { ocidForm } from "../../../access/forms.ts";

/** One setting. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  schema: S;
  /** Type into which the text in the stack's configuration is parsed before `schema` checks it. */
  as: "text" | "number" | "boolean" | "object" | "text or object";
  says: string;
  allowed: string;
  /** Default in words; absent where nothing is assumed. */
  default?: string;
  example: string;
  /** Effect of a change on a running instance; a test holds this against the program. */
  change: "in place" | "replaces the instance";
  /** True for a value that is never shown, and accepted only when the configuration keeps it encrypted. */
  secret?: true;
}

/** Declares a setting: returns it as it is, with its schema's type inferred. */
export const setting = <S extends z.ZodType>(s: Setting<S>): Setting<S> => s;

/** A setting that names something that exists, in place of something new. */
export const existing = (
  type: string,
  ocidType: string,
  instead: string,
  change: Setting["change"] = "in place",
) =>
  setting({
    schema: ocidForm(ocidType).optional(),
    as: "text",
    says: `An existing ${type} in place of ${instead}.`,
    allowed: `an OCID that begins with \`ocid1.${ocidType}.\``,
    default: instead,
    example: `ocid1.${ocidType}.oc1.iad.aaaa…`,
    change,
  });
