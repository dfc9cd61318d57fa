/** A request that two servers might read in two ways: what was decided might not be what is done. @module */

/** Refuses a request that proxy and service might read differently (request smuggling, parameter pollution). */
export class AmbiguousRequest extends Error {
  override name = "AmbiguousRequest";
  readonly part: "target" | "body";

  constructor(part: "target" | "body", message: string) {
    super(message);
    this.part = part;
  }
}
