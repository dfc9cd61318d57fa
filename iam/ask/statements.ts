/** Statements of an answer. @module */
import type { CompiledStatement } from "../decide/compile.ts";
import type { StatementRef } from "../decide/types.ts";

/** The places of statements, in order. */
export const inOrder = (statements: Iterable<CompiledStatement>): StatementRef[] =>
  [...statements].map((s) => s.ref).sort((a, b) => a.policy - b.policy || a.statement - b.statement);
