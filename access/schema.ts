/**
 * The declaration of access, `keyless:access`: its form.
 * @module
 */

import { z } from "zod";
import { isDeclarableClientName, RESERVED_CLIENT_NAMES } from "../document/client-names.ts";
import { type Grant, grantKinds, kindOf } from "./kinds/index.ts";

export const severitySchema = z.enum(["error", "warning", "info", "off"]);
export type SeveritySetting = z.infer<typeof severitySchema>;
/** Severities of findings by their codes. */
export const severitiesSchema = z.record(z.string().regex(/^[a-z0-9/-]+$/), severitySchema);

const keys = grantKinds.map((k) => k.key);

/** An entry of the declaration: the kind that one of its members is named after checks the rest. */
const grantSchema = z.unknown().transform((entry, context): Grant => {
  const refuse = (message: string): never => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    return refuse(`found ${JSON.stringify(entry)}; a grant is a map with one of ${keys.join(", ")}`);
  }
  const found = grantKinds.filter((k) => k.key in entry);
  if (found.length !== 1) {
    return refuse(
      `found the members ${Object.keys(entry).join(", ") || "none"}; a grant has one of ${keys.join(", ")}`,
    );
  }
  const result = found[0]!.schema.safeParse(entry);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    context.addIssue({ code: "custom", path: issue.path as (string | number)[], message: issue.message });
  }
  return z.NEVER;
});

/** Name of a client of the proxy: it becomes a user, a socket and a token file on the instance. */
const clientName = z.string().refine(isDeclarableClientName, {
  error: `a client's name is 1 to 31 lower-case letters, digits and hyphens, beginning with a letter; ${RESERVED_CLIENT_NAMES.join(" and ")} are sockets of the proxy's own`,
});

/** Grants of a client. */
const clientGrants = z
  .array(grantSchema)
  .min(1)
  .superRefine((grants, context) => {
    for (const [i, grant] of grants.entries()) {
      for (const { path, message } of kindOf(grant).clientProblems?.(grant) ?? []) {
        context.addIssue({ code: "custom", path: [i, ...path], message });
      }
    }
  });

export const accessSchema = z.strictObject({
  /** Grants of the app itself, beside its own secret. */
  instance: z.array(grantSchema).default([]),
  /** Grants of third-party software behind the proxy, by the client's name. */
  clients: z.record(clientName, clientGrants).default({}),
});
export type Access = z.output<typeof accessSchema>;
