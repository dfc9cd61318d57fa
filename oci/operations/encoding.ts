/**
 * The form in which the tables stand in the data: short, because the bundle that an instance downloads has them,
 * and by service, because a proxy reads the few that it is asked for.
 *
 * A service's operations are lines:
 * - `>Compute`: those that follow are of this client;
 * - `2/{instanceId}/actions`: their path has the first two segments of the path before it, and then these;
 * - `GetInstance G h3 q1k`: name, method (`G`et, `H`ead, `P`ost, p`U`t, p`A`tch, `D`elete) with `j` for a JSON body, `b` for a
 *   body of bytes, and `u` where the body is not signed; numbers of its sets of headers and of query names, to base 36.
 *
 * Permissions are lines too: `GetInstance: A B` needs both, `| A B` one of them, `-` none; `A; exists: B; nsg: C D` needs
 * A, and the others in the cases that are named.
 * @module
 */
import type { Method, OperationPermissions, SdkOperation } from "./types.ts";

/** The sets that lines refer to: names, and by number the sets of them, as numbers to base 36. */
export interface NameSets {
  names: readonly string[];
  sets: readonly string[];
}

/** The data of the operations. */
export interface OperationsData {
  /** The release of Oracle's SDK. */
  sdk: string;
  headers: NameSets;
  query: NameSets;
  services: Readonly<Record<string, readonly string[]>>;
}

const LETTERS: Readonly<Record<Method, string>> = {
  GET: "G",
  HEAD: "H",
  POST: "P",
  PUT: "U",
  PATCH: "A",
  DELETE: "D",
};
const METHODS = new Map(Object.entries(LETTERS).map(([method, letter]) => [letter, method as Method]));

const BASE = 36;
const toText = (n: number): string => n.toString(BASE);

/** Numbers names, and sets of names, so that the most frequent ones have the shortest numbers. */
const numbered = (
  sets: readonly (readonly string[])[],
): NameSets & { numberOf(set: readonly string[]): string } => {
  const byFrequency = (words: readonly string[]): string[] => {
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([word]) => word);
  };
  const names = byFrequency(sets.flat());
  const texts = byFrequency(sets.filter((set) => set.length > 0).map((set) => set.join(" ")));
  const number = new Map(names.map((name, i) => [name, toText(i)]));
  const numberOfSet = new Map(texts.map((text, i) => [text, toText(i)]));
  return {
    names,
    sets: texts.map((text) =>
      text
        .split(" ")
        .map((name) => number.get(name)!)
        .join(" "),
    ),
    numberOf: (set) => numberOfSet.get(set.join(" "))!,
  };
};

/** Operations as data: those of each client sorted by path, services in the order in which they come. */
export const encodeOperations = (sdk: string, operations: readonly SdkOperation[]): OperationsData => {
  const headers = numbered(operations.map((o) => o.headers));
  const query = numbered(operations.map((o) => o.query));
  const services: Record<string, string[]> = {};
  for (const [service, own] of groupBy(operations, (o) => o.service)) {
    const lines: string[] = [];
    services[service] = lines;
    for (const [client, ofClient] of groupBy(own, (o) => o.client)) {
      lines.push(`>${client}`);
      let before: string[] = [];
      const byPath = [...groupBy(ofClient, (o) => o.path)].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [path, ofPath] of byPath) {
        const segments = path.split("/").slice(1);
        let shared = 0;
        while (shared < segments.length && segments[shared] === before[shared]) shared += 1;
        before = segments;
        lines.push([String(shared), ...segments.slice(shared)].join("/"));
        for (const o of ofPath) {
          const body = `${o.body === "json" ? "j" : o.body === "bytes" ? "b" : ""}${o.bodySigned ? "" : "u"}`;
          const sets = [
            ...(o.headers.length ? [`h${headers.numberOf(o.headers)}`] : []),
            ...(o.query.length ? [`q${query.numberOf(o.query)}`] : []),
          ];
          lines.push([o.name, `${LETTERS[o.method]}${body}`, ...sets].join(" "));
        }
      }
    }
  }
  const plain = ({ names, sets }: NameSets): NameSets => ({ names, sets });
  return { sdk, headers: plain(headers), query: plain(query), services };
};

const groupBy = <T>(list: readonly T[], keyOf: (one: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
};

const NONE: readonly string[] = [];

/** Looks sets up by their number; each is made once, however many operations have it. */
const setsOf = ({ names, sets }: NameSets): ((number: string | undefined) => readonly string[]) => {
  const made = new Map<string, readonly string[]>();
  return (number) => {
    if (number === undefined) return NONE;
    const known = made.get(number);
    if (known) return known;
    const set = sets[parseInt(number, BASE)]!.split(" ").map((n) => names[parseInt(n, BASE)]!);
    made.set(number, set);
    return set;
  };
};

/** The names of a service's operations, without reading more of its lines. */
export const namesIn = (lines: readonly string[]): string[] =>
  lines.filter((line) => /^[A-Za-z]/.test(line)).map((line) => line.slice(0, line.indexOf(" ")));

/** A reader of one service's operations from the data. */
export const operationsReader = (data: OperationsData): ((service: string) => SdkOperation[]) => {
  const headersOf = setsOf(data.headers);
  const queryOf = setsOf(data.query);
  return (service) => {
    const found: SdkOperation[] = [];
    let client = "";
    let path = "";
    let before: string[] = [];
    for (const line of data.services[service] ?? []) {
      if (line.startsWith(">")) {
        client = line.slice(1);
        before = [];
      } else if (/^\d/.test(line)) {
        const [shared, ...rest] = line.split("/");
        before = before.slice(0, Number(shared)).concat(rest);
        path = `/${before.join("/")}`;
      } else {
        const [name, kind, ...sets] = line.split(" ");
        const headers = headersOf(sets.find((s) => s.startsWith("h"))?.slice(1));
        found.push({
          service,
          client,
          name: name!,
          method: METHODS.get(kind![0]!)!,
          path,
          bodySigned: !kind!.includes("u"),
          ...(kind!.includes("j") && { body: "json" as const }),
          ...(kind!.includes("b") && { body: "bytes" as const }),
          query: queryOf(sets.find((s) => s.startsWith("q"))?.slice(1)),
          headers,
          ...(headers.includes("opc-retry-token") && { retryToken: true as const }),
        });
      }
    }
    return found;
  };
};

/** Permissions as text. */
export const encodePermissions = ({ mode, always, when = {} }: OperationPermissions): string => {
  if (mode === "none") return "-";
  if (mode === "any") return `| ${always.join(" ")}`;
  const cases = mode === "conditional" ? Object.entries(when) : [];
  return [always.join(" "), ...cases.map(([name, needed]) => `${name}: ${needed.join(" ")}`)].join("; ");
};

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

/** Permissions from their text. */
export const decodePermissions = (text: string): OperationPermissions => {
  if (text === "-") return { mode: "none", always: [] };
  if (text.startsWith("|")) return { mode: "any", always: words(text.slice(1)) };
  const [always = "", ...cases] = text.split(";");
  if (cases.length === 0) return { mode: "all", always: words(always) };
  const when = cases.map((one) => {
    const [name = "", needed = ""] = one.split(":");
    return [name.trim(), words(needed)] as const;
  });
  return { mode: "conditional", always: words(always), when: Object.fromEntries(when) };
};
