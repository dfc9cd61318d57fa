/** The narrowest grant that would let a refused call through, as it is written under `keyless:access`. @module */
import { OBJECT_PREFIX, POWER_ACTIONS } from "./grant-forms.ts";
import { valuesAt } from "./rules/json-body.ts";

/** A call that was refused. */
export interface RefusedCall {
  /** `service.Operation` */
  operation: string;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** The JSON body's value; undefined where there is none, or where nobody has read it yet. */
  body?: unknown;
}

/** A grant's members in order; `undefined` for one that is left out. */
type Members = Readonly<Record<string, string | boolean | undefined>>;

/** A member that the call does not tell, shown between angle brackets for the reader to fill in. */
const toFillIn = (what: string): string => `<${what}>`;

const prefixOf = (text: string | undefined): string | undefined =>
  text !== undefined && OBJECT_PREFIX.test(text) ? text : undefined;

/** The part of an object's name up to its last slash, which people call its folder. */
const folderOf = (objectName = ""): string | undefined =>
  prefixOf(objectName.slice(0, objectName.lastIndexOf("/") + 1));

const object =
  (access: "read" | "write" | "delete") =>
  ({ params }: RefusedCall): Members => {
    const prefix = folderOf(params["objectName"]);
    // Reading a whole bucket has lists with it unless it says otherwise.
    const list = access === "read" && prefix === undefined ? false : undefined;
    return { bucket: params["bucketName"], access, prefix, list };
  };

/** A grant for uploads in parts. @param objectName undefined for what is about the whole bucket */
const parts = (bucket: string | undefined, objectName: string | undefined): Members => ({
  bucket,
  access: "write",
  prefix: folderOf(objectName),
  multipart: true,
});

const ofUpload = ({ params }: RefusedCall): Members => parts(params["bucketName"], params["objectName"]);

/** The one text of a form in all the places of a body; undefined where there are several, or none. */
const only = (body: unknown, steps: readonly string[], form: RegExp): string | undefined => {
  const [first, ...others] = valuesAt(body, steps) ?? [];
  if (typeof first !== "string" || !form.test(first)) return undefined;
  return others.every((other) => other === first) ? first : undefined;
};

/**
 * Suggestions by operation; undefined where the kind of grant that has the operation does not have this call.
 */
const SUGGESTIONS: Readonly<Record<string, (call: RefusedCall) => Members | undefined>> = {
  "secrets.GetSecretBundle": ({ params }) => ({ secret: params["secretId"] }),
  "objectstorage.GetObject": object("read"),
  "objectstorage.HeadObject": object("read"),
  "objectstorage.PutObject": object("write"),
  "objectstorage.DeleteObject": object("delete"),
  "objectstorage.CreateMultipartUpload": ({ params, body }) =>
    parts(params["bucketName"], only(body, ["object"], /./)),
  "objectstorage.UploadPart": ofUpload,
  "objectstorage.CommitMultipartUpload": ofUpload,
  "objectstorage.AbortMultipartUpload": ofUpload,
  "objectstorage.ListMultipartUploadParts": ofUpload,
  "objectstorage.ListMultipartUploads": ofUpload,
  "objectstorage.ListObjects": ({ params, query }) => ({
    bucket: params["bucketName"],
    access: "read",
    prefix: prefixOf(query["prefix"]),
    list: true,
  }),
  "monitoring.PostMetricData": ({ body }) => ({
    metrics: only(body, ["metricData", "*", "namespace"], /^\w{1,256}$/) ?? toFillIn("namespace"),
    compartment: only(
      body,
      ["metricData", "*", "compartmentId"],
      /^ocid1\.(?:compartment|tenancy)\.[\w.-]{1,200}$/,
    ),
  }),
  "loggingingestion.PutLogs": ({ params }) => ({ logs: params["logId"], group: toFillIn("its log group") }),
  "core.GetInstance": ({ params }) => ({ instance: params["instanceId"], access: "read" }),
  "core.InstanceAction": ({ params, query }) =>
    POWER_ACTIONS.includes(query["action"] ?? "")
      ? { instance: params["instanceId"], access: "power" }
      : undefined,
  "audit.ListEvents": ({ query }) => ({ audit: query["compartmentId"] || toFillIn("compartment") }),
};

/** Operations for which another kind of grant than `raw` is suggested, as `service.Operation`. */
export const SUGGESTED_OPERATIONS: readonly string[] = Object.keys(SUGGESTIONS);

/** Words that are no text in YAML 1.1 or 1.2. */
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** A scalar in YAML's flow form, plain where every reader takes it for the same text. JSON's form is YAML too. */
const scalar = (value: string | boolean): string => {
  if (typeof value === "boolean") return String(value);
  const plain = /^[A-Za-z][\w./-]*$/.test(value) || /^[\w.-]+\/[\w./-]*$/.test(value);
  if ((plain && !RESERVED.test(value)) || /^<[a-z ]+>$/.test(value)) return value;
  return JSON.stringify(value);
};

/**
 * The grant that would let a call through, in YAML's flow form: `{ bucket: invoices, access: read, prefix: 2026/ }`.
 * What the call does not tell stands between angle brackets. Calls that no kind of grant has need `raw`.
 */
export const suggestGrant = (call: RefusedCall): string => {
  const members = SUGGESTIONS[call.operation]?.(call);
  if (members === undefined) return `{ raw: … } with the operation ${call.operation}`;
  const written = Object.entries(members).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${scalar(value)}`],
  );
  return `{ ${written.join(", ")} }`;
};
