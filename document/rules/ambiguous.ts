/**
 * The error for a request that two servers might read in two ways: the call that was authorised might not be
 * the one that is carried out (request smuggling).
 * @module
 */

/** Refuses a request that proxy and service might read differently (request smuggling, parameter pollution). */
export class AmbiguousRequest extends Error {
  override name = "AmbiguousRequest";
  readonly part: "target" | "body";

  constructor(part: "target" | "body", message: string) {
    super(message);
    this.part = part;
  }
}

/** Makes the error for a path or query. */
export const ambiguousTarget = (message: string): AmbiguousRequest => new AmbiguousRequest("target", message);
