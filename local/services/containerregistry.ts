/** Tokens of the Container Registry. Nothing here takes them: no image is pulled. @module */
import { randomBytes } from "node:crypto";
import type { ContainerRegistryClient } from "oci-containerregistry";
import type { Handlers } from "../sdk.ts";
import type { Service } from "../service.ts";
import { compartmentTarget } from "./support/resources.ts";

/** Time for which a token is good, in s (issue 5 of Oracle's oke-credential-provider-for-ocir). */
const EXPIRES_IN = 3600;

/** The handlers of tokens. */
export const containerregistry: Service = {
  name: "containerregistry",
  handlers: {
    GetAccessToken: {
      target: (call) => compartmentTarget(call, call.cloud.tenancy.id),
      run: (call) => {
        const token = randomBytes(48).toString("base64url");
        const scope = call.query.get("scope") ?? "";
        // Oracle's SDK reads the one spelling, its credential provider for kubelet the other.
        const shown = {
          token,
          accessToken: token,
          access_token: token,
          scope,
          expiresIn: EXPIRES_IN,
          expires_in: EXPIRES_IN,
        };
        return { body: shown };
      },
    },
  } satisfies Handlers<ContainerRegistryClient>,
};
