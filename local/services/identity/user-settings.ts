/** A user's Console password and what kinds of credentials it may use. @module */

import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import { notFound } from "../../errors.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import type { Wire } from "../../state/wire.ts";
import { details, readBody } from "../support/body.ts";
import { responseOf } from "../support/resources.ts";
import { findIdentity, homeOnly, identityTarget } from "./common.ts";
import { randomSecret } from "./credentials.ts";

const userOf = (call: Call<"userId">) => findIdentity(call, "user", call.params["userId"]);

const userTarget = (call: Call<"userId">): Target => identityTarget(userOf(call), "target.user");

const maybe = z.boolean().optional();

/** `canUseDBCredentials` in a request is `canUseDbCredentials` in a user (SDK models of both). */
const capabilities = details<models.UpdateUserCapabilitiesDetails>()({
  canUseConsolePassword: maybe,
  canUseApiKeys: maybe,
  canUseAuthTokens: maybe,
  canUseSmtpCredentials: maybe,
  canUseDBCredentials: maybe,
  canUseCustomerSecretKeys: maybe,
  canUseOAuth2ClientCredentials: maybe,
});

/** Handlers for Console passwords and capabilities. */
export const userSettings = {
  ...homeOnly({
    CreateOrResetUIPassword: {
      target: userTarget,
      run: (call) => {
        const user = userOf(call);
        const information: Wire<models.UIPasswordInformation> = {
          userId: user.id,
          timeCreated: call.cloud.clock.iso(),
          lifecycleState: "ACTIVE",
        };
        user.hidden.uiPassword = information;
        return { body: { ...information, password: randomSecret() } };
      },
    },
    UpdateUserCapabilities: {
      target: userTarget,
      run: (call) => {
        const user = userOf(call);
        const { canUseDBCredentials, ...changes } = readBody(call, capabilities);
        user.model.capabilities = {
          ...user.model.capabilities,
          ...changes,
          ...(canUseDBCredentials !== undefined && { canUseDbCredentials: canUseDBCredentials }),
        };
        call.cloud.store.touch(user);
        return responseOf(user);
      },
    },
  }),
  GetUserUIPasswordInformation: {
    target: userTarget,
    run: (call) => {
      const information = userOf(call).hidden.uiPassword;
      if (!information) throw notFound();
      return { body: information };
    },
  },
} satisfies Handlers<IdentityClient>;
