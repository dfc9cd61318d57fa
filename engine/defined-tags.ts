import type { ResourceValues } from "./types.ts";

/** Nests defined tags, which the provider gives flat as `namespace.key`. */
export const nestTags = (inputs: ResourceValues): ResourceValues => {
  const flat = inputs["definedTags"] as Record<string, string> | undefined;
  if (!flat) return inputs;
  const nested: Record<string, Record<string, string>> = {};
  for (const [name, value] of Object.entries(flat)) {
    const [namespace, key] = name.split(/\.(.*)/s) as [string, string];
    nested[namespace] = { ...nested[namespace], [key]: value };
  }
  return { ...inputs, definedTags: nested };
};
