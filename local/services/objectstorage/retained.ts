/** The check that no retention rule keeps an object. @module */

import { ServiceError } from "../../errors.ts";
import type { StoredObject } from "../../state/bucket-content.ts";
import type { Clock } from "../../state/clock.ts";
import type { Bucket } from "./store.ts";

const UNIT_MS = { DAYS: 86_400_000, YEARS: 365 * 86_400_000 };

/**
 * Throws 403 while a rule keeps an object as it is. Text unverified.
 * @param object the object that is to be overwritten or deleted
 */
export const requireUnretained = (clock: Clock, bucket: Bucket, object: StoredObject | undefined): void => {
  if (!object) return;
  for (const { displayName, duration } of bucket.hidden.rules.values()) {
    const until = duration
      ? Date.parse(object.timeModified) + duration.timeAmount * UNIT_MS[duration.timeUnit]
      : Number.POSITIVE_INFINITY;
    if (until > clock.now())
      throw new ServiceError(
        403,
        "RetentionRuleViolation",
        `The object '${object.name}' is kept by the retention rule '${displayName}' of its bucket`,
      );
  }
};
