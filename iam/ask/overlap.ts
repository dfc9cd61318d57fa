/** Whether somebody may be in two dynamic groups at once. @module */
import { representatives } from "../compare/principals.ts";
import type { CompiledTenancy } from "../decide/compile.ts";

/** Finds pairs of dynamic groups that may have a member in common; each pair is looked at once. */
export class Overlaps {
  private readonly compiled: CompiledTenancy;
  private readonly known = new Map<string, boolean>();

  constructor(compiled: CompiledTenancy) {
    this.compiled = compiled;
  }

  /** True unless no instance and no resource can be in both. @param a, b OCIDs in lower case */
  between(a: string, b: string): boolean {
    const key = [a, b].sort().join();
    let overlap = this.known.get(key);
    if (overlap === undefined) {
      overlap = this.find(new Set([a, b]));
      this.known.set(key, overlap);
    }
    return overlap;
  }

  private find(pair: ReadonlySet<string>): boolean {
    const { compiled } = this;
    const isOne = ({ id }: { id: string }): boolean => pair.has(id.toLowerCase());
    const small: CompiledTenancy = {
      ...compiled,
      statements: [],
      groupsOf: new Map(),
      dynamicGroups: compiled.dynamicGroups.filter(isOne),
      tenancy: { ...compiled.tenancy, dynamicGroups: (compiled.tenancy.dynamicGroups ?? []).filter(isOne) },
    };
    let complete = true;
    const everybody = representatives([small, small], () => {
      complete = false;
    });
    return !complete || everybody.some(({ groups: [mine] }) => mine.size > 1);
  }
}
