/** Pre-authenticated requests: bearer URLs, shown once. @module */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { invalidParameter, missingParameter, notFound, ServiceError } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { AnonymousCall, Call, Handler, Reply } from "../../service.ts";
import { readBody } from "../support/body.ts";
import { bucketNamed, bucketOf, bucketTarget } from "./buckets.ts";
import {
  checkWrite,
  keptHeaders,
  makeObject,
  readContent,
  serveObject,
  tierOf,
  uploaded,
} from "./content.ts";
import { checkObjectName, listObjects, objectIn } from "./objects.ts";
import { type Bucket, digestOf, type PreauthenticatedRequest } from "./store.ts";

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

const summaryOf = ({ tokenDigest: _digest, ...par }: PreauthenticatedRequest) => par;

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

/** 404 for a URL that is not, or no longer, one of ours. Text unverified. */
const noSuchPar = (): ServiceError => new ServiceError(404, "NotAuthenticated", "PAR does not exist");

const URL_FORM = /^\/p\/([^/]+)\/n\/([^/]+)\/b\/([^/]+)\/o(?:\/(.*))?$/s;
const PUBLIC_FORM = /^\/n\/([^/]+)\/b\/([^/]+)\/o(?:\/(.+))?$/s;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw noSuchPar();
  }
};

const findPar = (call: AnonymousCall, bucket: Bucket | undefined, token: string): PreauthenticatedRequest => {
  const digest = digestOf(token);
  const par = [...(bucket?.hidden.pars.values() ?? [])].find((p) => p.tokenDigest === digest);
  if (!par || Date.parse(par.timeExpires) <= call.cloud.clock.now()) throw noSuchPar();
  return par;
};

const serve = async (call: AnonymousCall): Promise<Reply> => {
  const [path = "", query = ""] = call.target.split(/\?(.*)/s);
  const [, token = "", namespace = "", bucketName = "", rest = ""] = URL_FORM.exec(path) ?? [];
  const bucket =
    namespace === call.cloud.tenancy.namespace
      ? bucketNamed(call.cloud, call.region, decoded(bucketName))
      : undefined;
  const par = findPar(call, bucket, token);
  const name = decoded(rest);
  const reads = call.method === "GET" || call.method === "HEAD";
  const allowed = reads
    ? par.accessType.includes("Read")
    : call.method === "PUT" && par.accessType.includes("Write");
  if (
    !bucket ||
    !allowed ||
    (par.objectName !== undefined && !par.accessType.startsWith("Any") && name !== par.objectName)
  )
    throw noSuchPar();
  if (name === "") {
    if (call.method !== "GET" || par.bucketListingAction !== "ListObjects") throw noSuchPar();
    return { body: listObjects(bucket, new URLSearchParams(query)) };
  }
  // A request for any object may be narrowed to names with a prefix.
  if (par.accessType.startsWith("Any") && par.objectName && !name.startsWith(par.objectName))
    throw noSuchPar();
  if (reads) return serveObject(objectIn(bucket, name), call.headers, call.method === "HEAD");
  checkObjectName(name);
  checkWrite(call.headers, bucket.hidden.objects.get(name));
  const storageTier = tierOf(call.headers, bucket.model["storageTier"]);
  const content = await readContent(call.stream, call.headers);
  const existing = bucket.hidden.objects.get(name);
  const object = makeObject(
    call.cloud.clock,
    name,
    content,
    { headers: keptHeaders(call.headers), storageTier },
    existing,
  );
  bucket.hidden.objects.set(name, object);
  return uploaded(object);
};

/** Objects of a bucket that everybody may read. */
const servePublic = (call: AnonymousCall): Reply | undefined => {
  const [path = "", query = ""] = call.target.split(/\?(.*)/s);
  const [, namespace = "", bucketName = "", rest] = PUBLIC_FORM.exec(path) ?? [];
  if (namespace !== call.cloud.tenancy.namespace || (call.method !== "GET" && call.method !== "HEAD"))
    return undefined;
  const bucket = bucketNamed(call.cloud, call.region, decoded(bucketName));
  const access = bucket?.model["publicAccessType"];
  if (!bucket || (access !== "ObjectRead" && access !== "ObjectReadWithoutList")) return undefined;
  if (rest !== undefined)
    return serveObject(objectIn(bucket, decoded(rest)), call.headers, call.method === "HEAD");
  return access === "ObjectRead" ? { body: listObjects(bucket, new URLSearchParams(query)) } : undefined;
};

/** Serves what needs no signature: pre-authenticated requests and public buckets. */
export const anonymous = (call: AnonymousCall): Reply | Promise<Reply> | undefined =>
  URL_FORM.test(call.target.split("?", 1)[0]!) ? serve(call) : servePublic(call);
