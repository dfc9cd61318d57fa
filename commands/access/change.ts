/** Effect of a change of a stack's configuration on access: two reports compared. @module */
import { implies } from "../../document/rules/implies.ts";
import { type AccessComparison, compareTenancies, type Difference } from "../../iam/index.ts";
import type { AccessEntry } from "./entry.ts";
import { compartmentWords, OCIDS, shown } from "./placeholders.ts";
import { type Attribution, type PresenceReport, presenceOf, type Surroundings } from "./presence.ts";
import type { AccessReport, ClientReport } from "./report.ts";

/** A client's operation that the proxy lets through, or no longer. */
export interface ClientEntry {
  client: string;
  operation: string;
  where: ClientReport["allow"][number]["where"];
}

/** The change of one stack. */
export interface AccessChange {
  stack: string;
  kind: "changed" | "added" | "removed";
  gained: (AccessEntry & Partial<Attribution>)[];
  lost: (AccessEntry & Partial<Attribution>)[];
  /** What the tenancy's other policies make of it, where a tenancy is given. */
  presence?: PresenceReport;
  clients: { gained: ClientEntry[]; lost: ClientEntry[] };
  /** Statements that stand on one side only, in order. */
  statements: { before: string[]; after: string[] };
  /** Selections of the groups, where they differ. */
  principals: { before: string[]; after: string[] };
  replaced: { resource: string; because: string[] }[];
  /** Findings that were not there before, or with another severity. */
  findings: AccessReport["findings"];
  /** Findings that are no longer made because their severity is `off` now. */
  silenced: AccessReport["findings"];
  /** Parts that could not be compared. */
  undecided: string[];
}

/**
 * Rank of an entry, larger for a wider one: the whole tenancy, then any principal, then what no condition
 * narrows, then the most permissions.
 */
const width = (d: Difference): number =>
  (d.compartment.startsWith("ocid1.tenancy.") ? 1e6 : 0) +
  (/^any-user|any other/.test(d.principal) ? 1e5 : 0) +
  (d.condition === undefined ? 1e4 : 0) +
  d.permissions.length;

const widestFirst = (a: Difference, b: Difference): number =>
  width(b) - width(a) || a.summary.localeCompare(b.summary);

const exampleOf = (d: Difference): string => {
  const what = d.operations[0] ?? d.permissions[0]!;
  const values = Object.entries(d.witness.variables ?? {})
    .filter(([, value]) => typeof value === "string" && value !== "")
    // The comparison's own word for "any other text".
    .map(([name, value]) => `${name} = '${String(value).replaceAll(/~(an)?other~+/g, "…")}'`);
  return shown([what, ...(values.length ? [`with ${values.join(", ")}`] : [])].join(" "));
};

/** A compartment by its name where the tenancy tells it; a stack's file only knows OCIDs. */
const placeWords = ({ compartment, compartmentName: name }: Difference, tenancyId: string): string =>
  name === undefined ||
  compartment === tenancyId ||
  name.startsWith("…") ||
  shown(compartment) !== compartment
    ? compartmentWords(compartment, tenancyId)
    : `compartment ${name}`;

/** An entry for people. */
const entryOf = (d: Difference, tenancyId: string): AccessEntry => ({
  who: shown(d.principal),
  what: d.summary,
  where: placeWords(d, tenancyId),
  ...(d.condition !== undefined && { condition: shown(d.condition) }),
  example: exampleOf(d),
  witness: d.witness,
});

const entriesOf = (list: readonly Difference[], tenancyId: string): AccessEntry[] =>
  [...list].sort(widestFirst).map((d) => entryOf(d, tenancyId));

/** True when everything that the narrow entry lets through, the wide one does. */
const covers = (wide: ClientEntry, narrow: ClientEntry): boolean =>
  wide.client === narrow.client &&
  wide.operation === narrow.operation &&
  implies(wide.operation, narrow.where, wide.where);

const clientEntries = (clients: readonly ClientReport[]): ClientEntry[] =>
  clients.flatMap(({ name, allow }) =>
    allow.flatMap(({ operations, where }) =>
      operations.map((operation) => ({ client: name, operation, where })),
    ),
  );

const uncovered = (these: readonly ClientEntry[], by: readonly ClientEntry[]): ClientEntry[] =>
  these.filter((entry) => !by.some((wide) => covers(wide, entry)));

const only = (these: readonly string[], those: readonly string[]): string[] =>
  these.filter((text) => !those.includes(text));

const statementLines = (report: AccessReport | undefined): string[] =>
  (report?.statements ?? []).map((s) => `${s.text}   (attached to ${s.attachedTo})`);

const principalLines = (report: AccessReport | undefined): string[] =>
  (report?.principals ?? []).map((p) => `${p.rule ?? p.group}   (selects ${p.selects})`);

/** A report's tenancy with the compartments of both sides: the same question is asked of both. */
const withPlaces = (report: AccessReport, other: AccessReport): AccessReport["tenancy"] => {
  const all = [...(report.tenancy.compartments ?? []), ...(other.tenancy.compartments ?? [])];
  const compartments = all.filter((c, i) => all.findIndex((o) => o.id === c.id) === i);
  return { ...report.tenancy, compartments: compartments.sort((a, b) => (a.id < b.id ? -1 : 1)) };
};

const replacedBy = (before: AccessReport, after: AccessReport): AccessChange["replaced"] =>
  Object.entries(after.replacedWith).flatMap(([resource, values]) => {
    const was = before.replacedWith[resource];
    if (!was) return [];
    // What an older report does not say is not known to be another.
    const because = Object.keys(values).filter(
      (name) => was[name] !== undefined && was[name] !== values[name],
    );
    return because.length ? [{ resource, because }] : [];
  });

const NOTHING = (report: AccessReport): AccessReport => ({
  ...report,
  principals: [],
  statements: [],
  clients: [],
  findings: [],
  replacedWith: {},
  tenancy: { ...report.tenancy, dynamicGroups: [], policies: [] },
});

/**
 * A report with the other side's tenancy where the file names none: the OCID comes from the environment then.
 */
const named = (report: AccessReport, other: AccessReport): AccessReport =>
  report.tenancy.tenancy === OCIDS.tenancy && other.tenancy.tenancy !== OCIDS.tenancy
    ? (JSON.parse(JSON.stringify(report).replaceAll(OCIDS.tenancy, other.tenancy.tenancy)) as AccessReport)
    : report;

/** Compares two reports. Between two tenancies, all access is lost in the one and gained in the other. */
const comparisonOf = (was: AccessReport, is: AccessReport): AccessComparison => {
  if (was.tenancy.tenancy === is.tenancy.tenancy)
    return compareTenancies(withPlaces(was, is), withPlaces(is, was));
  const gained = compareTenancies(NOTHING(is).tenancy, is.tenancy);
  const lost = compareTenancies(was.tenancy, NOTHING(was).tenancy);
  const both = (key: "undecided" | "notes"): string[] => [...(lost[key] ?? []), ...(gained[key] ?? [])];
  return { gained: gained.gained, lost: lost.lost, undecided: both("undecided"), notes: both("notes") };
};

const sameFinding =
  (a: AccessReport["findings"][number]) =>
  (b: AccessReport["findings"][number]): boolean =>
    a.code === b.code && a.message === b.message;

/** Access gained and lost: by the stack alone, or in the presence of the tenancy's other policies. */
const accessOf = (
  before: AccessReport | undefined,
  after: AccessReport | undefined,
  [was, is]: readonly [AccessReport, AccessReport],
  surroundings: Surroundings | undefined,
): Pick<AccessChange, "gained" | "lost" | "presence" | "undecided"> => {
  if (surroundings) {
    const id = surroundings.tenancy.tenancy;
    const words = { order: widestFirst, entry: (d: Difference) => entryOf(d, id) };
    const { undecided, ...access } = presenceOf(before, after, surroundings, words);
    return { ...access, undecided: undecided.map(shown) };
  }
  const { gained, lost, undecided = [], notes = [] } = comparisonOf(was, is);
  return {
    gained: entriesOf(gained, is.tenancy.tenancy),
    lost: entriesOf(lost, was.tenancy.tenancy),
    undecided: [...undecided, ...notes].map(shown),
  };
};

/**
 * Compares a stack's reports; one of them is undefined where the stack's file is not there.
 * @param surroundings the tenancy in whose presence they are compared
 * @throws ConfigError when the stack is of another tenancy
 */
export const accessChange = (
  before: AccessReport | undefined,
  after: AccessReport | undefined,
  surroundings?: Surroundings,
): AccessChange => {
  const known = (after ?? before)!;
  const [given, other] = [before ?? NOTHING(known), after ?? NOTHING(known)];
  const [was, is] = [named(given, other), named(other, given)];
  const { undecided, ...access } = accessOf(before, after, [was, is], surroundings);
  const moved = was.tenancy.tenancy !== is.tenancy.tenancy;
  const [wasClients, isClients] = [clientEntries(was.clients), clientEntries(is.clients)];
  const [wasTexts, isTexts] = [statementLines(was), statementLines(is)];
  const [wasWho, isWho] = [principalLines(was), principalLines(is)];
  return {
    stack: known.stack,
    kind: !before ? "added" : !after ? "removed" : "changed",
    ...access,
    clients: { gained: uncovered(isClients, wasClients), lost: uncovered(wasClients, isClients) },
    statements: { before: only(wasTexts, isTexts), after: only(isTexts, wasTexts) },
    principals: { before: only(wasWho, isWho), after: only(isWho, wasWho) },
    replaced: moved
      ? Object.keys(is.replacedWith).map((resource) => ({ resource, because: ["its tenancy"] }))
      : replacedBy(was, is),
    findings: is.findings.filter(
      (f) => !was.findings.filter(sameFinding(f)).some((old) => old.severity === f.severity),
    ),
    silenced: was.findings.filter((f) => is.silenced?.includes(f.code)),
    undecided,
  };
};

/** True when anybody may do anything more or less: the dynamic group's members or the proxy's clients. */
export const changesAccess = (change: AccessChange): boolean =>
  change.gained.length +
    change.lost.length +
    change.undecided.length +
    change.clients.gained.length +
    change.clients.lost.length >
  0;
