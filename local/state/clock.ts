/** The time of a local OCI. @module */

/** A clock that tests can move. */
export class Clock {
  /** Ms added to the machine's clock. */
  offsetMs = 0;
  now(): number {
    return Date.now() + this.offsetMs;
  }
  /** RFC 3339 with milliseconds, as OCI writes times. */
  iso(ms = this.now()): string {
    return new Date(ms).toISOString();
  }
}
