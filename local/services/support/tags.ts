/** Tags on resources. @module */

import { invalidParameter, ServiceError } from "../../errors.ts";
import type { Call, Target, Variable } from "../../service.ts";
import type { Model } from "../../state/models.ts";
import type { State } from "../../state/state.ts";
import type { Resource } from "../../state/store.ts";
import { type DefinedTags, isJsonObject, type JsonObject } from "../../state/wire.ts";
import { hasPropagated } from "./propagation.ts";

/** True for equal names: tag namespaces and keys compare without case. */
const same = (a: string | undefined, b: string): boolean => (a ?? "").toLowerCase() === b.toLowerCase();

/** 400: the same for a tag namespace that is absent and one that may not be used. */
const tagsRefused = (namespace: string): ServiceError =>
  new ServiceError(
    400,
    "RelatedResourceNotAuthorizedOrNotFound",
    `The following tag namespaces / keys are not authorized or not found: '${namespace.toLowerCase()}'`,
  );

const namespaceNamed = (cloud: State, name: string): Resource<"tagnamespace"> | undefined =>
  cloud.store.list("tagnamespace").find((r) => same(r.model.name, name) && !r.model.isRetired);

/** Namespaces whose tags differ between what is asked for and what is there. */
const changedNamespaces = (wanted: unknown, now: DefinedTags | undefined): string[] => {
  if (!isJsonObject(wanted)) return [];
  const plain = (tags: unknown): string =>
    isJsonObject(tags) ? JSON.stringify(Object.entries(tags).sort()) : "";
  const before = new Map(Object.entries(now ?? {}).map(([name, tags]) => [name.toLowerCase(), plain(tags)]));
  const after = new Map(Object.entries(wanted).map(([name, tags]) => [name.toLowerCase(), plain(tags)]));
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
};

/**
 * The targets of a request beside its own when it sets, changes or takes away defined tags: their namespaces,
 * which the caller must be allowed to use (docs: "Permissions Required for Working with Defined Tags").
 * @param about the resource that the request changes, if there is one already
 */
export const tagTargets = (call: Call, about: Resource | undefined): Target[] => {
  if (!call.body.length) return [];
  let body: JsonObject;
  try {
    body = call.json();
  } catch {
    return [];
  }
  const vnic = body["createVnicDetails"];
  const names = [
    ...changedNamespaces(body["definedTags"], about?.model.definedTags),
    ...(isJsonObject(vnic) ? changedNamespaces(vnic["definedTags"], undefined) : []),
  ];
  return [...new Set(names)].flatMap((name) => {
    const namespace = namespaceNamed(call.cloud, name);
    if (!namespace) return [];
    return {
      compartment: namespace.model.compartmentId,
      permissions: ["TAG_NAMESPACE_USE"],
      variables: { "target.tag-namespace.id": namespace.id, "target.tag-namespace.name": name },
      refusal: tagsRefused(name),
    };
  });
};

/**
 * Checks that every namespace and key of defined tags exists, is not retired, and is known to the services.
 * Texts: hashicorp/terraform#32357, oracle/terraform-provider-oci#1969; for a new key
 * oci-landing-zones/terraform-oci-modules-orchestrator#67.
 * @throws 400 RelatedResourceNotAuthorizedOrNotFound naming the namespace; 400 InvalidParameter for a new one
 */
export const checkDefinedTags = (cloud: State, tags: DefinedTags | undefined): void => {
  for (const [namespace, keys] of Object.entries(tags ?? {})) {
    const found = namespaceNamed(cloud, namespace);
    const definitions = Object.keys(keys).map((key) =>
      cloud.store
        .list("tagdefinition")
        .find((t) => t.model.tagNamespaceId === found?.id && same(t.model.name, key) && !t.model.isRetired),
    );
    if (!found || definitions.includes(undefined)) throw tagsRefused(namespace);
    if (![found, ...definitions].every((r) => hasPropagated(cloud, r!)))
      throw invalidParameter("Invalid tags");
  }
};

const asVariables = (prefix: string, tags: DefinedTags | undefined): Record<string, Variable> =>
  Object.fromEntries(
    Object.entries(tags ?? {}).flatMap(([ns, keys]) =>
      Object.entries(keys).map(([key, value]) => [`${prefix}.${ns}.${key}`, value] as const),
    ),
  );

/**
 * The policy variables of a resource's tags. Those of its compartment, and of the compartments around that,
 * follow from the tenancy: `iam/` knows them.
 * @param prefix `target.resource.tag`, or `target.bucket.tag` beside it
 */
export const tagVariables = (
  resource: { model: Model },
  prefix = "target.resource.tag",
): Record<string, Variable> => asVariables(prefix, resource.model.definedTags);

/** The tag members of a new model, `{}` where the request has none. */
export const tagMembersOf = (body: {
  freeformTags?: Record<string, string> | undefined;
  definedTags?: DefinedTags | undefined;
}): Required<Pick<Resource["model"], "freeformTags" | "definedTags">> => ({
  freeformTags: body.freeformTags ?? {},
  definedTags: body.definedTags ?? {},
});
