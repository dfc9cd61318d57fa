/** A bounded cache of a function's results. @module */

const MAX_ENTRIES = 1024;
const MAX_KEY_LENGTH = 512;

/** Results of a function of a text of a request's head; when there are too many, all are dropped. */
export class Memo<T> {
  readonly #make: (key: string) => T;
  #known = new Map<string, T>();

  /** @param make the function; what it throws is not kept */
  constructor(make: (key: string) => T) {
    this.#make = make;
  }

  get(key: string): T {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (key.length > MAX_KEY_LENGTH) return this.#make(key);
    // A part of a text holds on to the whole of it; a copy does not.
    const copy = Buffer.from(key, "latin1").toString("latin1");
    const made = this.#make(copy);
    if (this.#known.size >= MAX_ENTRIES) this.#known = new Map();
    this.#known.set(copy, made);
    return made;
  }
}
