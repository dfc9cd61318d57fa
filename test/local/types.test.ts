/** A misspelt member of the local OCI does not compile: one proof for each of the ways in which the types see it. */
import type { IdentityClient, models } from "oci-identity";
import { expect, it } from "vitest";
import { z } from "zod";
import type { Handlers } from "../../local/sdk.ts";
import type { Call } from "../../local/service.ts";
import { details, setMembers } from "../../local/services/support/body.ts";
import { find, moveTo } from "../../local/services/support/resources.ts";
import type { ModelOf } from "../../local/state/models.ts";
import type { Resource } from "../../local/state/store.ts";
import type { Wire } from "../../local/state/wire.ts";

const target = () => ({ compartment: "" });
const user = {} as ModelOf<"user">;

/** Never run: what stands below a comment would be an error without it. */
const proofs = [
  // An operation that the client does not have.
  // @ts-expect-error
  { GetUsr: { target, run: () => ({}) } } satisfies Handlers<IdentityClient>,
  // Another body than the SDK's response has.
  // @ts-expect-error
  { GetUser: { target, run: () => ({ body: { ...user, name: 1 } }) } } satisfies Handlers<IdentityClient>,
  // A parameter that the request does not have, in the path or the query.
  // @ts-expect-error
  (call: Call<"userId">) => call.params["userID"],
  {
    // @ts-expect-error
    ListUsers: { target, run: (call) => ({ body: [], x: call.query.get("nam") }) },
  } satisfies Handlers<IdentityClient>,
  // A function that needs a parameter, called by an operation that has none of the name.
  {
    GetGroup: {
      // @ts-expect-error
      target: (call) => ofUser(call),
      run: () => ({ body: {} as ModelOf<"group"> }),
    },
  } satisfies Handlers<IdentityClient>,
  // A member of a request's body, and its type.
  // @ts-expect-error
  () => details<models.CreateUserDetails>()({ descripton: z.string() }),
  // @ts-expect-error
  () => details<models.CreateUserDetails>()({ description: z.number() }),
  // A member of a resource, one that is missing, and a lifecycle state.
  // @ts-expect-error
  (call: Call) => find(call, "user", "").model.emailVerifed,
  // @ts-expect-error
  (call: Call) => call.cloud.store.add({ id: "", type: "group", model: { id: "", name: "" } }),
  // @ts-expect-error
  (call: Call, domain: Resource<"domain">) => moveTo(call.cloud, domain, "ACTIVE", "INACTVE"),
  // A header that the SDK's response does not have.
  {
    // @ts-expect-error
    GetUser: { target, run: () => ({ body: user, headers: { etga: "" } }) },
  } satisfies Handlers<IdentityClient>,
  // A member of a bucket, a key and a vault, and an option that is none.
  // @ts-expect-error
  (call: Call) => find(call, "bucket", "").model.compartementId,
  // @ts-expect-error
  (call: Call) => find(call, "key", "").model.keyShape.algoritm,
  // @ts-expect-error
  (call: Call) => find(call, "vault", "").model["cryptoEndpont"],
  // @ts-expect-error
  (bucket: Resource<"bucket">) => setMembers(bucket.model, { storageTyer: "Archive" }),
  // A resource of a type that is not registered.
  // @ts-expect-error
  (call: Call) => find(call, "buckett", "").model.namespace,
  // What is hidden.
  // @ts-expect-error
  (call: Call) => find(call, "policy", "").hidden.resolve,
];

const ofUser = (call: Call<"userId">) => ({ compartment: call.params["userId"] ?? "" });

/** Times and enums are text, what the SDK adds for itself is not there. */
const wire = [
  "2026-01-31T12:00:00Z" satisfies Wire<Date>,
  "ACTIVE" satisfies Wire<models.User.LifecycleState>,
  // @ts-expect-error
  "UNKNOWN_VALUE" satisfies Wire<models.User.LifecycleState>,
  { a: { b: "c" } } satisfies Wire<models.User>["definedTags"],
];

it("compiles, so that every error above is one", () =>
  expect(proofs.length + wire.length).toBeGreaterThan(0));
