/**
 * Words for people: who somebody is, and what a request is.
 * @module
 */
import { OTHER, type Representative } from "../compare/principals.ts";
import type { CompiledTenancy } from "../decide/compile.ts";
import type { CompartmentNode } from "../decide/directory.ts";
import type { Request, VariableValue } from "../decide/types.ts";

/** A compartment's path from the root. */
export const pathOf = (place: CompartmentNode): string => {
  if (!place.parent) return "the tenancy";
  const names: string[] = [];
  for (let at: CompartmentNode = place; at.parent; at = at.parent) names.unshift(at.name ?? at.id);
  return `compartment ${names.join(":")}`;
};

const groupNames = ({ tenancy }: CompiledTenancy, { groups: [mine], principal }: Representative): string => {
  const [list, word] =
    principal.type === "user" ? [tenancy.groups, "group"] : [tenancy.dynamicGroups, "dynamic group"];
  const names = (list ?? [])
    .filter((g) => mine.has(g.id.toLowerCase()))
    .map((g) => ((g.domain ?? "Default").toLowerCase() === "default" ? g.name : `${g.domain}/${g.name}`));
  return names.length === 0
    ? `in no ${word}`
    : `in ${word}${names.length > 1 ? "s" : ""} ${names.join(", ")}`;
};

/** Somebody in words: "user ocid1… (in group Ops)". */
export const whoIs = (compiled: CompiledTenancy, who: Representative): string => {
  const { principal: p, ids, other } = who;
  const groups = groupNames(compiled, who);
  if (p.type === "service") return p.name === OTHER.service ? "any other service" : `service ${p.name}`;
  if (p.type === "user") {
    if (other) return `a user ${groups}`;
    const more = ids.length > 1 ? ` and ${ids.length - 1} more` : "";
    return `user ${p.id}${more} (${groups})`;
  }
  const place =
    p.compartment === undefined ? undefined : compiled.directory.placeById.get(p.compartment.toLowerCase());
  const tags = Object.entries(p.tags ?? {}).map(
    ([key, value]) => `${key} = '${[value].flat().join("', '")}'`,
  );
  const where = [
    ...(place ? [`of ${pathOf(place)}`] : []),
    ...(tags.length > 0 ? [`with tag ${tags.join(", ")}`] : []),
    groups,
  ].join(", ");
  const what =
    p.type === "instance"
      ? "instance"
      : p.resourceType === OTHER.type
        ? "resource of any other type"
        : `resource of type ${p.resourceType}`;
  return other ? `${p.type === "instance" ? "an" : "a"} ${what} (${where})` : `${what} ${p.id} (${where})`;
};

const shown = (value: VariableValue): string =>
  [value]
    .flat()
    .map((one) =>
      typeof one === "object" ? "not known" : `'${String(one).replaceAll(/~(an)?other~+|~third~/g, "…")}'`,
    )
    .join(" and ");

/** A request in words: "may GetSecretBundle in compartment app, with target.secret.name = 'x'". */
export const mayWhat = (compiled: CompiledTenancy, request: Request, label: string): string => {
  const place = compiled.directory.placeById.get(
    (request.compartment ?? compiled.tenancy.tenancy).toLowerCase(),
  );
  const values = [
    ...Object.entries(request.variables ?? {}).map(([name, value]) => `${name} = ${shown(value)}`),
    ...(request.region === undefined ? [] : [`request.region = ${shown(request.region)}`]),
    ...(request.time === undefined ? [] : [`time ${request.time}`]),
  ];
  return `may ${label} in ${place ? pathOf(place) : request.compartment}${values.length > 0 ? `, with ${values.join(", ")}` : ""}`;
};
