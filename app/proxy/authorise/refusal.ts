/** The text of a refusal: what was asked for, why it was not granted, and which grant would allow it. @module */

import type { Unmet } from "../../../document/rules/evaluate.ts";
import type { QueryParameter } from "../../../document/rules/query.ts";
import { suggestGrant } from "../../../document/suggestions.ts";
import type { OperationMatch } from "../../../oci/operations/index.ts";
import { ProxyError } from "../errors.ts";

/**
 * The refusal of a request whose operation is known.
 * @param body the JSON body's value, where it was read
 */
export const notGranted = (
  client: string,
  match: OperationMatch,
  query: readonly QueryParameter[],
  unmet: readonly Unmet[],
  body?: unknown,
): ProxyError => {
  const { service, name } = match.operation;
  const values = Object.fromEntries(query.map((p) => [p.name, p.value]));
  const call = { operation: `${service}.${name}`, params: match.params, query: values, body };
  // The operation is granted; only what the body adds is not, and no other kind of grant has it.
  const more = unmet.find((u) => u.beyond !== undefined)?.beyond;
  const needed =
    more === undefined
      ? suggestGrant(call)
      : `{ raw: … } with the operation ${service}.${name}${more ? ` and body.${more} in its where` : ""}`;
  const why =
    unmet.length > 0
      ? unmet.map((u) => `${u.grant}: ${u.reason}`).join("; ")
      : "none of its grants is about this operation";
  return new ProxyError(
    "NotGranted",
    `${client} may not call ${service}.${name} here (${why}). It would need, under keyless:access clients ${client}: ${needed}`,
  );
};

/** The reason why a client of the document gets nothing, for log and caller. */
export const unusableText = (client: string, why: string): string =>
  `the rules of client ${client} cannot be used, so that it is refused everything: ${why}`;

/** The refusal of a client that is not, or no longer, in the document, or whose rules cannot be used. */
export const noPolicy = (client: string, unusable: ReadonlyMap<string, string>): ProxyError => {
  const why = unusable.get(client);
  return why === undefined
    ? new ProxyError("CallerUnknown", `${client} is no longer a client`)
    : new ProxyError("ClientUnusable", unusableText(client, why));
};

/** The refusal of a request that means no known operation. */
export const unknownOperation = (client: string, service: string, method: string): ProxyError =>
  new ProxyError(
    "NotGranted",
    `${client} may not do this: no operation of ${service} has this path with ${method}, so no grant allows it`,
  );
