/** Tags on resources. @module */
import type { Cloud, Model, Resource } from "../../cloud.ts";
import { ServiceError } from "../../errors.ts";
import type { Variable } from "../../service.ts";

type DefinedTags = Record<string, Record<string, string>>;

/** Tag namespaces and keys compare without case. */
const same = (a: unknown, b: string): boolean => String(a ?? "").toLowerCase() === b.toLowerCase();

/**
 * Checks that every namespace and key of defined tags exists and is not retired.
 * Text: hashicorp/terraform#32357, oracle/terraform-provider-oci#1969.
 * @throws 400 RelatedResourceNotAuthorizedOrNotFound naming the namespace
 */
export const checkDefinedTags = (cloud: Cloud, tags: DefinedTags | undefined): void => {
  for (const [namespace, keys] of Object.entries(tags ?? {})) {
    const found = cloud.store
      .list("tagnamespace")
      .find((r) => same(r.model.name, namespace) && r.model["isRetired"] !== true);
    const missing =
      !found ||
      Object.keys(keys).some(
        (key) =>
          !cloud.store
            .list("tagdefinition")
            .some(
              (t) =>
                t.model["tagNamespaceId"] === found.id &&
                same(t.model.name, key) &&
                t.model["isRetired"] !== true,
            ),
      );
    if (missing)
      throw new ServiceError(
        400,
        "RelatedResourceNotAuthorizedOrNotFound",
        `The following tag namespaces / keys are not authorized or not found: '${namespace.toLowerCase()}'`,
      );
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
export const tagsOf = (body: {
  freeformTags?: Record<string, string> | undefined;
  definedTags?: DefinedTags | undefined;
}): Required<Pick<Resource["model"], "freeformTags" | "definedTags">> => ({
  freeformTags: body.freeformTags ?? {},
  definedTags: body.definedTags ?? {},
});
