/** Users' API signing keys. @module */
import { z } from "zod";
import { conflict, invalidParameter, limitExceeded, notFound } from "../../errors.ts";
import { type ApiKeyModel, addApiKey, fingerprintOf, readPublicKey } from "../../gateway/api-keys.ts";
import type { Call, Handler, Target } from "../../service.ts";
import { readBody } from "../support/body.ts";
import { findIdentity, homeOnly, identityTarget } from "./common.ts";

const body = z.object({ key: z.string().min(1).max(16_384) });

/** docs.oracle.com "Managing User Credentials": "each user can have up to three API signing keys". */
const MAX_KEYS = 3;

const userTarget = (call: Call): Target =>
  identityTarget(findIdentity(call, "user", call.params["userId"]), "target.user");

const keysOf = (call: Call) =>
  call.cloud.store.list("apikey").filter((key) => key.model["userId"] === call.params["userId"]);

/** An API key has no OCID. */
const shown = ({ id: _, ...model }: ApiKeyModel): Omit<ApiKeyModel, "id"> => model;

/** Handlers for API keys. */
export const apiKeys: Readonly<Record<string, Handler>> = {
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
        if (keys.some((k) => k.model["fingerprint"] === fingerprint)) {
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
        const key = keysOf(call).find((k) => k.model["fingerprint"] === fingerprint);
        if (!key) throw notFound();
        call.cloud.store.remove(key.id);
        return { status: 204 };
      },
    },
  }),
  ListApiKeys: {
    target: userTarget,
    run: (call) => ({ body: keysOf(call).map((key) => shown(key.model as ApiKeyModel)) }),
  },
};
