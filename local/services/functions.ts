/** Functions, and their invocation at hosts of their own. No function runs: an invocation answers with its body. @module */
import type { FunctionsInvokeClient, FunctionsManagementClient, models } from "oci-functions";
import { z } from "zod";
import { notFound } from "../errors.ts";
import type { Handlers } from "../sdk.ts";
import type { Call, Service } from "../service.ts";
import { details, displayName, readBody, tagMembers } from "./support/body.ts";
import {
  compartmentTarget,
  find,
  findUsable,
  type Owned,
  requireState,
  responseOf,
  starting,
  targetOf,
} from "./support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "./support/tags.ts";

const createApplication = details<models.CreateApplicationDetails>()({
  ...tagMembers,
  displayName,
  compartmentId: z.string(),
  subnetIds: z.array(z.string()).min(1),
});
const createFunction = details<models.CreateFunctionDetails>()({
  ...tagMembers,
  displayName,
  applicationId: z.string(),
  image: z.string().optional(),
  memoryInMBs: z.number().int().min(1),
  timeoutInSeconds: z.number().int().min(1).optional(),
});

const NO_BYTES = Buffer.alloc(0);

type OfFunction = Call<"functionId">;

const one = (call: OfFunction): Owned<"fnfunc"> => find(call, "fnfunc", call.params["functionId"]);
const target = (call: OfFunction) => targetOf(call, one(call));

/** The application of a function that is to be made. */
const applicationOf = (call: Call): Owned<"fnapp"> =>
  findUsable(call, "fnapp", readBody(call, createFunction).applicationId);

/** Host of a function's invocations (form: `invokeEndpoint` in OCI's documentation of Functions). */
const invokeEndpoint = ({ cloud, region }: Call, id: string): string =>
  `https://${id.slice(-11)}.${region.id}.functions.oci.${cloud.realm.domain}`;

const management = {
  CreateApplication: {
    target: (call) => compartmentTarget(call, readBody(call, createApplication).compartmentId),
    run: (call) => {
      const { cloud, region } = call;
      const body = readBody(call, createApplication);
      checkDefinedTags(cloud, body.definedTags);
      const id = cloud.store.newId("fnapp", region);
      const now = cloud.clock.iso();
      const made = cloud.store.add({
        id,
        type: "fnapp",
        region,
        model: {
          id,
          ...body,
          ...tagMembersOf(body),
          lifecycleState: "ACTIVE",
          timeCreated: now,
          timeUpdated: now,
        },
      });
      return responseOf(made);
    },
  },
  CreateFunction: {
    target: (call) => targetOf(call, applicationOf(call)),
    run: (call) => {
      const { cloud, region } = call;
      const body = readBody(call, createFunction);
      checkDefinedTags(cloud, body.definedTags);
      const id = cloud.store.newId("fnfunc", region);
      const now = cloud.clock.iso();
      const made = cloud.store.add({
        id,
        type: "fnfunc",
        region,
        model: {
          id,
          timeoutInSeconds: 30,
          ...body,
          ...tagMembersOf(body),
          compartmentId: applicationOf(call).model.compartmentId,
          invokeEndpoint: invokeEndpoint(call, id),
          lifecycleState: "CREATING",
          timeCreated: now,
          timeUpdated: now,
        },
        ...starting(cloud, "ACTIVE"),
      });
      return responseOf(made);
    },
  },
  GetFunction: { target, run: (call) => responseOf(one(call)) },
} satisfies Handlers<FunctionsManagementClient>;

const invocation = {
  InvokeFunction: {
    target: (call) => {
      if (invokeEndpoint(call, one(call).id) !== `https://${call.host}`) throw notFound();
      return target(call);
    },
    run: (call) => {
      requireState(one(call), "ACTIVE");
      // Status of a detached invocation and of a dry run: unverified.
      if (call.headers["fn-invoke-type"] === "detached") return { status: 202, body: NO_BYTES };
      return { body: call.headers["is-dry-run"] === "true" ? NO_BYTES : call.body };
    },
  },
} satisfies Handlers<FunctionsInvokeClient>;

/** The handlers of functions. */
export const functions: Service = { name: "functions", handlers: { ...management, ...invocation } };
