/** Tag namespaces and keys: the provider writes them twice, and retires a key before it deletes it. @module */
import { nestTags } from "../defined-tags.ts";
import type { ResourceType, ResourceValues } from "../types.ts";

/** The members that the provider sends again right after a create. */
const updatable = (body: ResourceValues): ResourceValues =>
  Object.fromEntries(
    Object.entries(body).filter(([name]) => ["description", "freeformTags", "definedTags"].includes(name)),
  );

/** A tag namespace: created, and at once updated. */
export const updatedAtOnce = (kind: ResourceType): ResourceType => ({
  ...kind,
  create: async (inputs, context) => {
    const created = await kind.create(inputs, context);
    await context.client.call("identity.UpdateTagNamespace", {
      params: { tagNamespaceId: created.id },
      body: updatable(nestTags(inputs)),
      regionId: context.regionId,
    });
    return created;
  },
});

const pathOf = ({ tagNamespaceId, name }: ResourceValues) => ({
  tagNamespaceId: String(tagNamespaceId),
  tagName: String(name),
});

/** A tag key. */
export const tag: ResourceType = {
  create: async (inputs, { client, regionId }) => {
    const { tagNamespaceId, ...body } = nestTags(inputs);
    const response = await client.call("identity.CreateTag", {
      params: { tagNamespaceId: String(tagNamespaceId) },
      body,
      regionId,
    });
    await client.call("identity.UpdateTag", { params: pathOf(inputs), body: updatable(body), regionId });
    return { id: String(response.body["id"]), outputs: response.body };
  },
  read: async (_, inputs, { client, regionId }) =>
    (await client.call("identity.GetTag", { params: pathOf(inputs), regionId })).body,
  remove: async (_, inputs, { client, regionId }) => {
    const body = {
      definedTags: {},
      isCostTracking: false,
      validator: { validatorType: "DEFAULT" },
      ...updatable(nestTags(inputs)),
      isRetired: true,
    };
    await client.call("identity.UpdateTag", { params: pathOf(inputs), body, regionId });
    await client.call("identity.DeleteTag", { params: pathOf(inputs), regionId });
  },
};
