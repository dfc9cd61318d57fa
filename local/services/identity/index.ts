/** Compartments, users, groups, policies, tags: the identity service. @module */
import type { Service } from "../../service.ts";
import { apiKeys } from "./api-keys.ts";
import { compartments } from "./compartments.ts";
import { dynamicGroups } from "./dynamic-groups.ts";
import { places } from "./places.ts";
import { policies } from "./policies.ts";
import { tags } from "./tags.ts";
import { users } from "./users.ts";
import { workRequests } from "./work-requests.ts";

/** The handlers of the identity service. */
export const identity: Service = {
  name: "identity",
  handlers: {
    ...places,
    ...compartments,
    ...users,
    ...apiKeys,
    ...dynamicGroups,
    ...policies,
    ...tags,
    ...workRequests,
  },
};
