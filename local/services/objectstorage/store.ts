/** Buckets in the store, with the digests and entity tags of what is in them. @module */
import { createHash, randomUUID } from "node:crypto";
import type { Resource } from "../../state/store.ts";

/** A bucket as it is in the store. */
export type Bucket = Resource<"bucket">;

/** Base64 MD5, as Object Storage's headers have it. */
export const md5Of = (content: Buffer): string => createHash("md5").update(content).digest("base64");

/** A new entity tag. */
export const newEtag = (): string => randomUUID();

/** SHA-256 of a pre-authenticated request's token. */
export const digestOf = (token: string): string => createHash("sha256").update(token).digest("hex");
