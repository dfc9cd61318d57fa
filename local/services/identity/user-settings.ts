/** A user's Console password and what kinds of credentials it may use. @module */
import { z } from "zod";
import { notFound } from "../../errors.ts";
import type { Call, Handler, Target } from "../../service.ts";
import { readBody } from "../support/body.ts";
import { answer } from "../support/resources.ts";
import { findIdentity, homeOnly, type IdentityResource, identityTarget } from "./common.ts";
import { randomSecret } from "./credentials.ts";

const userOf = (call: Call): IdentityResource => findIdentity(call, "user", call.params["userId"]);

const userTarget = (call: Call): Target => identityTarget(userOf(call), "target.user");

const maybe = z.boolean().optional();

/** `canUseDBCredentials` in a request is `canUseDbCredentials` in a user (SDK models of both). */
const capabilities = z.object({
  canUseConsolePassword: maybe,
  canUseApiKeys: maybe,
  canUseAuthTokens: maybe,
  canUseSmtpCredentials: maybe,
  canUseDBCredentials: maybe,
  canUseCustomerSecretKeys: maybe,
  canUseOAuth2ClientCredentials: maybe,
});

/** Handlers for Console passwords and capabilities. */
export const userSettings: Readonly<Record<string, Handler>> = {
  ...homeOnly({
    CreateOrResetUIPassword: {
      target: userTarget,
      run: (call) => {
        const user = userOf(call);
        const information = {
          userId: user.id,
          timeCreated: call.cloud.clock.iso(),
          lifecycleState: "ACTIVE",
        };
        user.hidden["uiPassword"] = information;
        return { body: { ...information, password: randomSecret() } };
      },
    },
    UpdateUserCapabilities: {
      target: userTarget,
      run: (call) => {
        const user = userOf(call);
        const { canUseDBCredentials, ...changes } = readBody(call, capabilities);
        user.model["capabilities"] = {
          ...(user.model["capabilities"] as object),
          ...changes,
          ...(canUseDBCredentials !== undefined && { canUseDbCredentials: canUseDBCredentials }),
        };
        call.cloud.store.touch(user);
        return answer(user);
      },
    },
  }),
  GetUserUIPasswordInformation: {
    target: userTarget,
    run: (call) => {
      const information = userOf(call).hidden["uiPassword"];
      if (!information) throw notFound();
      return { body: information };
    },
  },
};
