import { type AllowInput, meets, type ProbeInput } from "../schema.ts";

/** The values at a path of a body, `*` standing for each element of an array. */
const valuesAt = (value: unknown, path: readonly string[]): unknown[] => {
  const [head, ...rest] = path;
  if (head === undefined) return [value];
  if (head === "*") return Array.isArray(value) ? value.flatMap((v) => valuesAt(v, rest)) : [undefined];
  return valuesAt((value as Record<string, unknown> | null | undefined)?.[head], rest);
};

/** Whether a rule lets a probe's call through: the proxy's question, asked of a call as it is written down. */
export const covers = (rule: Omit<AllowInput, "grant">, probe: ProbeInput): boolean =>
  rule.operations.includes(probe.operation) &&
  Object.entries(rule.where ?? {}).every(([at, constraint]) => {
    const [place, ...path] = at.split(".");
    const values =
      place === "body"
        ? valuesAt(probe.body, path)
        : [(place === "path" ? probe.params : probe.query)?.[path.join(".")]];
    return values.every((value) => meets(value, constraint));
  });
