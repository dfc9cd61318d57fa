import type { z } from "zod";
import { ocidForm } from "../../../access/forms.ts";

/** One setting. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  schema: S;
  /** How the text in the stack's configuration becomes the value that `schema` checks. */
  as: "text" | "number" | "boolean" | "object";
  says: string;
  allowed: string;
  /** In words; absent where nothing is assumed. */
  default?: string;
  example: string;
  /** What a change does to a running instance; a test holds this against the program. */
  change: "in place" | "replaces the instance";
  /** Never shown, and accepted only when the configuration keeps it encrypted. */
  secret?: true;
}

/** Says of a setting what it is. */
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
    says: `An existing ${type}, used in place of ${instead}.`,
    allowed: `an OCID that begins with \`ocid1.${ocidType}.\``,
    default: instead,
    example: `ocid1.${ocidType}.oc1.iad.aaaa…`,
    change,
  });
