/** Buckets in the store, with the entity tags and tokens of what is in them. @module */
import { createHash, randomUUID } from "node:crypto";
import type { Resource } from "../../state/store.ts";

/** A bucket as it is in the store. */
export type Bucket = Resource<"bucket">;

/** A new entity tag. */
export const newEtag = (): string => randomUUID();

/** SHA-256 of a pre-authenticated request's token. */
export const digestOf = (token: string): string => createHash("sha256").update(token).digest("hex");
