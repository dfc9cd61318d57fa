/**
 * Statements that say again what another says: `duplicate`, and `shadowed` by a wider one.
 * @module
 */
import { printCondition, printStatement } from "../syntax/print.ts";
import type { AccessStatement, Location, Statement } from "../syntax/tree.ts";
import { namedPermissions, permissionsFor } from "../tables/tables.ts";
import type { Finding } from "./types.ts";

const lower = (text: string): string => text.toLowerCase();

/** The keys of a subject, name by name. */
const subjectKeys = (s: AccessStatement): string[] => {
  const { subject } = s;
  switch (subject.kind) {
    case "group":
    case "dynamic-group":
      return subject.names.map((e) =>
        lower(
          e.by === "id" ? `${subject.kind} id ${e.id}` : `${subject.kind} ${e.domain ?? "Default"}/${e.name}`,
        ),
      );
    case "service":
      return subject.names.map((w) => lower(`service ${w.text}`));
    default:
      return [subject.kind];
  }
};

const coversSubject = (wide: string[], narrow: string[]): boolean =>
  wide.includes("any-user") || narrow.every((key) => wide.includes(key));

const pathOf = (l: Location): string | undefined => {
  if (l.kind === "compartment") return l.path.map((w) => lower(w.text)).join(":");
  return l.kind === "compartment-id" ? `id ${lower(l.id)}` : undefined;
};

const coversLocation = (wide: Location, narrow: Location): boolean => {
  if (wide.kind === "tenancy") return true;
  const [a, b] = [pathOf(wide), pathOf(narrow)];
  return a !== undefined && b !== undefined && (a === b || b.startsWith(`${a}:`));
};

const coversAction = (wide: AccessStatement, narrow: AccessStatement): boolean => {
  const [a, b] = [wide.action, narrow.action];
  const set = (action: typeof a) => {
    if (action.kind === "verb") return permissionsFor(action.verb, action.resource.text, "allow");
    return namedPermissions(
      action.kind === "permissions" ? action.permissions.map((p) => p.text.toUpperCase()) : [],
    );
  };
  const [p, q] = [set(a), set(b)];
  if (q.names.size === 0 || q.everything || q.maybe.size > 0 || q.unlisted.length > 0) {
    return (
      a.kind === "verb" &&
      b.kind === "verb" &&
      a.verb === b.verb &&
      lower(a.resource.text) === lower(b.resource.text)
    );
  }
  return p.everything || [...q.names].every((name) => p.names.has(name));
};

const conditionOf = (s: AccessStatement): string => (s.condition ? lower(printCondition(s.condition)) : "");

/** True when the first statement allows all that the second does. */
const placeCovers = (wide: AccessStatement, narrow: AccessStatement): boolean =>
  wide.kind === "permit" &&
  narrow.kind === "permit" &&
  wide.effect === "allow" &&
  narrow.effect === "allow" &&
  coversSubject(subjectKeys(wide), subjectKeys(narrow)) &&
  (conditionOf(wide) === "" || conditionOf(wide) === conditionOf(narrow)) &&
  coversLocation(wide.location, narrow.location) &&
  coversAction(wide, narrow);

/**
 * The key of a statement: printed, because case and spelling do not count. Printing fails for nothing that
 * was parsed.
 */
const key = (s: Statement): string => lower(printStatement(s));

/**
 * Finds statements that another makes needless.
 * @param statements of one policy, in order; undefined where a text is none
 * @returns the findings of each
 */
export const repeated = (statements: readonly (Statement | undefined)[]): Finding[][] => {
  const first = new Map<string, number>();
  const bySubject = new Map<string, number[]>();
  for (const [i, s] of statements.entries()) {
    if (!s) continue;
    if (!first.has(key(s))) first.set(key(s), i);
    if (s.kind === "define") continue;
    for (const subject of subjectKeys(s)) bySubject.set(subject, [...(bySubject.get(subject) ?? []), i]);
  }
  return statements.map((s, i): Finding[] => {
    if (!s) return [];
    const same = first.get(key(s))!;
    if (same < i)
      return [{ code: "duplicate", severity: "warning", message: `says the same as statement ${same + 1}` }];
    if (s.kind === "define") return [];
    const near = [...(bySubject.get(subjectKeys(s)[0]!) ?? []), ...(bySubject.get("any-user") ?? [])];
    const wider = near.find((j) => {
      const other = statements[j] as AccessStatement;
      return j !== i && placeCovers(other, s) && !(placeCovers(s, other) && i < j);
    });
    if (wider === undefined) return [];
    return [
      {
        code: "shadowed",
        severity: "warning",
        message: `grants nothing that statement ${wider + 1} does not`,
      },
    ];
  });
};
