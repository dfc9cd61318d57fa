/** What the page shows of a stack: the report's statements with what each is about, and what a change does. @module */
import { compile, decide } from "../../../iam/index.ts";
import { type AccessChange, changesAccess } from "../change.ts";
import type { AccessEntry } from "../entry.ts";
import { shown } from "../placeholders.ts";
import type { AccessReport } from "../report.ts";
import { partsOf, type StatementParts } from "./resource.ts";

/** Fate of a part of the picture in a change. */
export type Fate = "same" | "gained" | "lost" | "changed";

/** A statement as the page shows it. */
export interface ShownStatement extends StatementParts {
  /** `s1`, `s2`, …; unique in the stack. */
  id: string;
  /** Its number, for people. */
  number: number;
  text: string;
  attachedTo: string;
  /** Its grant, without the client's name. */
  grant: string;
  /** The client of the proxy that it was declared for. */
  client?: string;
  fate: Fate;
}

/** Access that was gained or lost, with the statements that the request of its example goes through. */
export interface ShownEntry extends AccessEntry {
  fate: "gained" | "lost";
  /** Numbers of the statements that allow it, after the change or before it. */
  through: number[];
  /** Numbers of those that deny it on the other side. */
  denied: number[];
}

/** A stack as the page shows it. */
export interface ShownStack {
  stack: string;
  /** After the change; before it where the stack was removed. */
  report: AccessReport;
  change?: AccessChange;
  statements: ShownStatement[];
  entries: ShownEntry[];
  clients: { name: string; fate: Fate }[];
  /** Fate of the dynamic group's selection. */
  group: Fate;
}

/** A statement's place in a report. */
const keyOf = (text: string, attachedTo: string): string => `${text} @${attachedTo}`;

const ownerOf = (grant: string, clients: readonly string[]): string | undefined =>
  clients.find((name) => grant.startsWith(`${name}: `));

/** Statements of a report with their texts in OCIDs, which only its tenancy has. */
const statementsOf = (report: AccessReport): Omit<ShownStatement, "id" | "number" | "fate">[] => {
  const raw = new Map<string, string>();
  for (const { compartment = report.tenancy.tenancy, statements } of report.tenancy.policies ?? [])
    for (const text of statements) raw.set(keyOf(shown(text), shown(compartment)), text);
  const clients = report.clients.map(({ name }) => name);
  return report.statements.map(({ text, attachedTo, grant }) => {
    const client = ownerOf(grant, clients);
    return {
      ...partsOf(raw.get(keyOf(text, attachedTo)) ?? text, report.tenancy.tenancy),
      text,
      attachedTo,
      grant: client ? grant.slice(client.length + 2) : grant,
      ...(client !== undefined && { client }),
    };
  });
};

/** Keys of the statements that grant, or deny, the request of each entry's example. */
const behind = (
  report: AccessReport | undefined,
  entries: readonly AccessEntry[],
  which: "granted" | "denied",
): Set<string>[] => {
  if (!report) return entries.map(() => new Set());
  const { tenancy } = report;
  const compiled = compile(tenancy);
  return entries.map(
    ({ witness }) =>
      new Set(
        decide(compiled, witness)[which].map(({ policy, statement }) => {
          const { compartment = tenancy.tenancy, statements } = tenancy.policies![policy]!;
          return keyOf(shown(statements[statement]!), shown(compartment));
        }),
      ),
  );
};

const clientFate = (change: AccessChange, name: string, stands: readonly boolean[]): Fate => {
  const [before, after] = stands;
  if (!before) return "gained";
  if (!after) return "lost";
  const touched = [...change.clients.gained, ...change.clients.lost].some(({ client }) => client === name);
  return touched ? "changed" : "same";
};

const entriesOf = (
  change: AccessChange,
  { before, after }: { before: AccessReport | undefined; after: AccessReport | undefined },
  statements: readonly ShownStatement[],
): ShownEntry[] => {
  const numbers = (keys: Set<string>): number[] =>
    statements.filter((s) => keys.has(keyOf(s.text, s.attachedTo))).map((s) => s.number);
  const shownOf = (
    fate: "gained" | "lost",
    here: AccessReport | undefined,
    there: AccessReport | undefined,
  ): ShownEntry[] => {
    const [granted, denied] = [behind(here, change[fate], "granted"), behind(there, change[fate], "denied")];
    return change[fate].map((entry, i) => ({
      ...entry,
      fate,
      through: numbers(granted[i]!),
      denied: numbers(denied[i]!),
    }));
  };
  return [...shownOf("gained", after, before), ...shownOf("lost", before, after)];
};

/**
 * A stack's part of the page.
 * @param before the report at the base; undefined where nothing is compared, or the stack is new
 * @param change what `accessChange` says of both; undefined where nothing is compared
 */
export const shownStack = (
  before: AccessReport | undefined,
  after: AccessReport | undefined,
  change?: AccessChange,
): ShownStack => {
  const report = (after ?? before)!;
  const sides = [before, after].map((r) => (r ? statementsOf(r) : []));
  const keys = sides.map((side) => new Set(side.map((s) => keyOf(s.text, s.attachedTo))));
  const inBoth = (s: { text: string; attachedTo: string }): boolean =>
    keys.every((set) => set.has(keyOf(s.text, s.attachedTo)));
  // Other words for the same access are no gain and no loss.
  const reworded = change !== undefined && !changesAccess(change);
  const fated = (fate: Fate) => (reworded ? "changed" : fate);
  const kept = sides[1]!.map((s) => ({ ...s, fate: !change || inBoth(s) ? "same" : fated("gained") }));
  const gone = change ? sides[0]!.filter((s) => !inBoth(s)).map((s) => ({ ...s, fate: fated("lost") })) : [];
  const statements = [...kept, ...gone].map(
    (s, i): ShownStatement => ({ ...(s as ShownStatement), id: `s${i + 1}`, number: i + 1 }),
  );
  const names = [before, after].map((r) => r?.clients.map(({ name }) => name) ?? []);
  const clients = [...new Set(change ? names.flat() : names[1])].sort().map((name) => ({
    name,
    fate: change
      ? clientFate(
          change,
          name,
          names.map((side) => side.includes(name)),
        )
      : "same",
  }));
  const { before: was = [], after: is = [] } = change?.principals ?? {};
  return {
    stack: report.stack,
    report,
    ...(change && { change }),
    statements,
    entries: change ? entriesOf(change, { before, after }, statements) : [],
    clients: clients as ShownStack["clients"],
    group: was.length && is.length ? "changed" : is.length ? "gained" : was.length ? "lost" : "same",
  };
};
