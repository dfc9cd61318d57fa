import type { ResourceValues } from "../types.ts";

/** The values without some of their members. */
export const omit = (values: ResourceValues, ...names: string[]): ResourceValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !names.includes(key)));
