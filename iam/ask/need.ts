/**
 * The condition under which a principal may do what is asked: every permission that it needs, in every way to read
 * it.
 * @module
 */
import type { CompiledStatement } from "../decide/compile.ts";
import { holds, type Needs, needs } from "../decide/decide.ts";
import { NO } from "../decide/truth.ts";
import type { Request } from "../decide/types.ts";
import { ALWAYS, allOf, anyOf, type Formula, NEVER, unknownOn } from "./formula.ts";
import { type PerhapsDenied, type Situation, UNLISTED } from "./situation.ts";

/** What is asked for: each way to read what the operation needs. */
export interface Need {
  operation: string | undefined;
  readings: readonly Needs[];
}

/** Reads what a request needs. @param asked with the operation's service apart */
export const needOf = (asked: Request): Need => ({ operation: asked.operation, readings: needs(asked) });

/** Every permission that some reading asks for. */
export const permissionsOf = ({ readings }: Need): string[] => readings.flatMap((r) => r.permissions);

/** True where somebody may without any statement. */
export const isFree = ({ operation, readings }: Need): boolean =>
  operation !== undefined && readings.some((r) => r.unknown === undefined && r.permissions.length === 0);

/** True where nothing that is asked is in any table: nobody's access is known. */
export const isUnknown = ({ readings: [first, ...rest] }: Need): string | undefined =>
  rest.length === 0 ? first!.unknown : undefined;

/** True where statements of several subjects may be needed together. */
export const isJoint = (need: Need): boolean =>
  need.readings.length > 1 || need.readings.some((r) => r.mode === "all" && r.permissions.length > 1);

/** The statements that hold, or may hold, something of what is asked. */
export const relevant = (need: Need, statements: readonly CompiledStatement[]): CompiledStatement[] => {
  // Of what no table lists: whoever has some statement may have this.
  if (need.readings.length > 1 && need.readings.some((r) => r.unlisted)) return [...statements];
  const permissions = permissionsOf(need);
  return statements.filter((s) => permissions.some((p) => holds(s, p) !== NO));
};

/**
 * The condition under which the principal may.
 * @param statements those that speak of it, there
 * @param granting is given the statements that may grant something of it
 */
export const mayDo = (
  need: Need,
  situation: Situation,
  statements: readonly CompiledStatement[],
  granting?: (statement: CompiledStatement) => void,
  perhapsDenied: readonly PerhapsDenied[] = [],
): Formula => {
  const { operation, readings } = need;
  const ways = readings.map(({ permissions, mode, unknown, unlisted }): Formula => {
    if (unknown !== undefined) {
      if (!unlisted || readings.length === 1) return unknownOn(unknown);
      const whatever = situation.permission(UNLISTED, statements, granting, perhapsDenied);
      return statements.length === 0 ? NEVER : anyOf([whatever, unknownOn(unknown)]);
    }
    if (permissions.length === 0 && operation === undefined) return NEVER;
    const parts = permissions.map((p) => situation.permission(p, statements, granting, perhapsDenied));
    return mode === "all" ? allOf(parts) : anyOf(parts);
  });
  if (ways.length === 1) return ways[0] ?? ALWAYS;
  // Services that share the operation's name: what all of them say is known.
  return anyOf([allOf(ways), allOf([anyOf(ways), unknownOn(`which service's ${operation} is meant`)])]);
};
