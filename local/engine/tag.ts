import type { Kind } from "./kinds.ts";

/** A tag key: retired before it is deleted, as the provider does. */
export const tag: Kind = {
  create: async ({ tagNamespaceId, ...body }, { client, regionId }) => {
    const params = { tagNamespaceId: String(tagNamespaceId) };
    const answer = await client.call("identity.CreateTag", { params, body, regionId });
    return { id: String(answer.body["id"]), outputs: answer.body };
  },
  read: async (_, { tagNamespaceId, name }, { client, regionId }) => {
    const params = { tagNamespaceId: String(tagNamespaceId), tagName: String(name) };
    return (await client.call("identity.GetTag", { params, regionId })).body;
  },
  remove: async (_, { tagNamespaceId, name }, { client, regionId }) => {
    const params = { tagNamespaceId: String(tagNamespaceId), tagName: String(name) };
    await client.call("identity.UpdateTag", { params, body: { isRetired: true }, regionId });
    await client.call("identity.DeleteTag", { params, regionId });
  },
};
