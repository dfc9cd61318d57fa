/** Users, groups and memberships. @module */
import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import { conflict, invalidParameter, missingParameter } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import type { Model } from "../../state/models.ts";
import { CAPABILITIES } from "../../state/user-capabilities.ts";
import { details, readBody } from "../support/body.ts";
import { responseOf } from "../support/resources.ts";
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
import { CREDENTIAL_TYPES } from "./credentials.ts";

const email = z
  .string()
  .max(255)
  .regex(/^[^\s@]+@[^\s@]+$/, "is not an e-mail address");
const compartmentId = z.string();

const createUser = details<models.CreateUserDetails>()({
  compartmentId,
  name: identityName,
  description,
  email: email.optional(),
  ...tagChanges,
});
const updateUser = details<models.UpdateUserDetails>()({
  description: description.optional(),
  email: email.optional(),
  dbUserName: z.string().optional(),
  ...tagChanges,
});
const createGroup = details<models.CreateGroupDetails>()({
  compartmentId,
  name: identityName,
  description,
  ...tagChanges,
});
const updateGroup = details<models.UpdateGroupDetails>()({
  description: description.optional(),
  ...tagChanges,
});
const membershipBody = details<models.AddUserToGroupDetails>()({ userId: z.string(), groupId: z.string() });
const userState = details<models.UpdateStateDetails>()({ blocked: z.boolean().optional() });

const userOf = (call: Call<"userId">) => findIdentity(call, "user", call.params["userId"]);
const groupOf = (call: Call<"groupId">) => findIdentity(call, "group", call.params["groupId"]);

const membersOf = (call: Call, member: "userId" | "groupId", id: string) =>
  call.cloud.store.list("usergroupmembership").filter((m) => m.model[member] === id);

const rootOnly = (call: Call, id: string, what: string): void => {
  if (id !== call.cloud.tenancy.id)
    throw invalidParameter(`${what} can only be created in the tenancy compartment`);
};

/**
 * The conflict of a taken name. Text as policies' (oracle-quickstart/oci-cloudnative#23); for users and
 * groups unverified.
 */
const taken = (code: string, noun: string) => ({
  code,
  text: (name: string) => `${noun} '${name}' already exists`,
});

/** Query parameters that lists of users and groups must have. */
const listed = (call: Call) => {
  if (!call.query.get("compartmentId")) throw missingParameter("compartmentId");
  return inRoot(call);
};

const inRootOf = <K extends "user" | "group">(call: Call<"compartmentId">, type: K) =>
  liveOf(call, type).filter(
    (r: { model: Model }) => r.model.compartmentId === call.query.get("compartmentId"),
  );

const writes = {
  CreateUser: {
    target: (call) => inRoot(call),
    run: (call) => {
      const { freeformTags, definedTags, ...body } = readBody(call, createUser);
      rootOnly(call, body.compartmentId, "User");
      checkName(call, "user", body.name, taken("UserAlreadyExists", "User"));
      const model = {
        ...body,
        ...(body.email && { emailVerified: false }),
        isMfaActivated: false,
        capabilities: { ...CAPABILITIES },
      };
      return responseOf(create(call, "user", model, { freeformTags, definedTags }));
    },
  },
  UpdateUser: {
    target: (call) => identityTarget(userOf(call), "target.user"),
    run: (call) => update(call, userOf(call), readBody(call, updateUser)),
  },
  UpdateUserState: {
    target: (call) => identityTarget(userOf(call), "target.user"),
    run: (call) => {
      const user = userOf(call);
      // SDK documentation: only unblocking is possible.
      if (readBody(call, userState).blocked) throw invalidParameter("blocked: can only be set to false");
      return update(call, user, { lifecycleState: "ACTIVE", inactiveStatus: undefined });
    },
  },
  DeleteUser: {
    target: (call) => identityTarget(userOf(call), "target.user"),
    run: (call) => {
      const user = userOf(call);
      // SDK documentation: "The user must not be in any groups." Text unverified.
      if (membersOf(call, "userId", user.id).length) {
        throw conflict(
          "Conflict",
          `User '${user.model.name}' is a member of groups. Remove it from them first.`,
        );
      }
      for (const type of CREDENTIAL_TYPES) {
        for (const { id, model } of call.cloud.store.list(type)) {
          if (model["userId"] === user.id) call.cloud.store.remove(id);
        }
      }
      return remove(call, user);
    },
  },
  CreateGroup: {
    target: (call) => inRoot(call),
    run: (call) => {
      const { freeformTags, definedTags, ...body } = readBody(call, createGroup);
      rootOnly(call, body.compartmentId, "Group");
      checkName(call, "group", body.name, {
        ...taken("GroupAlreadyExists", "Group"),
        types: GROUP_TYPES,
      });
      return responseOf(create(call, "group", body, { freeformTags, definedTags }));
    },
  },
  UpdateGroup: {
    target: (call) => identityTarget(groupOf(call), "target.group"),
    run: (call) => update(call, groupOf(call), readBody(call, updateGroup)),
  },
  DeleteGroup: {
    target: (call) => identityTarget(groupOf(call), "target.group"),
    run: (call) => {
      const group = groupOf(call);
      // SDK documentation: "The group must be empty." Text unverified.
      if (membersOf(call, "groupId", group.id).length) {
        throw conflict("Conflict", `Group '${group.model.name}' is not empty. Remove its members first.`);
      }
      return remove(call, group);
    },
  },
  AddUserToGroup: {
    target: (call) => {
      const body = readBody(call, membershipBody);
      return [
        {
          ...identityTarget(findIdentity(call, "group", body.groupId), "target.group"),
          permissions: ["GROUP_UPDATE"],
        },
        {
          ...identityTarget(findIdentity(call, "user", body.userId), "target.user"),
          permissions: ["USER_UPDATE"],
        },
      ];
    },
    run: (call) => {
      const { userId, groupId } = readBody(call, membershipBody);
      if (membersOf(call, "userId", userId).some((m) => m.model.groupId === groupId)) {
        // Text unverified.
        throw conflict(
          "UserGroupMembershipAlreadyExists",
          `User ${userId} is already a member of ${groupId}`,
        );
      }
      const id = call.cloud.store.newId("groupmembership");
      const root = call.cloud.tenancy.id;
      const added = call.cloud.store.add({
        id,
        type: "usergroupmembership",
        model: {
          id,
          compartmentId: root,
          userId,
          groupId,
          lifecycleState: "ACTIVE",
          timeCreated: call.cloud.clock.iso(),
        },
      });
      return responseOf(added);
    },
  },
  RemoveUserFromGroup: {
    target: (call) => membershipTargets(call, ["GROUP_UPDATE"], ["USER_UPDATE"]),
    run: (call) => remove(call, membershipOf(call)),
  },
} satisfies Handlers<IdentityClient>;

const membershipOf = (call: Call<"userGroupMembershipId">) =>
  findIdentity(call, "usergroupmembership", call.params["userGroupMembershipId"]);

const membershipTargets = (call: Call<"userGroupMembershipId">, onGroup: string[], onUser: string[]) => {
  const { model, id } = membershipOf(call);
  const group = findIdentity(call, "group", model.groupId);
  const user = findIdentity(call, "user", model.userId);
  return [
    { ...identityTarget(group, "target.group"), permissions: onGroup, resource: id },
    { ...identityTarget(user, "target.user"), permissions: onUser, resource: id },
  ];
};

/** Handlers for users and groups. */
export const users = {
  ...homeOnly(writes),
  GetUser: {
    target: (call) => identityTarget(userOf(call), "target.user"),
    run: (call) => responseOf(userOf(call)),
  },
  ListUsers: {
    target: listed,
    run: (call) =>
      listReply(
        call,
        inRootOf(call, "user").map((u) => u.model),
        {
          filters: ["name", "lifecycleState", "externalIdentifier", "identityProviderId"],
        },
      ),
  },
  GetGroup: {
    target: (call) => identityTarget(groupOf(call), "target.group"),
    run: (call) => responseOf(groupOf(call)),
  },
  ListGroups: {
    target: listed,
    run: (call) =>
      listReply(
        call,
        inRootOf(call, "group").map((g) => g.model),
        { filters: ["name", "lifecycleState"] },
      ),
  },
  GetUserGroupMembership: {
    target: (call) => membershipTargets(call, ["GROUP_INSPECT"], ["USER_INSPECT"]),
    run: (call) => responseOf(membershipOf(call)),
  },
  ListUserGroupMemberships: {
    target: listed,
    run: (call) => {
      if (!call.query.get("userId") && !call.query.get("groupId")) {
        throw invalidParameter("One of userId and groupId is required");
      }
      const all = call.cloud.store.list("usergroupmembership").map((m) => m.model);
      return listReply(call, all, { filters: ["userId", "groupId"] });
    },
  },
} satisfies Handlers<IdentityClient>;
