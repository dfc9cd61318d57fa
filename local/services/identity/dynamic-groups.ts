/** Dynamic groups. @module */
import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import { LIMITS, parseMatchingRule } from "../../../iam/core.ts";
import { invalidParameter, missingParameter, serviceLimit } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import { details, readBody } from "../support/body.ts";
import { responseOf, starting } from "../support/resources.ts";
import {
  checkName,
  create,
  description,
  findIdentity,
  GROUP_TYPES,
  homeOnly,
  identityName,
  identityTarget,
  inRoot,
  liveOf,
  remove,
  tagChanges,
  update,
} from "./common.ts";

const MAX_RULE_LENGTH = 100_000;

const matchingRule = z.string().min(1).max(MAX_RULE_LENGTH);
const createBody = details<models.CreateDynamicGroupDetails>()({
  compartmentId: z.string(),
  name: identityName,
  description,
  matchingRule,
  ...tagChanges,
});
const updateBody = details<models.UpdateDynamicGroupDetails>()({
  description: description.optional(),
  matchingRule: matchingRule.optional(),
  ...tagChanges,
});

const one = (call: Call<"dynamicGroupId">) =>
  findIdentity(call, "dynamicgroup", call.params["dynamicGroupId"]);

/**
 * Throws 400 where the rule does not parse. OCIDs in it are not looked up: OCI does not either. Text
 * unverified.
 */
const checkRule = (rule: string | undefined): void => {
  if (rule === undefined) return;
  const parsed = parseMatchingRule(rule);
  if (parsed.ok) return;
  const { line, column, message } = parsed.error;
  throw invalidParameter(`matchingRule: line ${line}, char ${column}: ${message}`);
};

const target = (call: Call<"dynamicGroupId">) => identityTarget(one(call), "target.dynamicgroup");

/** Handlers for dynamic groups. */
export const dynamicGroups = {
  ...homeOnly({
    CreateDynamicGroup: {
      target: (call) => inRoot(call),
      run: (call) => {
        const { freeformTags, definedTags, ...body } = readBody(call, createBody);
        if (body.compartmentId !== call.cloud.tenancy.id) {
          // Text: oracle/terraform-provider-oci#2484.
          throw invalidParameter("Dynamic group can only be created in the tenancy compartment");
        }
        checkRule(body.matchingRule);
        checkName(call, "dynamicgroup", body.name, {
          code: "DynamicGroupAlreadyExists",
          text: (name) => `Dynamic group '${name}' already exists`, // unverified
          types: GROUP_TYPES,
        });
        if (liveOf(call, "dynamicgroup").length >= LIMITS.dynamicGroupsInDomain)
          throw serviceLimit("dynamic-group-count");
        const tags = { freeformTags, definedTags };
        return responseOf(create(call, "dynamicgroup", body, tags, starting(call.cloud, "ACTIVE")));
      },
    },
    UpdateDynamicGroup: {
      target,
      run: (call) => {
        const body = readBody(call, updateBody);
        checkRule(body.matchingRule);
        return update(call, one(call), body);
      },
    },
    DeleteDynamicGroup: { target, run: (call) => remove(call, one(call)) },
  }),
  GetDynamicGroup: { target, run: (call) => responseOf(one(call)) },
  ListDynamicGroups: {
    target: (call) => {
      if (!call.query.get("compartmentId")) throw missingParameter("compartmentId");
      return inRoot(call);
    },
    run: (call) => {
      const wanted = call.query.get("compartmentId");
      const found = liveOf(call, "dynamicgroup").filter((g) => g.model.compartmentId === wanted);
      return listReply(
        call,
        found.map((g) => g.model),
        { filters: ["name", "lifecycleState"] },
      );
    },
  },
} satisfies Handlers<IdentityClient>;
