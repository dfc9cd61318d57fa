/**
 * The framing of values on a serial console: one line of marker, length, checksum and JSON in ASCII, so that
 * kernel messages before, after or between do no harm.
 * @module
 */
import { createHash } from "node:crypto";

const checksum = (json: string): string => createHash("sha256").update(json).digest("hex").slice(0, 16);

/** Frames a value: its console line, with a newline before and after. */
export const frameLine = (marker: string, value: unknown): string => {
  const json = JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `\n${marker} ${json.length} ${checksum(json)} ${json}\n`;
};

/** Kernel messages (`[   12.345678] …`) and line breaks that fell into a line. */
const NOISE = /\r?\n?\[ *\d+\.\d{6}\][^\n]*\r?\n|[\r\n]/g;

/** The JSON's value; undefined for what only looks like a line. */
const parsedJson = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};

/** A line's value, or undefined while it is cut or damaged. @param text what follows the marker */
const unframe = (text: string): unknown => {
  const head = /^ (\d+) ([0-9a-f]{16}) /.exec(text);
  if (!head) return undefined;
  const length = Number(head[1]);
  const rest = text.slice(head[0].length);
  for (const candidate of [rest, rest.replace(NOISE, "")]) {
    const json = candidate.slice(0, length);
    if (json.length === length && checksum(json) === head[2]) return parsedJson(json);
  }
  return undefined;
};

/** A whole line that was found on a console. */
export interface ConsoleLine<M extends string> {
  marker: M;
  value: unknown;
}

/**
 * Reads all lines with one of the markers, oldest first.
 * @param console the console's text so far; what is not yet complete is left out
 * @param markers none of them begins with another
 */
export const readLines = <M extends string>(console: string, markers: readonly M[]): ConsoleLine<M>[] => {
  const places = markers
    .flatMap((marker) => {
      const found: { at: number; marker: M }[] = [];
      for (let at = console.indexOf(marker); at >= 0; at = console.indexOf(marker, at + 1))
        found.push({ at, marker });
      return found;
    })
    .sort((a, b) => a.at - b.at);
  return places.flatMap(({ at, marker }, i) => {
    const value = unframe(console.slice(at + marker.length, places[i + 1]?.at));
    return value === undefined ? [] : [{ marker, value }];
  });
};
