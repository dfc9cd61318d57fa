/**
 * The declaration of access, `keyless:access`: its form.
 * @module
 */

import { z } from "zod";
import { isDeclarableClientName, RESERVED_CLIENT_NAMES } from "../document/client-names.ts";
import { CLIENT_SETTINGS, type ClientSettings, withClientSettings } from "../document/client-settings.ts";
import { listenProblems } from "../document/rules/problems.ts";
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

/** The long form of a client: its grants among settings of its own. */
const longForm = withClientSettings({ grants: clientGrants });

const FORMS = `a client is a list of grants, or a map with grants and any of ${CLIENT_SETTINGS.join(", ")}`;

/** A client as it is declared, in either form. */
const clientForm = z.unknown().transform((found, context): z.output<typeof longForm> => {
  const refuse = (message: string): never => {
    context.addIssue({ code: "custom", message: `${message}; ${FORMS}` });
    return z.NEVER;
  };
  if (typeof found !== "object" || found === null) return refuse(`found ${JSON.stringify(found)}`);
  const isList = Array.isArray(found);
  if (!isList && !("grants" in found)) {
    return refuse(`found the members ${Object.keys(found).join(", ") || "none"}`);
  }
  const result = (isList ? clientGrants.transform((grants) => ({ grants })) : longForm).safeParse(found);
  if (result.success) {
    for (const { at, message } of listenProblems(result.data as ClientSettings)) {
      context.addIssue({ code: "custom", path: ["listen", at, "service"], message });
    }
    return result.data;
  }
  for (const issue of result.error.issues) {
    const message = issue.code === "unrecognized_keys" ? `${issue.message}; ${FORMS}` : issue.message;
    context.addIssue({ code: "custom", path: issue.path as (string | number)[], message });
  }
  return z.NEVER;
});

/** Ports that two clients have for two services. */
const sharedPorts = (
  clients: Readonly<Record<string, ClientSettings>>,
): { at: (string | number)[]; message: string }[] => {
  const first = new Map<string, { client: string; service: string | undefined }>();
  return Object.entries(clients).flatMap(([client, { listen = [] }]) =>
    listen.flatMap(({ address = "127.0.0.1", port, service }, i) => {
      if (address === "127.0.0.1" && port === undefined) return [];
      const known = first.get(`${address} ${port}`);
      if (known === undefined) first.set(`${address} ${port}`, { client, service });
      if (known === undefined || known.service === service) return [];
      const message = `${known.client} has the same port for ${known.service ?? "every service"}: one port is for one of them`;
      return [{ at: [client, "listen", i], message }];
    }),
  );
};

export const accessSchema = z
  .strictObject({
    /** Grants of the app itself, beside its own secret. */
    instance: z.array(grantSchema).default([]),
    /** Third-party software behind the proxy, by the client's name: its grants, or those among settings of its own. */
    clients: z.record(clientName, clientForm).default({}),
  })
  .superRefine(({ clients }, context) => {
    for (const { at, message } of sharedPorts(clients)) {
      context.addIssue({ code: "custom", path: ["clients", ...at], message });
    }
  })
  .transform(({ instance, clients }): Access => {
    const settings: Record<string, ClientSettings> = {};
    const grants: Record<string, Grant[]> = {};
    for (const [name, { grants: own, ...rest }] of Object.entries(clients)) {
      grants[name] = own;
      if (Object.keys(rest).length > 0) settings[name] = rest;
    }
    return {
      instance,
      clients: grants,
      ...(Object.keys(settings).length > 0 && { clientSettings: settings }),
    };
  });

/** The declaration, checked. */
export interface Access {
  instance: Grant[];
  /** Grants by the client's name. */
  clients: Record<string, Grant[]>;
  /** Settings of the clients that have any. */
  clientSettings?: Record<string, ClientSettings>;
}
