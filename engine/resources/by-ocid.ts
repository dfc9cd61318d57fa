/** Resources that are read, and named, by their OCID: most of them. @module */
import { idParameter } from "../../oci/operations/index.ts";
import { nestTags } from "../defined-tags.ts";
import type { EngineContext, ResourceType, ResourceValues } from "../types.ts";

/** Names that the provider spells unlike the REST models. */
const TO_REST: Readonly<Record<string, string>> = {
  memoryInGbs: "memoryInGBs",
  bootVolumeSizeInGbs: "bootVolumeSizeInGBs",
};
const FROM_REST: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(TO_REST).map(([ours, rest]) => [rest, ours]),
);

const rename = (value: unknown, names: Readonly<Record<string, string>>): unknown => {
  if (Array.isArray(value)) return value.map((v) => rename(v, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [names[key] ?? key, rename(inner, names)]),
  );
};

/** How a resource differs from Create, Get and Delete with its inputs as they are. */
interface Differences {
  /** The operation that makes it. @default Create<Name> */
  create?: string;
  /** The operation that removes it, or schedules its removal. @default Delete<Name> */
  remove?: string;
  body?: (inputs: ResourceValues) => ResourceValues;
  /** Host of its own, from the inputs. */
  endpoint?: (inputs: ResourceValues) => string;
  removeQuery?: (inputs: ResourceValues) => Record<string, string | boolean | undefined>;
}

/**
 * A type of resource with an OCID.
 * @param service the service's name in the table of operations
 * @param name what follows Create, Get and Delete in its operations' names
 */
export const byOcid = (service: string, name: string, of: Differences = {}): ResourceType => {
  const read = `${service}.Get${name}`;
  const remove = `${service}.${of.remove ?? `Delete${name}`}`;
  const param = idParameter(read);
  const endpoint = (inputs: ResourceValues) => (of.endpoint ? { endpoint: of.endpoint(inputs) } : {});
  const at = (id: string, inputs: ResourceValues, context: EngineContext) => ({
    params: { [param]: id },
    regionId: context.regionId,
    ...endpoint(inputs),
  });
  return {
    create: async (inputs, context) => {
      const body = rename((of.body ?? ((i) => i))(nestTags(inputs)), TO_REST);
      const response = await context.client.call(`${service}.${of.create ?? `Create${name}`}`, {
        body,
        regionId: context.regionId,
        ...endpoint(inputs),
      });
      return { id: String(response.body["id"]), outputs: rename(response.body, FROM_REST) as ResourceValues };
    },
    read: async (id, inputs, context) => {
      const response = await context.client.call(read, at(id, inputs, context));
      return rename(response.body, FROM_REST) as ResourceValues;
    },
    remove: async (id, inputs, context) => {
      const isScheduled = remove.includes(".Schedule");
      await context.client.call(remove, {
        ...at(id, inputs, context),
        ...(isScheduled && { body: {}, idempotent: true }),
        ...(of.removeQuery && { query: of.removeQuery(inputs) }),
      });
    },
  };
};
