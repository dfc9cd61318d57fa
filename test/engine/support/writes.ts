/** What an engine asks OCI to change, in a form in which two engines can be compared. @module */
import type { Service } from "../../../local/service.ts";

/** One request that is no read. */
export interface Write {
  operation: string;
  region: string;
  path: Readonly<Record<string, string | undefined>>;
  /** The JSON body; for an upload its content type. */
  body: unknown;
}

const bodyOf = (call: Parameters<Service["handlers"][string]["run"]>[0]): unknown => {
  if (call.stream) return { contentType: call.headers["content-type"] };
  return call.body.length ? call.json() : undefined;
};

/** A service that notes its writes. */
export const noted = (service: Service, writes: Write[]): Service => ({
  ...service,
  handlers: Object.fromEntries(
    Object.entries(service.handlers).map(([name, handler]): [string, Service["handlers"][string]] => [
      name,
      {
        ...handler,
        run: (call) => {
          if (!/^(Get|List|Head)/.test(name))
            writes.push({
              operation: `${service.name}.${name}`,
              region: call.region.id,
              path: call.params,
              body: bodyOf(call),
            });
          return handler.run(call);
        },
      },
    ]),
  ),
});

const NEW_OCID = /ocid1\.([a-z]+)\.oc1\.[a-z]*\.[a-z0-9.]+/g;

/** What each run has of its own, by the member's name: a request's id, the public key, and what is signed when. */
const OWN: Readonly<Record<string, string>> = {
  parId: "<par>",
  user_data: "<user_data>",
  message: "<signed>",
};

/** Members in one order, and without what each run has of its own. */
const normal = (value: unknown, known: ReadonlySet<string>): unknown => {
  if (typeof value === "string")
    return value
      .replace(NEW_OCID, (id, type: string) => (known.has(id) ? id : `<${type}>`))
      .replace(/\/p\/[\w-]{20,}\//, "/p/<token>/")
      .replace(/-(secret|decoy)-[a-z0-9]{8}$/, "-$1-<suffix>")
      .replace(/[a-z0-9]+-(management|crypto)\.kms/g, "<vault>-$1.kms")
      .replace(/"sequence":\d+,"value":"[^"]*"/, '"sequence":0,"value":"<signature>"');
  if (Array.isArray(value)) return value.map((v) => normal(v, known));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, OWN[key] ?? normal(inner, known)]),
  );
};

/**
 * Each write as one line, sorted: engines make independent resources in any order.
 * @param known OCIDs that were there before: they are the same for both engines
 */
export const comparable = (writes: readonly Write[], known: ReadonlySet<string>): string[] =>
  writes.map((write) => JSON.stringify(normal(write, known))).sort();
