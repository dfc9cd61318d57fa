/** The `raw` grant that would let a refused call through, with the permissions that OCI asks for it. @module */
import { findOperation, type Operation } from "../oci/operations/index.ts";
import type { RefusedCall } from "./refused-call.ts";
import { valuesAt } from "./rules/json-body.ts";
import { type FlowValue, flow } from "./yaml-flow.ts";

const COMPARTMENT = /^ocid1\.(?:compartment|tenancy)\.[\w.-]{1,200}$/;

/** Permissions of an operation between braces, and what there is to say of them. */
const permissionsOf = ({ permissions }: Operation): { list: string; note?: string } => {
  if (!permissions) return { list: "<its permission>", note: "no published table names its permission" };
  const { mode, always, when = {} } = permissions;
  if (mode === "none") return { list: "<no permission>", note: "OCI asks no permission for it" };
  if (mode === "any" && always.length > 1) {
    return { list: always[0]!, note: `one of ${always.join(", ")} is enough` };
  }
  const further = Object.entries(when).map(([name, more]) => `${more.join(", ")} (${name})`);
  const note = further.length > 0 ? { note: `in some cases also ${further.join("; ")}` } : {};
  return { list: always.join(", ") || "<its permission>", ...note };
};

/** The compartment that the call names in its query or body. */
const compartmentOf = ({ query, body }: RefusedCall): string => {
  const [inBody] = valuesAt(body, ["compartmentId"]) ?? [];
  const found = query["compartmentId"] ?? inBody;
  return typeof found === "string" && COMPARTMENT.test(found) ? found : "<compartment>";
};

/** Query parameters that say what a call is about, not how its response comes. */
const IS_ABOUT = /^action$|Id$|^prefix$/;

const conditionsOf = (
  call: RefusedCall,
  operation: Operation,
  member?: string,
): Record<string, FlowValue> => {
  const where: Record<string, FlowValue> = {};
  for (const [name, value] of Object.entries(call.params)) where[`path.${name}`] = value;
  for (const [name, value] of Object.entries(call.query)) {
    if (IS_ABOUT.test(name) && operation.query.includes(name)) where[`query.${name}`] = value;
  }
  if (member) {
    const values = [...new Set(valuesAt(call.body, member.split(".")) ?? [])];
    const texts = values.every((one) => typeof one === "string" || typeof one === "boolean")
      ? values.map(String)
      : [];
    where[`body.${member}`] = texts.length > 1 ? { oneOf: texts } : (texts[0] ?? "<its value>");
  }
  return where;
};

/** A name that the grant can have: `get-bucket`. */
const nameOf = (operation: string): string =>
  operation
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .slice(0, 64);

/**
 * The grant in YAML's flow form, and behind it what its reader has to know.
 * @param member the body's member that asks for more than other grants have, which this one must name: dotted, `*` for
 *   each element
 */
export const suggestRaw = (call: RefusedCall, member?: string): string => {
  const operation = findOperation(call.operation);
  if (!operation) return `{ raw: … } with the operation ${call.operation}`;
  const { list, note } = permissionsOf(operation);
  const compartment = compartmentOf(call);
  const bucket = call.params["bucketName"];
  const narrowed =
    bucket !== undefined && /^[\w.-]{1,256}$/.test(bucket) ? ` where target.bucket.name = '${bucket}'` : "";
  const where = conditionsOf(call, operation, member);
  const grant = flow({
    raw: {
      name: nameOf(operation.name),
      statement: `Allow dynamic-group id <group> to {${list}} in compartment id ${compartment}${narrowed}`,
      compartment,
      operations: [call.operation],
      where: Object.keys(where).length > 0 ? where : undefined,
    },
  });
  return note === undefined ? grant : `${grant} (${note})`;
};
