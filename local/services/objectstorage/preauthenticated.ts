/** Pre-authenticated requests: bearer URLs, shown once. @module */
import { randomBytes } from "node:crypto";
import type { models, ObjectStorageClient } from "oci-objectstorage";
import { z } from "zod";
import { invalidParameter, missingParameter, notFound } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { StoredPar } from "../../state/bucket-content.ts";
import { details, readBody } from "../support/body.ts";
import { digestOf } from "./store.ts";
import { type BucketCall, bucketOf, bucketTarget } from "./targets.ts";

const ACCESS_TYPES = [
  "ObjectRead",
  "ObjectWrite",
  "ObjectReadWrite",
  "AnyObjectWrite",
  "AnyObjectRead",
  "AnyObjectReadWrite",
] as const;

const create = details<models.CreatePreauthenticatedRequestDetails>()({
  name: z.string().min(1).max(255),
  accessType: z.enum(ACCESS_TYPES),
  objectName: z.string().optional(),
  bucketListingAction: z.enum(["Deny", "ListObjects"]).optional(),
  timeExpires: z.iso.datetime({ offset: true }),
});

const one = (call: BucketCall<"parId">): StoredPar => {
  const par = bucketOf(call).hidden.pars.get(call.params["parId"] ?? "");
  if (!par) throw notFound();
  return par;
};

/** `/o/dir/app%20v1.tgz`: slashes stay, the rest is escaped. */
const escaped = (name: string): string => name.split("/").map(encodeURIComponent).join("/");

/** The handlers of pre-authenticated requests. */
export const preauthenticatedRequests = {
  CreatePreauthenticatedRequest: {
    target: (call) => bucketTarget(call),
    run: (call) => {
      const { cloud } = call;
      const body = readBody(call, create);
      const bucket = bucketOf(call);
      const any = body.accessType.startsWith("Any");
      if (!any && !body.objectName) throw missingParameter("objectName");
      if (Date.parse(body.timeExpires) <= cloud.clock.now())
        throw invalidParameter(`timeExpires: ${body.timeExpires} is in the past`);
      if (body.bucketListingAction === "ListObjects" && !body.accessType.startsWith("AnyObjectRead"))
        throw invalidParameter(`bucketListingAction: ListObjects does not go with ${body.accessType}`);
      const token = randomBytes(48).toString("base64url");
      const objectPart = body.objectName ? `:${body.objectName}` : "";
      const summary: StoredPar["summary"] = {
        id: `${randomBytes(33).toString("base64")}${objectPart}`,
        name: body.name,
        accessType: body.accessType,
        ...(body.objectName !== undefined && { objectName: body.objectName }),
        bucketListingAction: body.bucketListingAction ?? "Deny",
        timeExpires: new Date(body.timeExpires).toISOString(),
        timeCreated: cloud.clock.iso(),
      };
      bucket.hidden.pars.set(summary.id, {
        summary,
        tokenDigest: digestOf(token),
        createdBy: call.caller,
      });
      const where = `/n/${cloud.tenancy.namespace}/b/${encodeURIComponent(bucket.model.name)}/o/`;
      const accessUri = `/p/${token}${where}${any ? "" : escaped(body.objectName ?? "")}`;
      const host = `https://objectstorage.${call.region.id}.${cloud.realm.domain}`;
      return { body: { ...summary, accessUri, fullPath: `${host}${accessUri}` } };
    },
  },
  GetPreauthenticatedRequest: {
    target: (call) => bucketTarget(call),
    run: (call) => ({ body: one(call).summary }),
  },
  ListPreauthenticatedRequests: {
    target: (call) => bucketTarget(call),
    run: (call) => {
      const prefix = call.query.get("objectNamePrefix");
      const pars = [...bucketOf(call).hidden.pars.values()].filter(
        ({ summary }) => !prefix || summary.objectName?.startsWith(prefix),
      );
      const { items, nextPage } = paginate(call, pars, (p) => p.summary.id);
      return {
        body: items.map((p) => p.summary),
        ...(nextPage && { headers: { "opc-next-page": nextPage } }),
      };
    },
  },
  DeletePreauthenticatedRequest: {
    target: (call) => bucketTarget(call),
    run: (call) => {
      bucketOf(call).hidden.pars.delete(one(call).summary.id);
      return { status: 204 };
    },
  },
} satisfies Handlers<ObjectStorageClient>;
