/**
 * Tag defaults at work: what is made in a compartment gets the tags that it and the compartments around it give
 * by default. docs.oracle.com "Managing Tag Defaults": once, when a resource is made; a value of the request
 * comes first, then the nearest compartment's; whoever makes the resource need not be allowed to use the namespace.
 * @module
 */

import { invalidParameter } from "../errors.ts";
import type { Call, Caller } from "../service.ts";
import type { State } from "../state/state.ts";
import type { Resource } from "../state/store.ts";
import { isJsonObject, type JsonObject } from "../state/wire.ts";

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Tag defaults in force in a compartment, the nearest compartment's first. */
const defaultsOf = (cloud: State, compartment: string): Resource<"tagdefault">[] => {
  const all = cloud.store.list("tagdefault");
  const found: Resource<"tagdefault">[] = [];
  for (let at: string | undefined = compartment; at && all.length; ) {
    found.push(...all.filter((d) => d.model.compartmentId === at));
    at = at === cloud.tenancy.id ? undefined : cloud.store.get(at)?.model.compartmentId;
  }
  return found;
};

/** Substitutes tag variables: who makes the resource, and when (docs.oracle.com "Managing Tag Defaults"). */
const substitute = (value: string, { cloud, caller }: { cloud: State; caller: Caller }): string => {
  const id = caller.type === "anonymous" ? "" : caller.id;
  const { name, displayName } = cloud.store.get(id)?.model ?? {};
  const variables: Readonly<Record<string, string>> = {
    "iam.principal.name": name ?? displayName ?? id,
    "iam.principal.type": caller.type,
    "oci.datetime": cloud.clock.iso(),
  };
  return value.replace(/\$\{([a-z.]+)\}/g, (whole, variable: string) =>
    Object.hasOwn(variables, variable) ? variables[variable]! : whole,
  );
};

const keyIn = (names: object, wanted: string): string | undefined =>
  Object.keys(names).find((name) => same(name, wanted));

/** True when an operation makes a resource in the compartment that its body names. */
const makes = ({ operation }: Call, body: JsonObject): body is JsonObject & { compartmentId: string } =>
  operation.method === "POST" &&
  /^(?:Create|Launch)/.test(operation.name) &&
  typeof body["compartmentId"] === "string";

/**
 * Adds the tags that a new resource gets by default to the body of the request that makes it.
 * @throws 400 InvalidParameter when a tag that its maker must give is missing. Text unverified.
 */
export const applyTagDefaults = (call: Call): void => {
  const { cloud, body } = call;
  if (!body.length || !cloud.store.list("tagdefault").length) return;
  const details = call.json();
  if (!makes(call, details)) return;
  const given = details["definedTags"];
  const tags: JsonObject = isJsonObject(given) ? { ...given } : {};
  let changed = false;
  for (const { model } of defaultsOf(cloud, details.compartmentId)) {
    const definition = cloud.store.get(model.tagDefinitionId, "tagdefinition")?.model;
    if (!definition || definition.isRetired) continue;
    const namespace = definition.tagNamespaceName;
    const key = definition.name;
    const inBody = keyIn(tags, namespace) ?? namespace;
    const keys = tags[inBody];
    const known = isJsonObject(keys) ? keys : {};
    if (keyIn(known, key) !== undefined) continue;
    if (model.isRequired)
      throw invalidParameter(`The tag ${namespace}.${key} is required by a tag default of the compartment.`);
    tags[inBody] = { ...known, [key]: substitute(model.value, call) };
    changed = true;
  }
  if (changed) details["definedTags"] = tags;
};
