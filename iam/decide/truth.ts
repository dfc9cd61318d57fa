/**
 * Three-valued logic. Unknown is kept apart until the end, and never becomes allow.
 * @module
 */

/** No, yes, or not known before deployment. Numbers, because the evaluator does little else than combine them. */
export type Truth = 0 | 1 | 2;
export const NO = 0;
export const YES = 1;
export const UNKNOWN = 2;

/** Yes if any is; no only if all are. */
export const anyOf = (truths: Iterable<Truth>): Truth => {
  let result: Truth = NO;
  for (const truth of truths) {
    if (truth === YES) return YES;
    if (truth === UNKNOWN) result = UNKNOWN;
  }
  return result;
};

/** Yes, no or unknown turned round. */
export const opposite = (truth: Truth): Truth => (truth === UNKNOWN ? UNKNOWN : truth === YES ? NO : YES);
