/** Users' credentials beside API keys: auth tokens, customer secret keys, SMTP credentials. Each secret is shown once. @module */

import { createHash, randomBytes, randomInt } from "node:crypto";
import type { IdentityClient } from "oci-identity";
import { z } from "zod";
import { limitExceeded, notFound } from "../../errors.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Handler, Target } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import type { NewResource, Resource } from "../../state/store.ts";
import { readBody } from "../support/body.ts";
import { responseOf } from "../support/resources.ts";
import { findIdentity, homeOnly, identityTarget } from "./common.ts";

/**
 * Most auth tokens, secret keys and SMTP credentials of a user, each (docs.oracle.com "Managing User
 * Credentials").
 */
const MAX_OF_EACH = 2;

/** Resource types that go with their user. */
export const CREDENTIAL_TYPES = ["apikey", "authtoken", "customersecretkey", "smtpcredential"] as const;

const TOKEN_CHARACTERS =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&()*+-./:;<=>?@[]_{|}~";

/** A secret of 20 characters, as auth tokens and passwords of OCI are. */
export const randomSecret = (): string =>
  Array.from({ length: 20 }, () => TOKEN_CHARACTERS[randomInt(TOKEN_CHARACTERS.length)]).join("");

/** The description or display name of a credential may be empty (SDK documentation of the create operations). */
const label = z.string().max(400);

type CredentialType = Exclude<(typeof CREDENTIAL_TYPES)[number], "apikey">;

interface CredentialKind<K extends CredentialType, N extends string> {
  /** The noun in operation names: `AuthToken`. */
  noun: N;
  /** The path parameter that holds the credential's id. */
  param: `${Uncapitalize<N>}Id`;
  type: K;
  /** The member that people may change. */
  label: keyof ModelOf<K> & ("description" | "displayName");
  /** Values of a new credential: what is always shown, and what only its create shows. */
  make(
    call: Call,
    user: Resource<"user">,
    id: string,
  ): { id?: string; shown?: Partial<ModelOf<K>>; secret: Partial<ModelOf<K>> };
  /** Policy variables beside the user's. */
  variables?: Readonly<Record<string, string>>;
}

type CredentialOperation<N extends string> = `${"Create" | "Update" | "Delete"}${N}` | `List${N}s`;

type CredentialHandlers<N extends string> = Required<
  Pick<Handlers<IdentityClient>, CredentialOperation<N> & keyof Handlers<IdentityClient>>
>;

const handlersOf = <K extends CredentialType, N extends string>(
  kind: CredentialKind<K, N>,
): CredentialHandlers<N> => {
  const userOf = (call: Call) => findIdentity(call, "user", call.params["userId"]);
  const target = (call: Call): Target => {
    const own = identityTarget(userOf(call), "target.user");
    return kind.variables ? { ...own, variables: { ...own.variables, ...kind.variables } } : own;
  };
  const all = (call: Call): Resource<CredentialType>[] =>
    call.cloud.store
      .list<CredentialType>(kind.type)
      .filter(({ model }) => model.userId === call.params["userId"]);
  const one = (call: Call): Resource<CredentialType> => {
    const found = all(call).find((c) => c.id === call.params[kind.param]);
    if (!found) throw notFound();
    return found;
  };
  const body = z.object({ [kind.label]: label });
  const change = z.object({ [kind.label]: label.optional() });
  const handlers: Record<string, Handler> = {
    ...homeOnly<Record<string, Handler>>({
      [`Create${kind.noun}`]: {
        target,
        run: (call) => {
          const { cloud } = call;
          const named = readBody(call, body);
          const user = userOf(call);
          // Text unverified.
          if (all(call).length >= MAX_OF_EACH)
            throw limitExceeded(`A user can have at most ${MAX_OF_EACH} of this kind of credential.`);
          const ocid = cloud.store.newId("credential");
          const { id = ocid, shown, secret } = kind.make(call, user, ocid);
          // The members of a credential are those of its kind: `label` and `make` see to that.
          const credential = cloud.store.add({
            id,
            type: kind.type,
            model: {
              id,
              userId: user.id,
              ...named,
              ...shown,
              lifecycleState: "ACTIVE",
              timeCreated: cloud.clock.iso(),
            } as unknown as ModelOf<K>,
          } as NewResource<K>);
          const reply = responseOf(credential);
          return { ...reply, body: { ...credential.model, ...secret } };
        },
      },
      [`Update${kind.noun}`]: {
        target,
        run: (call) => {
          const credential = one(call);
          Object.assign(credential.model, readBody(call, change));
          call.cloud.store.touch(credential);
          return responseOf(credential);
        },
      },
      [`Delete${kind.noun}`]: {
        target,
        run: (call) => {
          call.cloud.store.remove(one(call).id);
          return { status: 204 };
        },
      },
    }),
    [`List${kind.noun}s`]: { target, run: (call) => ({ body: all(call).map((c) => c.model) }) },
  };
  // Named by the kind's noun: `CredentialHandlers` sees to it that the client has such operations.
  return handlers as unknown as CredentialHandlers<N>;
};

/** Handlers for auth tokens, customer secret keys and SMTP credentials. */
export const credentials = {
  ...handlersOf({
    noun: "AuthToken",
    param: "authTokenId",
    type: "authtoken",
    label: "description",
    make: () => ({ secret: { token: randomSecret() } }),
  }),
  ...handlersOf({
    noun: "CustomerSecretKey",
    param: "customerSecretKeyId",
    type: "customersecretkey",
    label: "displayName",
    // The id is the access key, 40 hexadecimal digits; the secret key is 32 bytes in base64.
    make: (_call, _user, id) => ({
      id: createHash("sha1").update(id).digest("hex"),
      secret: { key: randomBytes(32).toString("base64") },
    }),
  }),
  ...handlersOf({
    noun: "SmtpCredential",
    param: "smtpCredentialId",
    type: "smtpcredential",
    label: "description",
    make: ({ cloud }, user, id) => ({
      // docs.oracle.com "Generate SMTP Credentials for a User": user OCID, tenancy OCID, a suffix, `.com`.
      shown: { username: `${user.id}@${cloud.tenancy.id}.${id.slice(-2)}.com` },
      secret: { password: randomSecret() },
    }),
    variables: { "target.credential.type": "smtp" },
  }),
} satisfies Handlers<IdentityClient>;
