/** Pre-authenticated requests: bearer URLs, shown once. @module */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { invalidParameter, missingParameter, notFound } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Call, Handler } from "../../service.ts";
import { readBody } from "../support/body.ts";
import { digestOf, type PreauthenticatedRequest } from "./store.ts";
import { bucketOf, bucketTarget } from "./targets.ts";

const ACCESS_TYPES = [
  "ObjectRead",
  "ObjectWrite",
  "ObjectReadWrite",
  "AnyObjectWrite",
  "AnyObjectRead",
  "AnyObjectReadWrite",
] as const;

const create = z.object({
  name: z.string().min(1).max(255),
  accessType: z.enum(ACCESS_TYPES),
  objectName: z.string().optional(),
  bucketListingAction: z.enum(["Deny", "ListObjects"]).optional(),
  timeExpires: z.iso.datetime({ offset: true }),
});

const summaryOf = ({ tokenDigest: _digest, createdBy: _maker, ...par }: PreauthenticatedRequest) => par;

const one = (call: Call): PreauthenticatedRequest => {
  const par = bucketOf(call).hidden.pars.get(call.params["parId"] ?? "");
  if (!par) throw notFound();
  return par;
};

/** `/o/dir/app%20v1.tgz`: slashes stay, the rest is escaped. */
const escaped = (name: string): string => name.split("/").map(encodeURIComponent).join("/");

/** The handlers of pre-authenticated requests. */
export const preauthenticatedRequests: Record<string, Handler> = {
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
      const par: PreauthenticatedRequest = {
        id: `${randomBytes(33).toString("base64")}${objectPart}`,
        tokenDigest: digestOf(token),
        createdBy: call.caller,
        name: body.name,
        accessType: body.accessType,
        ...(body.objectName !== undefined && { objectName: body.objectName }),
        bucketListingAction: body.bucketListingAction ?? "Deny",
        timeExpires: new Date(body.timeExpires).toISOString(),
        timeCreated: cloud.clock.iso(),
      };
      bucket.hidden.pars.set(par.id, par);
      const where = `/n/${cloud.tenancy.namespace}/b/${encodeURIComponent(String(bucket.model.name))}/o/`;
      const accessUri = `/p/${token}${where}${any ? "" : escaped(body.objectName ?? "")}`;
      const host = `https://objectstorage.${call.region.id}.${cloud.realm.domain}`;
      return { body: { ...summaryOf(par), accessUri, fullPath: `${host}${accessUri}` } };
    },
  },
  GetPreauthenticatedRequest: {
    target: (call) => bucketTarget(call),
    run: (call) => ({ body: summaryOf(one(call)) }),
  },
  ListPreauthenticatedRequests: {
    target: (call) => bucketTarget(call),
    run: (call) => {
      const prefix = call.query.get("objectNamePrefix");
      const pars = [...bucketOf(call).hidden.pars.values()].filter(
        (p) => !prefix || p.objectName?.startsWith(prefix),
      );
      const { items, nextPage } = paginate(call, pars, (p) => p.id);
      return { body: items.map(summaryOf), ...(nextPage && { headers: { "opc-next-page": nextPage } }) };
    },
  },
  DeletePreauthenticatedRequest: {
    target: (call) => bucketTarget(call),
    run: (call) => {
      bucketOf(call).hidden.pars.delete(one(call).id);
      return { status: 204 };
    },
  },
};
