/** Versions of keys, as they are kept: with what is never in a response. @module */
import type { KeyObject } from "node:crypto";

/** A version of a key. */
export interface KeyVersion {
  id: string;
  timeCreated: string;
  /** The key itself, of a symmetric key. */
  material: Buffer;
  /** The key pair of an RSA or ECDSA key; made when it is first needed, because a long RSA pair takes a second. */
  pair?: Promise<KeyObject>;
  /** Time of its deletion, in ms; absent unless that is scheduled. */
  deletedAt?: number;
}
