/** The text of a refusal: what was asked for, why it was not granted, and which grant would allow it. @module */

import { suggestRaw } from "../../../document/raw-suggestion.ts";
import type { Unmet } from "../../../document/rules/evaluate.ts";
import type { QueryParameter } from "../../../document/rules/query.ts";
import type { SplitTarget } from "../../../document/rules/target.ts";
import { suggestGrant, widerPrefix } from "../../../document/suggestions.ts";
import { type OperationMatch, openaiPath } from "../../../oci/operations/index.ts";
import { ProxyError } from "../errors.ts";
import { nearestPath } from "./nearest-path.ts";

/**
 * The refusal of a request whose operation is known.
 * @param namespace the one of the stack's tenancy, where its rules tell it
 * @param body the JSON body's value, where it was read
 */
export const notGranted = (
  client: string,
  match: OperationMatch,
  query: readonly QueryParameter[],
  unmet: readonly Unmet[],
  namespace: string | undefined,
  body?: unknown,
): ProxyError => {
  const { service, name } = match.operation;
  const values = Object.fromEntries(query.map((p) => [p.name, p.value]));
  const call = { operation: `${service}.${name}`, params: match.params, query: values, body, namespace };
  // The operation is granted; only what the body adds is not, and no other kind of grant has it.
  const more = unmet.find((u) => u.beyond !== undefined)?.beyond;
  const wider = widerPrefix(call);
  const needed =
    more === undefined
      ? `${suggestGrant(call)}${wider === undefined ? "" : `, or the wider prefix ${JSON.stringify(wider)}`}`
      : suggestRaw(call, more);
  const why =
    unmet.length > 0
      ? unmet.map((u) => `${u.grant}: ${u.reason}`).join("; ")
      : "none of its grants is about this operation";
  const refused = `${client} may not call ${service}.${name} here (${why}).`;
  // Where one rule says that no grant allows it, none does.
  if (unmet.some((u) => u.never)) return new ProxyError("NotGranted", refused);
  return new ProxyError(
    "NotGranted",
    `${refused} It would need, under keyless:access clients ${client}: ${needed}`,
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

/** What OpenAI's clients may ask here, by the path that they asked for; undefined for every other path. */
const servedInOpenaiForm = (path: string | undefined): string | undefined => {
  if (path === undefined) return undefined;
  const [resource = ""] = path.split("/");
  const served = "in OpenAI's form, POST chat/completions and POST responses are served";
  if (resource === "models" || resource === "embeddings") {
    const instead = resource === "embeddings" ? "; in Oracle's, POST /20231130/actions/embedText" : "";
    return `no page of Oracle's names ${resource} in OpenAI's form: ${served}${instead}`;
  }
  return `${served}; responses that are kept, conversations, files, vector stores and containers are not`;
};

/** The refusal of a request that means no known operation, with what is nearest to it. */
export const unknownOperation = (method: string, { service, path }: SplitTarget): ProxyError => {
  const near = servedInOpenaiForm(openaiPath(service, path)) ?? nearestPath(method, service, path);
  return new ProxyError(
    "UnknownOperation",
    `no operation of ${service} has this path with ${method}${near === undefined ? "" : `; ${near}`}`,
  );
};
