/** Access gained or lost, in words for people. @module */
import type { Difference } from "../../iam/index.ts";

/** Access that was gained or lost, for people. */
export interface AccessEntry {
  who: string;
  what: string;
  where: string;
  condition?: string;
  /** An operation that shows it, and with which values. */
  example: string;
  witness: Difference["witness"];
}
