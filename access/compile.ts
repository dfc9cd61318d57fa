import type { ClientInput } from "../document/schema.ts";
import { declared } from "./declared.ts";
import type { AttachedStatement } from "./grant.ts";
import type { StackIds } from "./ids.ts";
import { AUDIT_LOG, ownGrants, secretStatement } from "./own.ts";
import type { Access } from "./schema.ts";

/**
 * The statements of a stack: the own secret's first, then the audit log's, then the grants' in the declaration's
 * order; one that two grants need stands once.
 */
export const compileStatements = (access: Access, ids: StackIds): AttachedStatement[] => {
  const list: AttachedStatement[] = [
    {
      compartmentId: ids.secret.compartmentId,
      text: secretStatement(ids.groupId, ids.secret),
      grant: "the own secret",
    },
  ];
  for (const { grant, kind, client, where } of [...ownGrants(ids), ...declared(access)]) {
    for (const statement of kind.statements(grant, ids)) {
      const known = list.some(
        (s) => s.text === statement.text && s.compartmentId === statement.compartmentId,
      );
      const whose = client ?? (where === AUDIT_LOG ? "the audit" : undefined);
      const title = whose ? `${whose}: ${kind.id(grant)}` : kind.id(grant);
      if (!known) list.push({ ...statement, grant: title });
    }
  }
  return list;
};

/** Compartments to which statements are attached, in the statements' order. */
export const policyCompartments = (statements: readonly AttachedStatement[]): string[] => [
  ...new Set(statements.map((s) => s.compartmentId)),
];

/** Allow rules of the proxy and settings by client; undefined when there are no clients. */
export const allowRules = (access: Access, ids: StackIds): Record<string, ClientInput> | undefined => {
  const clients: Record<string, ClientInput> = {};
  for (const { grant, kind, client } of declared(access)) {
    if (!client) continue;
    clients[client] ??= { allow: [], ...access.clientSettings?.[client] };
    clients[client].allow.push(...kind.allow(grant, ids).map((rule) => ({ grant: kind.id(grant), ...rule })));
  }
  return Object.keys(clients).length > 0 ? clients : undefined;
};
