/**
 * Short names for what statements mean for those they speak of, wherever they stand and however they are written.
 * @module
 */
import type { CompiledStatement } from "../decide/compile.ts";
import { printCondition, printStatement } from "../syntax/print.ts";

/** Names of one comparison, or of several that share their statements. */
export class Meanings {
  private readonly names = new Map<string, string>();
  private readonly known = new WeakMap<CompiledStatement, string>();
  private readonly apart: (statement: CompiledStatement) => string;

  /** @param apart a text for what keeps statements apart that mean the same; none by default */
  constructor(apart: (statement: CompiledStatement) => string = () => "") {
    this.apart = apart;
  }

  /** A short name: equal for equal meanings. */
  of(s: CompiledStatement): string {
    let meaning = this.known.get(s);
    if (meaning === undefined) {
      meaning = this.shortNameOf(`${this.apart(s)}|${textOf(s)}`);
      this.known.set(s, meaning);
    }
    return meaning;
  }

  /** Meanings may list thousands of permissions. */
  private shortNameOf(meaning: string): string {
    let name = this.names.get(meaning);
    if (name === undefined) {
      name = String(this.names.size);
      this.names.set(meaning, name);
    }
    return name;
  }
}

const textOf = (s: CompiledStatement): string => {
  const { names, maybe, everything, unlisted } = s.permissions;
  const unknown =
    unlisted.length > 0
      ? printStatement({ ...s.tree, subject: { kind: "any-user", start: 0, end: 0 } })
      : [...maybe].sort().join();
  const anyGroup = s.keys[0] === "any-group" ? "any-group" : "";
  const condition = s.tree.condition ? printCondition(s.tree.condition).toLowerCase() : "";
  const held = everything ? "everything" : [...names].sort().join();
  return [s.effect, held, unknown.toLowerCase(), anyGroup, condition].join("|");
};
