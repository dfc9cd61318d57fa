/** Compartments, users, groups, policies, tags: the identity service. @module */
import type { Service } from "../../service.ts";
import { apiKeys } from "./api-keys.ts";
import { compartments } from "./compartments.ts";
import { credentials } from "./credentials.ts";
import { domains } from "./domains.ts";
import { dynamicGroups } from "./dynamic-groups.ts";
import { networkSources } from "./network-sources.ts";
import { places } from "./places.ts";
import { policies } from "./policies.ts";
import { standardTags } from "./standard-tags.ts";
import { tagDefaults } from "./tag-defaults.ts";
import { tags } from "./tags.ts";
import { userSettings } from "./user-settings.ts";
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
    ...credentials,
    ...userSettings,
    ...dynamicGroups,
    ...domains,
    ...policies,
    ...networkSources,
    ...tags,
    ...tagDefaults,
    ...standardTags,
    ...workRequests,
  },
};
