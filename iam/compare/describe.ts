/**
 * Writes differences for people: which values as a condition, which permissions as verbs and types.
 * @module
 */
import { matcher } from "../decide/values.ts";
import type { Pattern, Text } from "../syntax/tree.ts";
import type { OperationPermissions } from "../../oci/operations/types.ts";
import { needsOf, operationsNeeding } from "../tables/operations.ts";
import { permissionsFor, resourceNames } from "../tables/tables.ts";
import type { Box } from "./boxes.ts";
import type { Sample } from "./values.ts";

/** A variable, and the samples that combinations choose from. */
export interface Dimension {
  variable: string;
  samples: readonly Sample[];
  literals: readonly (Text | Pattern)[];
  /** Describes a sample that is no plain value (times). */
  describeIndices?: (sample: Sample) => string;
}

const quoted = (v: Text | Pattern): string => (v.kind === "pattern" ? `/${v.text}/` : `'${v.text}'`);

const all = (parts: readonly string[]): string =>
  parts.length === 1 ? parts[0]! : `all {${parts.join(", ")}}`;
const any = (parts: readonly string[]): string =>
  parts.length === 1 ? parts[0]! : `any {${parts.join(", ")}}`;

/** The literal or pattern as a condition on a sample. */
const sayOne = (d: Dimension, sample: Sample): string => {
  if (sample === undefined) return `!${d.variable}`;
  if (d.describeIndices) return d.describeIndices(sample);
  const texts = [sample].flat().map(String);
  const literal = (text: string): boolean =>
    d.literals.some((l) => l.kind === "string" && l.text.toLowerCase() === text);
  if (texts.every(literal)) return all(texts.map((text) => `${d.variable} = '${text}'`));
  const parts = d.literals.map((l) => {
    const matches = matcher(l, d.variable);
    return `${d.variable} ${texts.some(matches) ? "=" : "!="} ${quoted(l)}`;
  });
  return parts.length === 0 ? d.variable : all([...new Set(parts)]);
};

/** The samples of a dimension as a condition. */
const say = (d: Dimension, indices: ReadonlySet<number>): string => {
  const chosen = [...indices].map((i) => d.samples[i]);
  const present = chosen.filter((s) => s !== undefined);
  const there = d.samples.filter((s) => s !== undefined).length;
  if (!d.describeIndices && present.length === there && present.length === chosen.length) return d.variable;
  // One literal or pattern that matches exactly the chosen samples, or exactly the others.
  for (const literal of d.describeIndices ? [] : d.literals) {
    const matches = matcher(literal, d.variable);
    const hit = (s: Sample): boolean => s !== undefined && [s].flat().map(String).some(matches);
    const is = (wanted: (s: Sample) => boolean): boolean =>
      d.samples.every((s, i) => (s === undefined ? !indices.has(i) : indices.has(i) === wanted(s)));
    if (is(hit)) return `${d.variable} = ${quoted(literal)}`;
    if (is((s) => !hit(s))) return `${d.variable} != ${quoted(literal)}`;
  }
  const absent = chosen.includes(undefined) ? [`!${d.variable}`] : [];
  if (!d.describeIndices && present.length === there) return any([...absent, d.variable]);
  return any([...new Set([...absent, ...present.map((s) => sayOne(d, s))])]);
};

/** Boxes as a condition; undefined when they hold everything. */
export const conditionOf = (boxes: readonly Box[], dimensions: readonly Dimension[]): string | undefined => {
  const terms = boxes.map((box) =>
    box.flatMap((indices, i) => (indices ? [say(dimensions[i]!, indices)] : [])),
  );
  return terms.some((term) => term.length === 0) ? undefined : any([...new Set(terms.map(all))]);
};

/** A verb and a name with its permissions. */
interface VerbAndName {
  said: string;
  permissions: readonly string[];
}

let named: readonly VerbAndName[] | undefined;

/** Every verb and name with its permissions, the largest first, and of equal ones the least verb. */
const everyName = (): readonly VerbAndName[] => {
  named ??= [...resourceNames]
    .flatMap((name) =>
      (["inspect", "read", "use", "manage"] as const).map((verb) => ({
        said: `${verb} ${name}`,
        permissions: [...permissionsFor(verb, name, "allow").names],
      })),
    )
    .filter(({ permissions }) => permissions.length > 0)
    .sort((a, b) => b.permissions.length - a.permissions.length);
  return named;
};

/** Permissions for people: verbs and types that are wholly among them, then the rest by name. */
export const summaryOf = (permissions: readonly string[]): string => {
  const among = new Set(permissions);
  const rest = new Set(permissions);
  const said: string[] = [];
  for (const { said: words, permissions: held } of everyName()) {
    if (rest.size === 0) break;
    if (held.length > among.size || (rest.size === 1 && held.length > 1)) continue;
    if (!held.every((p) => among.has(p)) || !held.some((p) => rest.has(p))) continue;
    said.push(words);
    for (const p of held) rest.delete(p);
  }
  return [...said, ...(rest.size > 0 ? [`{${[...rest].join(", ")}}`] : [])].join(", ");
};

/** True when permissions are all that an operation needs. */
const suffice = (among: ReadonlySet<string>, needs: OperationPermissions): boolean =>
  needs.mode === "any"
    ? needs.always.some((p) => among.has(p.toUpperCase()))
    : needs.always.every((p) => among.has(p.toUpperCase()));

/** The operations that need nothing beside these permissions; with the service where the name alone means others. */
export const operationsOf = (permissions: readonly string[]): string[] => {
  const among = new Set(permissions);
  const enough = permissions.flatMap(operationsNeeding).filter((o) => suffice(among, o.permissions));
  const said = enough.map(({ service, name }) => {
    const needs = needsOf(name);
    return needs.length === 1 && needs[0]!.services.includes(service) ? name : `${service}.${name}`;
  });
  return [...new Set(said)].sort();
};
