import type { GrantKind } from "./grant.ts";
import { type Grant, kindOf } from "./kinds/index.ts";
import type { Access } from "./schema.ts";

/** A grant with who has it. */
export interface Declared {
  /** Name of the client; absent for the app itself. */
  client?: string;
  grant: Grant;
  kind: GrantKind<Grant>;
  /** Place in the declaration: `instance[0]`, `clients.metrics-agent[1]`; or the setting `auditLogId`. */
  where: string;
}

/**
 * Every grant in a stable order: the app's as declared, then the clients' by name (engines do not keep the order
 * of a map's members).
 */
export const declared = (access: Access): Declared[] => [
  ...access.instance.map((grant, i) => ({ grant, kind: kindOf(grant), where: `instance[${i}]` })),
  ...Object.keys(access.clients)
    .sort()
    .flatMap((client) =>
      access.clients[client]!.map((grant, i) => ({
        client,
        grant,
        kind: kindOf(grant),
        where: `clients.${client}[${i}]`,
      })),
    ),
];
