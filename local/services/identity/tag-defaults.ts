/** Tag defaults: tags that every new resource of a compartment gets. @module */

import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import { conflict, invalidParameter, limitExceeded, notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import type { Resource } from "../../state/store.ts";
import { details, readBody } from "../support/body.ts";
import { compartmentTarget, responseOf } from "../support/resources.ts";
import { findIdentity, homeOnly, liveOf, remove } from "./common.ts";

const value = z.string().max(256);
const createBody = details<models.CreateTagDefaultDetails>()({
  compartmentId: z.string(),
  tagDefinitionId: z.string(),
  value,
  isRequired: z.boolean().optional(),
});
const updateBody = details<models.UpdateTagDefaultDetails>()({ value, isRequired: z.boolean().optional() });

/** Most tag defaults of a compartment (docs.oracle.com "Managing Tag Defaults": "up to 5"). */
const MAX_DEFAULTS = 5;

/** The tag defaults there are; those of deleted keys went with them, once the keys' own deletion is noticed. */
const all = (call: Call): Resource<"tagdefault">[] => {
  liveOf(call, "tagdefinition");
  return liveOf(call, "tagdefault");
};

const one = (call: Call<"tagDefaultId">) => findIdentity(call, "tagdefault", call.params["tagDefaultId"]);

const target = (call: Call<"tagDefaultId">): Target => ({
  ...compartmentTarget(call, one(call).model.compartmentId),
  resource: one(call).id,
});

/** Checks a default value against the values that the tag key allows. @throws 400. Text unverified. */
const checkAllowed = (tag: Resource<"tagdefinition">, wanted: string): void => {
  const { validator } = tag.model;
  const values = validator && "values" in validator ? validator.values : undefined;
  if (values && wanted !== "" && !values.includes(wanted))
    throw invalidParameter(`value: must be one of ${values.join(", ")}, not '${wanted}'`);
};

const tagOf = (call: Call, id: string) => findIdentity(call, "tagdefinition", id);

/** Handlers for tag defaults. */
export const tagDefaults = {
  ...homeOnly({
    CreateTagDefault: {
      target: (call) => compartmentTarget(call, readBody(call, createBody).compartmentId),
      run: (call) => {
        const { cloud } = call;
        const body = readBody(call, createBody);
        const tag = tagOf(call, body.tagDefinitionId);
        if (tag.model.isRetired) throw notFound();
        checkAllowed(tag, body.value);
        const there = all(call).filter((d) => d.model.compartmentId === body.compartmentId);
        if (there.some((d) => d.model.tagDefinitionId === tag.id))
          throw conflict("TagDefaultAlreadyExists", `Tag default '${tag.model.name}' already exists`); // unverified
        if (there.length >= MAX_DEFAULTS)
          throw limitExceeded(`A compartment can have at most ${MAX_DEFAULTS} tag defaults.`); // unverified
        const id = cloud.store.newId("tagdefault");
        const added = cloud.store.add({
          id,
          type: "tagdefault",
          model: {
            id,
            compartmentId: body.compartmentId,
            tagNamespaceId: tag.model.tagNamespaceId,
            tagDefinitionId: tag.id,
            tagDefinitionName: tag.model.name,
            value: body.value,
            isRequired: body.isRequired ?? false,
            lifecycleState: "ACTIVE",
            timeCreated: cloud.clock.iso(),
          },
        });
        return responseOf(added);
      },
    },
    UpdateTagDefault: {
      target,
      run: (call) => {
        const found = one(call);
        const body = readBody(call, updateBody);
        checkAllowed(tagOf(call, found.model.tagDefinitionId), body.value);
        Object.assign(found.model, body);
        call.cloud.store.touch(found);
        return responseOf(found);
      },
    },
    DeleteTagDefault: { target, run: (call) => remove(call, one(call)) },
  }),
  GetTagDefault: { target, run: (call) => responseOf(one(call)) },
  ListTagDefaults: {
    // SDK documentation: by compartment, or by tag definition, or by the tag default's own OCID.
    target: (call) => compartmentTarget(call, call.query.get("compartmentId") ?? call.cloud.tenancy.id),
    run: (call) =>
      listReply(
        call,
        all(call).map((d) => d.model),
        { filters: ["id", "compartmentId", "tagDefinitionId", "lifecycleState"] },
      ),
  },
} satisfies Handlers<IdentityClient>;
