/**
 * Three-valued logic. Unknown is kept apart until the end, and never becomes allow.
 * @module
 */

/**
 * A truth value: no, yes, or not known before deployment. Numbers, because the evaluator does little else
 * than combine them.
 */
export type Truth = 0 | 1 | 2;
export const NO = 0;
export const YES = 1;
export const UNKNOWN = 2;

/** Combines truths: yes if any is; no only if all are. */
export const anyOf = (truths: Iterable<Truth>): Truth => {
  let result: Truth = NO;
  for (const truth of truths) {
    if (truth === YES) return YES;
    if (truth === UNKNOWN) result = UNKNOWN;
  }
  return result;
};

/** Combines truths: no if any is; yes only if all are. */
export const allOf = (truths: readonly Truth[]): Truth => {
  if (truths.includes(NO)) return NO;
  return truths.includes(UNKNOWN) ? UNKNOWN : YES;
};

/** Negates a truth; unknown stays unknown. */
export const opposite = (truth: Truth): Truth => (truth === UNKNOWN ? UNKNOWN : truth === YES ? NO : YES);
