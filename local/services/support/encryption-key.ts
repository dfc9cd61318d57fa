/** Vault keys that services encrypt with. @module */
import { invalidParameter, type ServiceError } from "../../errors.ts";
import type { Call, Target } from "../../service.ts";
import { find, targetOf } from "./resources.ts";

/** A service that encrypts with a key of the caller's choice. */
export interface Encrypting {
  /** As statements name it: `blockstorage`, `objectstorage-us-ashburn-1`. */
  service: string;
  /** The response to a caller who may not delegate the key to it, and where it may not use the key itself. */
  refusal?: ServiceError;
}

/**
 * The key of a request as target, twice: the caller delegates its use (`use key-delegate`), the service uses it (`use
 * keys`). "Keys associated with volumes, buckets, … will not work unless you authorize Block Volume, Object Storage, …
 * to use keys on your behalf. Additionally, you must also authorize users to delegate key usage to these services in the
 * first place" (docs.oracle.com, "Assigning Master Encryption Keys"). Which permissions of `use keys` a service needs is
 * unverified.
 * @throws 404 for a key that is not there; 400 for one that is not symmetric (terraform-provider-oci#1381; its text is
 * unverified)
 */
export const keyTargets = (
  call: Call,
  kmsKeyId: string | undefined,
  { service, refusal }: Encrypting,
): Target[] => {
  if (!kmsKeyId) return [];
  const key = find(call, "key", kmsKeyId);
  if (key.model.keyShape.algorithm !== "AES") throw invalidParameter(`kmsKeyId: ${key.id} is not an AES key`);
  const refused = refusal && { refusal };
  return [
    { ...targetOf(call, key, { permissions: ["KEY_ASSOCIATE"] }), ...refused },
    {
      ...targetOf(call, key, { permissions: ["KEY_ENCRYPT", "KEY_DECRYPT"] }),
      actingService: service,
      ...refused,
    },
  ];
};
