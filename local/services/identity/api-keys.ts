/** Users' API signing keys. @module */
import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import { conflict, invalidParameter, limitExceeded, notFound } from "../../errors.ts";
import { addApiKey, fingerprintOf, readPublicKey } from "../../gateway/api-keys.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import { details, readBody } from "../support/body.ts";
import { findIdentity, homeOnly, identityTarget } from "./common.ts";

const body = details<models.CreateApiKeyDetails>()({ key: z.string().min(1).max(16_384) });

/**
 * Most API signing keys of a user (docs.oracle.com "Managing User Credentials": "each user can have up to
 * three").
 */
const MAX_KEYS = 3;

const userTarget = (call: Call<"userId">): Target =>
  identityTarget(findIdentity(call, "user", call.params["userId"]), "target.user");

const keysOf = (call: Call<"userId">) =>
  call.cloud.store.list("apikey").filter((key) => key.model.userId === call.params["userId"]);

/** The key as responses show it: an API key has no OCID. */
const shown = ({ id: _, ...model }: ModelOf<"apikey">) => model;

/** Handlers for API keys. */
export const apiKeys = {
  ...homeOnly({
    UploadApiKey: {
      target: userTarget,
      run: (call) => {
        const pem = readBody(call, body).key;
        const key = readPublicKey(pem);
        // Text unverified.
        if (!key) throw invalidParameter("key: must be an RSA public key in PEM form, of at least 2048 bits");
        const keys = keysOf(call);
        const fingerprint = fingerprintOf(key);
        if (keys.some((k) => k.model.fingerprint === fingerprint)) {
          throw conflict("ApiKeyAlreadyExists", `ApiKey with fingerprint '${fingerprint}' already exists`);
        }
        if (keys.length >= MAX_KEYS) throw limitExceeded(`A user can have at most ${MAX_KEYS} API keys.`);
        return { body: shown(addApiKey(call.cloud, call.params["userId"]!, pem, key).model) };
      },
    },
    DeleteApiKey: {
      target: userTarget,
      run: (call) => {
        const fingerprint = call.params["fingerprint"]!.toLowerCase();
        const key = keysOf(call).find((k) => k.model.fingerprint === fingerprint);
        if (!key) throw notFound();
        call.cloud.store.remove(key.id);
        return { status: 204 };
      },
    },
  }),
  ListApiKeys: {
    target: userTarget,
    run: (call) => ({ body: keysOf(call).map((key) => shown(key.model)) }),
  },
} satisfies Handlers<IdentityClient>;
