/** Entity tags of resources. @module */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { noEtagMatch } from "./errors.ts";
import type { Resource } from "./state/store.ts";

/** The entity tag of a resource as it is now: another one after each change, the same while unchanged. */
export const etagOf = (resource: Resource): string =>
  createHash("sha256").update(`${resource.id}/${resource.version}`).digest("hex").slice(0, 40);

/**
 * Checks `If-Match` against the entity tag of what is to be changed. Gateway does this for targets that name a
 * resource of the store; a service with entities of its own (objects) calls it itself.
 * @throws ServiceError 412 when the header is there and does not hold
 */
export const checkIfMatch = (headers: IncomingHttpHeaders, etag: string): void => {
  const wanted = headers["if-match"];
  if (wanted === undefined || wanted.trim() === "*") return;
  const tags = wanted.split(",").map((tag) => tag.trim().replace(/^(?:W\/)?"(.*)"$/, "$1"));
  if (!tags.includes(etag)) throw noEtagMatch();
};
