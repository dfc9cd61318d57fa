/**
 * Times that can make a difference to a set of atoms on time: one for each combination of values that some
 * time gives.
 * @module
 */
import { parseInstant, parseTimeOfDay } from "../decide/time.ts";
import type { Atom } from "../syntax/tree.ts";

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
/** Days after which weekdays and dates repeat: 28 years (between 1901 and 2099). */
const CYCLE_DAYS = 28 * 366;
const START = Date.UTC(2026, 0, 1);

/** A condition's value at a time. */
export type AtTime = (atom: Atom, iso: string) => boolean;

const textsOf = (atom: Atom): string[] => {
  if (atom.kind === "time") return [atom.value.text];
  return atom.kind === "between" ? [atom.from.text, atom.to.text] : [];
};

const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/**
 * Times, one for each combination of values.
 * @param atoms those whose variable is `request.utc-timestamp` or a part of it
 */
export const timesFor = (atoms: readonly Atom[], holds: AtTime): string[] => {
  const texts = atoms.flatMap(textsOf);
  const instants = texts.flatMap((t) => parseInstant(t) ?? []);
  const bounds = [...new Set(instants)].sort((a, b) => a - b);
  const starts = bounds.length > 0 ? bounds.flatMap((b) => [b - SECOND_MS, b, b + SECOND_MS]) : [START];
  const seconds = texts.flatMap((t) => parseTimeOfDay(t) ?? []).flatMap((s) => [s - 1, s, s + 1]);
  const ofDay = [...new Set([0, ...seconds.map((s) => (s + 86_400) % 86_400)])];
  const calendar = atoms.some((a) => /\.(month-of-year|day-of-month|day-of-week)$/i.test(a.variable.name));
  const found = new Map<string, string>();
  const consider = (at: number): void => {
    const time = iso(at);
    const key = atoms.map((a) => (holds(a, time) ? 1 : 0)).join("");
    if (!found.has(key)) found.set(key, time);
  };
  for (const [i, start] of starts.entries()) {
    consider(start);
    const next = starts[i + 1] ?? Number.POSITIVE_INFINITY;
    const from = i === 0 && bounds.length > 0 ? start - CYCLE_DAYS * DAY_MS : start;
    const until = Math.min(i === 0 && bounds.length > 0 ? start : next, from + CYCLE_DAYS * DAY_MS);
    const days = calendar ? CYCLE_DAYS : 2;
    for (let day = 0; day < days; day++) {
      const midnight = Math.floor(from / DAY_MS) * DAY_MS + day * DAY_MS;
      if (midnight > until) break;
      for (const second of ofDay) {
        const at = midnight + second * SECOND_MS;
        if (at >= from && at <= until) consider(at);
      }
    }
    if (i === 0 && bounds.length > 0)
      for (const second of ofDay) consider(Math.floor(start / DAY_MS - 1) * DAY_MS + second * SECOND_MS);
  }
  return [...found.values()];
};
