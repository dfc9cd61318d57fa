/** Compartments: a tree below the tenancy. @module */

import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import { invalidParameter, missingParameter, notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import { uniquePart } from "../../state/ocids.ts";
import type { Resource } from "../../state/store.ts";
import { details, readBody } from "../support/body.ts";
import { propagate } from "../support/propagation.ts";
import { compartmentTarget, isAlive, moveTo, responseOf, starting } from "../support/resources.ts";
import { checkName, create, description, findIdentity, homeOnly, tagChanges, update } from "./common.ts";
import { startIdentityWork } from "./work-requests.ts";

const name = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\w.-]+$/, "may contain letters, digits, hyphens, periods and underscores only");

const createBody = details<models.CreateCompartmentDetails>()({
  compartmentId: z.string(),
  name,
  description,
  ...tagChanges,
});
const updateBody = details<models.UpdateCompartmentDetails>()({
  name: name.optional(),
  description: description.optional(),
  ...tagChanges,
});

/** Most levels of compartments (docs.oracle.com "Managing Compartments": "up to six levels deep"). */
const MAX_DEPTH = 6;

/** Types whose resources live in the root or nowhere, so that no compartment is kept by them. */
const NO_CONTENT = /^(tenancy|apikey|usergroupmembership|[a-z]*workrequest)$/;

const one = (call: Call<"compartmentId">) => findIdentity(call, "compartment", call.params["compartmentId"]);

const nameConflict = (parent: string, but?: string) => ({
  code: "CompartmentAlreadyExists",
  // Text: oracle/terraform-provider-oci#725.
  text: (taken: string) => `A compartment with name '${taken}' already exists.`,
  among: (r: Resource<"compartment">) => r.model.compartmentId === parent && r.id !== but,
});

const depthOf = (call: Call, id: string): number => {
  let depth = 0;
  for (let at: string | undefined = id; at && at !== call.cloud.tenancy.id; depth += 1) {
    at = call.cloud.store.get(at)?.model.compartmentId;
  }
  return depth;
};

/** The root compartment's model: the tenancy shows itself so. */
const rootModel = (call: Call): ModelOf<"compartment"> => {
  const { model, hidden } = call.cloud.store.get(call.cloud.tenancy.id, "tenancy")!;
  return {
    id: model.id!,
    compartmentId: model.id!,
    name: model.name!,
    description: model.description!,
    timeCreated: hidden.timeCreated,
    lifecycleState: "ACTIVE",
    isAccessible: true,
    freeformTags: model.freeformTags!,
    definedTags: model.definedTags!,
  };
};

/** The target of a write to a compartment: its parent, in which it lives. */
const inParent = (call: Call<"compartmentId">): Target => {
  const compartment = one(call);
  return compartmentTarget(call, compartment.model.compartmentId, {});
};

/** Compartments below one, at any depth. */
const below = (call: Call, id: string): Resource<"compartment">[] =>
  call.cloud.store
    .list("compartment")
    .filter((c) => c.model.compartmentId === id)
    .flatMap((c) => [c, ...below(call, c.id)]);

const writes = {
  CreateCompartment: {
    target: (call) => compartmentTarget(call, readBody(call, createBody).compartmentId),
    run: (call) => {
      const body = readBody(call, createBody);
      checkName(call, "compartment", body.name, nameConflict(body.compartmentId));
      if (depthOf(call, body.compartmentId) >= MAX_DEPTH) {
        throw invalidParameter(`compartmentId: compartments can be nested ${MAX_DEPTH} levels deep`);
      }
      const { compartmentId, name: named, description: text } = body;
      const model = { compartmentId, name: named, description: text, isAccessible: true };
      const compartment = create(call, "compartment", model, body, starting(call.cloud, "ACTIVE"));
      propagate(call.cloud, compartment);
      return responseOf(compartment);
    },
  },
  UpdateCompartment: {
    target: (call) => ({ ...inParent(call), resource: one(call).id }),
    run: (call) => {
      const compartment = one(call);
      const body = readBody(call, updateBody);
      const { compartmentId } = compartment.model;
      if (body.name) checkName(call, "compartment", body.name, nameConflict(compartmentId, compartment.id));
      return update(call, compartment, body);
    },
  },
  DeleteCompartment: {
    target: (call) => ({ ...inParent(call), resource: one(call).id }),
    run: (call) => {
      const { cloud } = call;
      const compartment = one(call);
      const occupied = cloud.store
        .all()
        .some((r) => r.model.compartmentId === compartment.id && !NO_CONTENT.test(r.type) && isAlive(r));
      const work = startIdentityWork(call, "workrequest", {
        operationType: "DELETE_COMPARTMENT",
        compartmentId: compartment.id,
        resource: { entityType: "compartment", actionType: "DELETED", identifier: compartment.id },
        // docs.oracle.com "Managing Compartments": the job fails when the compartment is not empty.
        ...(occupied && { error: { code: "CompartmentNotEmpty", message: "The compartment is not empty." } }),
      });
      moveTo(cloud, compartment, "DELETING", occupied ? "ACTIVE" : "DELETED", () => {
        // docs: a deleted compartment is renamed, so that its name is free.
        if (!occupied)
          compartment.model.name = `${compartment.model.name}.${uniquePart(compartment.id).slice(-6)}`;
      });
      return { status: 202, headers: { "opc-work-request-id": work } };
    },
  },
} satisfies Handlers<IdentityClient>;

/** Handlers for compartments. */
export const compartments = {
  ...homeOnly(writes),
  GetCompartment: {
    target: (call) => {
      const id = call.params["compartmentId"];
      if (id === call.cloud.tenancy.id) return { ...compartmentTarget(call, id), resource: id };
      const found = call.cloud.store.get(id, "compartment");
      if (!found) throw notFound();
      return { ...compartmentTarget(call, found.id), resource: found.id };
    },
    run: (call) => {
      const id = call.params["compartmentId"]!;
      return id === call.cloud.tenancy.id
        ? { body: rootModel(call) }
        : responseOf(call.cloud.store.get(id, "compartment")!);
    },
  },
  ListCompartments: {
    target: (call) => {
      const id = call.query.get("compartmentId");
      if (!id) throw missingParameter("compartmentId");
      return compartmentTarget(call, id);
    },
    run: (call) => {
      const { tenancy, store } = call.cloud;
      const id = call.query.get("compartmentId")!;
      const subtree = call.query.get("compartmentIdInSubtree") === "true";
      const level = call.query.get("accessLevel");
      if (level !== null && level !== "ANY" && level !== "ACCESSIBLE") {
        throw invalidParameter(`accessLevel must be ANY or ACCESSIBLE, not '${level.slice(0, 40)}'`);
      }
      // SDK documentation: "Can only be set to true when performing ListCompartments on the tenancy".
      if (subtree && id !== tenancy.id) {
        throw invalidParameter(
          "compartmentIdInSubtree can only be true when compartmentId is the tenancy's OCID",
        );
      }
      const found = subtree
        ? below(call, id)
        : store.list("compartment").filter((c) => c.model.compartmentId === id);
      return listReply(
        call,
        found.map((c) => c.model),
        { filters: ["name", "lifecycleState"] },
      );
    },
  },
} satisfies Handlers<IdentityClient>;
