/**
 * The source of each row of the permission tables. Data: `generate.ts`; it is read when somebody asks, because
 * decisions have no use for it.
 * @module
 */
import { readFileSync } from "node:fs";

/** The shape of `sources.data.json`. A source is a letter; several letters agree. */
export interface SourceData {
  /** What each letter stands for. */
  sources: Record<string, string>;
  resourceTypes: Record<string, string>;
  families: Record<string, string>;
  /** By name. A second row about the same service says what it lists. */
  operations: Record<
    string,
    { service: string; source: string; permissions?: string[]; namedInSource?: string }[]
  >;
}

let read: SourceData | undefined;

/** The sources of the tables' rows. */
export const sourceData = (): SourceData => {
  read ??= JSON.parse(readFileSync(new URL("sources.data.json", import.meta.url), "utf8")) as SourceData;
  return read;
};
