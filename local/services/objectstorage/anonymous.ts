/** Requests that need no signature: pre-authenticated requests and public buckets. @module */
import { findOperation } from "../../../oci/operations/index.ts";
import { ServiceError } from "../../errors.ts";
import type { AnonymousCall, Reply } from "../../service.ts";
import type { StoredObject, StoredPar } from "../../state/bucket-content.ts";
import { headObject, serveObject, storeUpload } from "./content.ts";
import { listObjects } from "./list-objects.ts";
import { checkObjectName, objectIn } from "./objects.ts";
import { type Bucket, digestOf } from "./store.ts";
import { bucketNamed, targetOfBucket, targetOfObject } from "./targets.ts";

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

const split = (target: string): { path: string; query: URLSearchParams } => {
  const [path = "", query = ""] = target.split(/\?(.*)/s);
  return { path, query: new URLSearchParams(query) };
};

const findPar = (call: AnonymousCall, bucket: Bucket, token: string): StoredPar => {
  const digest = digestOf(token);
  const par = [...bucket.hidden.pars.values()].find((p) => p.tokenDigest === digest);
  if (!par || Date.parse(par.summary.timeExpires) <= call.cloud.clock.now()) throw noSuchPar();
  return par;
};

const READS: Readonly<Record<string, string>> = { GET: "GetObject", HEAD: "HeadObject" };

/**
 * Throws 404 unless the maker of the request may still do what it is used for (docs: "If the creator of a
 * pre-authenticated request … loses the required permissions … the request will no longer work").
 */
const requireMaker = (
  call: AnonymousCall,
  par: StoredPar,
  operation: string,
  bucket: Bucket,
  object?: string,
): void => {
  const found = findOperation(`objectstorage.${operation}`)!;
  const exists = object !== undefined && bucket.hidden.objects.has(object);
  try {
    call.authorise(
      par.createdBy,
      found,
      object === undefined
        ? targetOfBucket(call, bucket)
        : targetOfObject(call, bucket, object, exists ? { when: ["exists"] } : {}),
    );
  } catch (error) {
    throw error instanceof ServiceError ? noSuchPar() : error;
  }
};

const readObject = (call: AnonymousCall, object: StoredObject): Reply =>
  call.method === "HEAD"
    ? headObject(object, call.headers, call.cloud.settings)
    : serveObject(object, call.headers, call.cloud.settings);

const servePar = (call: AnonymousCall, path: string, query: URLSearchParams): Reply | Promise<Reply> => {
  const [, token = "", namespace = "", bucketName = "", rest = ""] = URL_FORM.exec(path) ?? [];
  const { cloud, method } = call;
  const bucket =
    namespace === cloud.tenancy.namespace ? bucketNamed(cloud, call.region, decoded(bucketName)) : undefined;
  if (!bucket) throw noSuchPar();
  const par = findPar(call, bucket, token);
  const { accessType, objectName, bucketListingAction } = par.summary;
  const name = decoded(rest);
  const reads = Object.hasOwn(READS, method) ? READS[method] : undefined;
  if (!reads && method !== "PUT") throw noSuchPar();
  if (!accessType.includes(reads ? "Read" : "Write")) throw noSuchPar();
  const any = accessType.startsWith("Any");
  const prefix = any ? (objectName ?? "") : "";
  if (name === "") {
    if (method !== "GET" || bucketListingAction !== "ListObjects") throw noSuchPar();
    if (!(query.get("prefix") ?? "").startsWith(prefix)) query.set("prefix", prefix);
    requireMaker(call, par, "ListObjects", bucket);
    return { body: listObjects(call.cloud.settings, bucket, query) };
  }
  if (any ? !name.startsWith(prefix) : name !== objectName) throw noSuchPar();
  requireMaker(call, par, reads ?? "PutObject", bucket, name);
  if (reads) return readObject(call, objectIn(bucket, name));
  return storeUpload(cloud, bucket, checkObjectName(name), call);
};

/** Objects of a bucket that everybody may read. */
const servePublic = (call: AnonymousCall, path: string, query: URLSearchParams): Reply | undefined => {
  const [, namespace = "", bucketName = "", rest] = PUBLIC_FORM.exec(path) ?? [];
  if (namespace !== call.cloud.tenancy.namespace || !Object.hasOwn(READS, call.method)) return undefined;
  const bucket = bucketNamed(call.cloud, call.region, decoded(bucketName));
  const access = bucket?.model.publicAccessType;
  if (!bucket || (access !== "ObjectRead" && access !== "ObjectReadWithoutList")) return undefined;
  if (rest !== undefined) return readObject(call, objectIn(bucket, decoded(rest)));
  return access === "ObjectRead" ? { body: listObjects(call.cloud.settings, bucket, query) } : undefined;
};

/** Serves a request without a signature, when it is one that needs none. */
export const anonymous = (call: AnonymousCall): Reply | Promise<Reply> | undefined => {
  const { path, query } = split(call.target);
  return URL_FORM.test(path) ? servePar(call, path, query) : servePublic(call, path, query);
};
