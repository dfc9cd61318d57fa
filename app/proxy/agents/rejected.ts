/** What a translation could not carry, counted by reason: nothing is left out in silence. @module */

const MAX_REASONS = 5;
const MAX_EXAMPLE = 100;

/** Counts what is not carried. */
export class Rejected {
  readonly #reasons = new Map<string, { count: number; example: string }>();
  count = 0;

  /** @param reason one of a few texts @param example the name of the first that it was so with */
  add(reason: string, example: string, count = 1): void {
    this.count += count;
    const known = this.#reasons.get(reason);
    if (known) known.count += count;
    else this.#reasons.set(reason, { count, example: example.slice(0, MAX_EXAMPLE) });
  }

  /** A sentence for the agent's own log; empty where nothing was rejected. */
  text(): string {
    const all = [...this.#reasons];
    const said = all
      .slice(0, MAX_REASONS)
      .map(([reason, { count, example }]) => `${count} (${JSON.stringify(example)}): ${reason}`);
    return (
      said.join("; ") + (all.length > MAX_REASONS ? `; and ${all.length - MAX_REASONS} other reasons` : "")
    );
  }
}
