/** Tag namespaces and the tag keys in them. @module */

import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import { conflict, invalidParameter, missingParameter, notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import type { Resource } from "../../state/store.ts";
import { details, readBody } from "../support/body.ts";
import { propagate } from "../support/propagation.ts";
import { compartmentTarget, isAlive, moveTo, responseOf } from "../support/resources.ts";
import {
  checkName,
  create,
  description,
  findIdentity,
  homeOnly,
  identityTarget,
  liveOf,
  remove,
  tagChanges,
  update,
} from "./common.ts";
import { startIdentityWork } from "./work-requests.ts";

/**
 * The name of a namespace or key: no periods, no spaces; `oci` and `orcl` are reserved (docs.oracle.com
 * "Managing Tags and Tag Namespaces").
 */
const tagName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\s.]+$/, "may not contain spaces or periods")
  .refine((name) => !/^(?:oci|orcl)-/i.test(name), "may not begin with oci- or orcl-, which are reserved");

const validator = z.union([
  z.object({ validatorType: z.literal("DEFAULT") }),
  z.object({ validatorType: z.literal("ENUM"), values: z.array(z.string()).min(1) }),
]);
const createNamespace = details<models.CreateTagNamespaceDetails>()({
  compartmentId: z.string(),
  name: tagName,
  description,
  ...tagChanges,
});
const updateNamespace = details<models.UpdateTagNamespaceDetails>()({
  description: description.optional(),
  isRetired: z.boolean().optional(),
  ...tagChanges,
});
const tagMembers = { isCostTracking: z.boolean().optional(), validator: validator.optional(), ...tagChanges };
const createTag = details<models.CreateTagDetails>()({ name: tagName, description, ...tagMembers });
const updateTag = details<models.UpdateTagDetails>()({
  description: description.optional(),
  isRetired: z.boolean().optional(),
  ...tagMembers,
});
const moveBody = details<models.ChangeTagNamespaceCompartmentDetail>()({ compartmentId: z.string() });

const namespaceOf = (call: Call<"tagNamespaceId">) =>
  findIdentity(call, "tagnamespace", call.params["tagNamespaceId"]);

const namespaceTarget = (call: Call<"tagNamespaceId">): Target =>
  identityTarget(namespaceOf(call), "target.tag-namespace");

const tagsIn = (call: Call, namespace: Resource<"tagnamespace">): Resource<"tagdefinition">[] =>
  liveOf(call, "tagdefinition").filter((tag) => tag.model.tagNamespaceId === namespace.id);

const tagOf = (call: Call<"tagNamespaceId" | "tagName">): Resource<"tagdefinition"> => {
  const wanted = call.params["tagName"]?.toLowerCase();
  const tag = tagsIn(call, namespaceOf(call)).find((t) => t.model.name.toLowerCase() === wanted);
  if (!tag) throw notFound();
  return tag;
};

/** The target of a tag: it is authorised as its namespace is. */
const tagTarget = (call: Call<"tagNamespaceId" | "tagName">): Target => ({
  ...namespaceTarget(call),
  resource: tagOf(call).id,
});

/** Takes a deleted key from everything that carries it or gives it by default (docs: "Deleting Tag Key Definitions"). */
const stripTag = (call: Call, { id, model }: Resource<"tagdefinition">): void => {
  const namespace = model.tagNamespaceName;
  const key = model.name;
  for (const given of call.cloud.store.list("tagdefault")) {
    if (given.model.tagDefinitionId === id) call.cloud.store.remove(given.id);
  }
  for (const resource of call.cloud.store.all()) {
    const tags = resource.model.definedTags?.[namespace];
    if (!tags || !Object.hasOwn(tags, key)) continue;
    delete tags[key];
    if (!Object.keys(tags).length) delete resource.model.definedTags![namespace];
    call.cloud.store.touch(resource);
  }
};

const deleteTag = (call: Call, tag: Resource<"tagdefinition">): void =>
  moveTo(call.cloud, tag, "DELETING", "DELETED", () => {
    stripTag(call, tag);
    call.cloud.store.remove(tag.id);
  });

/** Reactivates a resource; it has to propagate again before services know of it. */
const reactivate = (
  call: Call,
  resource: Resource<"tagnamespace" | "tagdefinition">,
  { isRetired }: { isRetired?: boolean | undefined },
): void => {
  if (isRetired === false && resource.model.isRetired) propagate(call.cloud, resource);
};

const writes = {
  CreateTagNamespace: {
    target: (call) => compartmentTarget(call, readBody(call, createNamespace).compartmentId),
    run: (call) => {
      const { freeformTags, definedTags, ...body } = readBody(call, createNamespace);
      checkName(call, "tagnamespace", body.name, {
        code: "TagNamespaceAlreadyExists",
        text: (name) => `Tag namespace '${name}' already exists`, // unverified
      });
      const model = { ...body, isRetired: false };
      const namespace = create(call, "tagnamespace", model, { freeformTags, definedTags });
      propagate(call.cloud, namespace);
      return responseOf(namespace);
    },
  },
  UpdateTagNamespace: {
    target: namespaceTarget,
    run: (call) => {
      const changes = readBody(call, updateNamespace);
      reactivate(call, namespaceOf(call), changes);
      return update(call, namespaceOf(call), changes);
    },
  },
  ChangeTagNamespaceCompartment: {
    target: (call) => [
      namespaceTarget(call),
      compartmentTarget(call, readBody(call, moveBody).compartmentId),
    ],
    run: (call) => {
      update(call, namespaceOf(call), readBody(call, moveBody));
      return { status: 204 };
    },
  },
  DeleteTagNamespace: {
    target: namespaceTarget,
    run: (call) => {
      const namespace = namespaceOf(call);
      // SDK documentation: "Only an empty tag namespace can be deleted with this operation." Text unverified.
      if (tagsIn(call, namespace).length) {
        throw conflict(
          "Conflict",
          `Tag namespace '${namespace.model.name}' is not empty. Delete its tag keys first.`,
        );
      }
      return remove(call, namespace);
    },
  },
  CascadeDeleteTagNamespace: {
    target: namespaceTarget,
    run: (call) => {
      const namespace = namespaceOf(call);
      // SDK documentation: "you must first retire it". Text unverified.
      if (namespace.model.isRetired !== true) {
        throw conflict(
          "Conflict",
          `Tag namespace '${namespace.model.name}' must be retired before it is deleted.`,
        );
      }
      for (const tag of tagsIn(call, namespace)) deleteTag(call, tag);
      moveTo(call.cloud, namespace, "DELETING", "DELETED", () => call.cloud.store.remove(namespace.id));
      const work = startIdentityWork(call, "taggingworkrequest", {
        operationType: "DELETE_NON_EMPTY_TAG_NAMESPACE",
        compartmentId: namespace.model.compartmentId,
        resource: { entityType: "tagnamespace", actionType: "DELETED", identifier: namespace.id },
      });
      return { status: 202, headers: { "opc-work-request-id": work } };
    },
  },
  CreateTag: {
    target: namespaceTarget,
    run: (call) => {
      const { freeformTags, definedTags, ...body } = readBody(call, createTag);
      const namespace = namespaceOf(call);
      if (namespace.model.isRetired) throw invalidParameter("A retired tag namespace takes no new tag keys");
      checkName(call, "tagdefinition", body.name, {
        code: "TagDefinitionAlreadyExists",
        text: (name) => `Tag definition '${name}' already exists`, // unverified
        among: (tag) => tag.model.tagNamespaceId === namespace.id,
      });
      const model = {
        compartmentId: namespace.model.compartmentId,
        tagNamespaceId: namespace.id,
        tagNamespaceName: namespace.model.name,
        isCostTracking: false,
        ...body,
        isRetired: false,
      };
      const tag = create(call, "tagdefinition", model, { freeformTags, definedTags });
      propagate(call.cloud, tag);
      return responseOf(tag);
    },
  },
  UpdateTag: {
    target: tagTarget,
    run: (call) => {
      const changes = readBody(call, updateTag);
      reactivate(call, tagOf(call), changes);
      return update(call, tagOf(call), changes);
    },
  },
  DeleteTag: {
    target: tagTarget,
    run: (call) => {
      const tag = tagOf(call);
      // SDK documentation: "you must first retire it". Text unverified.
      if (tag.model.isRetired !== true) {
        throw conflict(
          "Conflict",
          `Tag definition '${tag.model.name}' must be retired before it is deleted.`,
        );
      }
      deleteTag(call, tag);
      const work = startIdentityWork(call, "taggingworkrequest", {
        operationType: "DELETE_TAG_DEFINITION",
        compartmentId: tag.model.compartmentId,
        resource: { entityType: "tag", actionType: "DELETED", identifier: tag.id },
      });
      return { status: 202, headers: { "opc-work-request-id": work } };
    },
  },
} satisfies Handlers<IdentityClient>;

/** The summary of a tag leaves its namespace and validator out. */
const tagSummary = ({
  tagNamespaceId,
  tagNamespaceName,
  validator: _,
  ...summary
}: ModelOf<"tagdefinition">) => summary;

/** Handlers for tag namespaces and tags. */
export const tags = {
  ...homeOnly(writes),
  GetTagNamespace: { target: namespaceTarget, run: (call) => responseOf(namespaceOf(call)) },
  ListTagNamespaces: {
    target: (call) => {
      const id = call.query.get("compartmentId");
      if (!id) throw missingParameter("compartmentId");
      return compartmentTarget(call, id);
    },
    run: (call) => {
      const id = call.query.get("compartmentId")!;
      const inside = new Set([id]);
      if (call.query.get("includeSubcompartments") === "true") {
        for (const c of call.cloud.store.list("compartment"))
          if (inside.has(c.model.compartmentId!)) inside.add(c.id);
      }
      const found = liveOf(call, "tagnamespace").filter((n) => inside.has(n.model.compartmentId));
      return listReply(
        call,
        found.map((n) => n.model),
        { filters: ["lifecycleState"] },
      );
    },
  },
  GetTag: { target: tagTarget, run: (call) => responseOf(tagOf(call)) },
  ListTags: {
    target: namespaceTarget,
    run: (call) =>
      listReply(
        call,
        tagsIn(call, namespaceOf(call)).map((t) => t.model),
        {
          filters: ["lifecycleState"],
          summary: tagSummary,
        },
      ),
  },
  ListCostTrackingTags: {
    target: (call) => compartmentTarget(call, call.query.get("compartmentId")),
    run: (call) =>
      listReply(
        call,
        liveOf(call, "tagdefinition")
          .filter((t) => isAlive(t) && t.model.isCostTracking === true)
          .map((t) => t.model),
      ),
  },
} satisfies Handlers<IdentityClient>;
