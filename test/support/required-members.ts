/** Members that an operation's response must have, read from the type declarations of Oracle's SDK. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Operation } from "../../oci/operations/index.ts";

const require = createRequire(import.meta.url);

const kebab = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();

const fileOf = (service: string, kind: string, name: string): string | undefined => {
  const folder = join(dirname(require.resolve(`oci-${service}`)), "lib", kind);
  const file = join(folder, `${kebab(name)}.d.ts`);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
};

const cached = <V>(read: (...names: string[]) => V): ((...names: string[]) => V) => {
  const known = new Map<string, V>();
  return (...names) => {
    const key = names.join("/");
    const value = known.get(key) ?? read(...names);
    known.set(key, value);
    return value;
  };
};

/** Members without a question mark of an SDK model. */
const required = cached((service, model): string[] => {
  const source = fileOf(service, "model", model);
  const body = source?.split(/^export interface /m)[1]?.split(/^}/m)[0] ?? "";
  return [...body.matchAll(/^ {4}"(\w+)": /gm)].map((m) => m[1]!);
});

/** The model of an operation's response, and whether it is a list of them. */
const responseOf = cached((service, name): { model?: string; isList: boolean } => {
  const source = fileOf(service, "response", `${name}Response`) ?? "";
  const [, model, isList] = source.match(/^ {4}"\w+": model\.(\w+)(\[\])?;/m) ?? [];
  return { ...(model && { model }), isList: isList !== undefined };
});

/** Names of the members that the SDK requires in a response and that it lacks; `model.member`. */
export const missingMembers = (operation: Operation, response: unknown): string[] => {
  const { model, isList } = responseOf(operation.service, operation.name);
  if (!model) return [];
  const of = (value: unknown): string[] =>
    required(operation.service, model)
      .filter((member) => (value as Record<string, unknown> | undefined)?.[member] === undefined)
      .map((member) => `${model}.${member}`);
  return isList ? [...new Set((response as unknown[]).flatMap(of))] : of(response);
};
