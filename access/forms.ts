/** Forms of values that several kinds of grants take. @module */
import { z } from "zod";

/** An OCID of one of some types. */
export const ocidForm = (...types: string[]) =>
  z
    .string()
    .regex(new RegExp(`^ocid1\\.(${types.join("|")})\\.[a-z0-9-]+\\.[a-z0-9-]*(\\.[a-zA-Z0-9_-]+)+$`), {
      error: `must be an OCID that begins with ${types.map((t) => `ocid1.${t}.`).join(" or ")}`,
    });

/** An OCID as good as any, where only a statement's form and place count. */
export const someOcid = (type: string, letter = "a"): string => `ocid1.${type}.oc1..${letter.repeat(60)}`;

/** A compartment's OCID, or the tenancy's for its root. */
export const compartmentId = ocidForm("compartment", "tenancy");
