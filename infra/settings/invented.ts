/** The invented OCIDs of `Pulumi.dev.yaml`, which nobody has. @module */
import type { Problem } from "./error.ts";

/** The unique part of a real OCID is random: this beginning is the example's. */
const INVENTED = /ocid1\.[a-z0-9.-]*\.a{8}example[a-z0-9]*/;

/**
 * Problems of settings that still hold one: OCI's only response would be that it does not know the caller,
 * after minutes of retries.
 */
export const inventedIn = (config: Readonly<Record<string, string>>): Problem[] =>
  Object.entries(config).flatMap(([setting, text]) => {
    const found = INVENTED.exec(text)?.[0];
    return found
      ? [{ setting, message: `found the example's invented OCID ${found}; allowed: one of your tenancy` }]
      : [];
  });
