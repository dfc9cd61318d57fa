/** The narrowest grant that would let a refused call through, as it is written under `keyless:access`. @module */
import {
  DNS_NAME,
  MODEL,
  OBJECT_PREFIX,
  POWER_ACTIONS,
  RECORD_TYPE,
  REPOSITORY_NAME,
} from "./grant-forms.ts";
import { suggestRaw } from "./raw-suggestion.ts";
import type { RefusedCall } from "./refused-call.ts";
import { valuesAt } from "./rules/json-body.ts";
import { flow } from "./yaml-flow.ts";

/** A grant's members in order; `undefined` for one that is left out. */
type Members = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** A member that the call does not tell, shown between angle brackets for the reader to fill in. */
const toFillIn = (what: string): string => `<${what}>`;

const prefixOf = (text: string | undefined): string | undefined =>
  text !== undefined && OBJECT_PREFIX.test(text) ? text : undefined;

/** As much of the beginning of an object's name as a prefix can hold: with the usual names, all of it. */
const beginningOf = (objectName = ""): string | undefined =>
  prefixOf(/^[^'*\\\p{C}]{0,512}/u.exec(objectName)![0]);

const object =
  (access: "read" | "write" | "delete") =>
  ({ params }: RefusedCall): Members => {
    const prefix = beginningOf(params["objectName"]);
    // Reading a whole bucket has lists with it unless it says otherwise.
    const list = access === "read" && prefix === undefined ? false : undefined;
    return { bucket: params["bucketName"], access, prefix, list };
  };

/** A grant for uploads in parts. @param objectName undefined for what is about the whole bucket */
const parts = (bucket: string | undefined, objectName: string | undefined): Members => ({
  bucket,
  access: "write",
  prefix: beginningOf(objectName),
  multipart: true,
});

const ofUpload = ({ params }: RefusedCall): Members => parts(params["bucketName"], params["objectName"]);

/** The one text of a form in all the places of a body; undefined where there are several, or none. */
const only = (body: unknown, steps: readonly string[], form: RegExp): string | undefined => {
  const [first, ...others] = valuesAt(body, steps) ?? [];
  if (typeof first !== "string" || !form.test(first)) return undefined;
  return others.every((other) => other === first) ? first : undefined;
};

/** Suggestions of a kind that names one resource by the OCID in the path, by what may be done. */
const ofResource = (
  key: string,
  param: string,
  access: Readonly<Record<string, readonly string[]>>,
): Record<string, (call: RefusedCall) => Members> =>
  Object.fromEntries(
    Object.entries(access).flatMap(([what, operations]) =>
      operations.map((operation) => [
        operation,
        ({ params }: RefusedCall): Members => ({ [key]: params[param], access: what }),
      ]),
    ),
  );

const ofKey =
  (access: "encrypt" | "decrypt" | "sign") =>
  ({ body }: RefusedCall): Members => ({
    key: only(body, ["keyId"], /^ocid1\.key\.[\w.-]{1,200}$/) ?? toFillIn("key"),
    vault: toFillIn("its vault"),
    access,
  });

/** A query that reads one log, by OCID, and names nothing else to read. */
const LOG_QUERY =
  /^search "(ocid1\.[\w.-]{1,200})\/(ocid1\.loggroup\.[\w.-]{1,200})\/(ocid1\.log\.[\w.-]{1,200})"(?:$| \|(?:(?!search).)*$)/i;

const ofSearch = ({ body }: RefusedCall): Members => {
  const query = only(body, ["searchQuery"], LOG_QUERY);
  const [, compartment, group, log] = LOG_QUERY.exec(query ?? "") ?? [];
  return { logsearch: log ?? toFillIn("log"), group: group ?? toFillIn("its log group"), compartment };
};

const COMPARTMENT = /^ocid1\.(?:compartment|tenancy)\.[\w.-]{1,200}$/;

/** A grant of the model that a body names. @param members that may name it, as paths */
const ofModel =
  (generativeai: "chat" | "embed" | "rerank", ...members: readonly (readonly string[])[]) =>
  ({ body }: RefusedCall): Members => {
    const [model] = members.flatMap((steps) => only(body, steps, MODEL) ?? []);
    return {
      generativeai,
      models: [model ?? toFillIn("model")],
      compartment: only(body, ["compartmentId"], COMPARTMENT),
    };
  };
const SERVING_MODE = [
  ["servingMode", "modelId"],
  ["servingMode", "endpointId"],
] as const;

/** A grant of a zone's records: of one domain, and of one type there, where the call is about no other. */
const ofZone =
  (access: "read" | "update") =>
  ({ params, body }: RefusedCall): Members => {
    const zone = params["zoneNameOrId"] ?? "";
    const name = zone.startsWith("ocid1.") ? undefined : zone;
    /** A part of the path, where a body that is known says the same of each record. */
    const said = (member: "domain" | "rtype", form: RegExp): string | undefined => {
      const value = params[member];
      if (value === undefined || !form.test(value)) return undefined;
      return body === undefined || only(body, ["items", "*", member], form) === value ? value : undefined;
    };
    const [items] = valuesAt(body, ["items"]) ?? [];
    const byHash =
      Array.isArray(items) && items.some((item) => valuesAt(item, ["recordHash"])?.[0] !== undefined);
    const inZone = (domain = ""): boolean =>
      name === undefined || domain === name || domain.endsWith(`.${name}`);
    const found = byHash ? undefined : said("domain", DNS_NAME);
    const domain = inZone(found) ? found : undefined;
    return {
      dns: name === undefined ? zone : toFillIn("its zone"),
      name,
      access,
      domain,
      type: domain === undefined ? undefined : said("rtype", RECORD_TYPE),
    };
  };

/** A grant of the repository that a token is to pull from; undefined for a token that does anything else. */
const ofToken = ({ query, namespace }: RefusedCall): Members | undefined => {
  const [, owner, name = ""] = /^repository:([^/]+)\/(.+):pull$/.exec(query["scope"] ?? "") ?? [];
  const isOwn = namespace === undefined || owner === namespace;
  return isOwn && REPOSITORY_NAME.test(name) ? { registry: toFillIn("its repository"), name } : undefined;
};

const ofMetrics = ({ query, body }: RefusedCall): Members => ({
  monitoring: only(body, ["namespace"], /^\w{1,256}$/) ?? toFillIn("namespace"),
  compartment: query["compartmentId"],
});

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
    compartment: only(body, ["metricData", "*", "compartmentId"], COMPARTMENT),
  }),
  "loggingingestion.PutLogs": ({ params }) => ({ logs: params["logId"], group: toFillIn("its log group") }),
  "core.GetInstance": ({ params }) => ({ instance: params["instanceId"], access: "read" }),
  "core.InstanceAction": ({ params, query }) =>
    POWER_ACTIONS.includes(query["action"] ?? "")
      ? { instance: params["instanceId"], access: "power" }
      : undefined,
  ...ofResource("queue", "queueId", {
    send: ["queue.PutMessages"],
    receive: [
      "queue.GetMessages",
      "queue.UpdateMessage",
      "queue.UpdateMessages",
      "queue.DeleteMessage",
      "queue.DeleteMessages",
    ],
  }),
  ...ofResource("stream", "streamId", {
    publish: ["streaming.PutMessages"],
    consume: [
      "streaming.CreateCursor",
      "streaming.CreateGroupCursor",
      "streaming.GetMessages",
      "streaming.ConsumerCommit",
      "streaming.ConsumerHeartbeat",
    ],
  }),
  ...ofResource("function", "functionId", { invoke: ["functions.InvokeFunction"] }),
  ...ofResource("topic", "topicId", { publish: ["ons.PublishMessage"] }),
  "keymanagement.Encrypt": ofKey("encrypt"),
  "keymanagement.GenerateDataEncryptionKey": ofKey("encrypt"),
  "keymanagement.Decrypt": ofKey("decrypt"),
  "keymanagement.Sign": ofKey("sign"),
  "loggingsearch.SearchLogs": ofSearch,
  "containerregistry.GetAccessToken": ofToken,
  "artifacts.GetContainerRepository": ({ params }) => ({
    registry: params["repositoryId"],
    name: toFillIn("its name"),
  }),
  "dns.GetZone": ofZone("read"),
  "dns.GetZoneRecords": ofZone("read"),
  "dns.GetDomainRecords": ofZone("read"),
  "dns.GetRRSet": ofZone("read"),
  "dns.PatchZoneRecords": ofZone("update"),
  "dns.UpdateZoneRecords": ofZone("update"),
  "dns.PatchDomainRecords": ofZone("update"),
  "dns.UpdateDomainRecords": ofZone("update"),
  "dns.PatchRRSet": ofZone("update"),
  "dns.UpdateRRSet": ofZone("update"),
  "dns.DeleteRRSet": ofZone("update"),
  "generativeaiinference.Chat": ofModel("chat", ...SERVING_MODE),
  "generativeaiinference.EmbedText": ofModel("embed", ...SERVING_MODE),
  "generativeaiinference.RerankText": ofModel("rerank", ...SERVING_MODE),
  "generativeaiinference.CreateChatCompletion": ofModel("chat", ["model"]),
  "generativeaiinference.CreateResponse": ofModel("chat", ["model"]),
  "monitoring.SummarizeMetricsData": ofMetrics,
  "monitoring.ListMetrics": ofMetrics,
  "audit.ListEvents": ({ query }) => ({ audit: query["compartmentId"] || toFillIn("compartment") }),
};

/** Operations for which another kind of grant than `raw` is suggested, as `service.Operation`. */
export const SUGGESTED_OPERATIONS: readonly string[] = Object.keys(SUGGESTIONS);

/** True for a call to another namespace than the stack's own, which no grant but `raw` names. */
const isElsewhere = ({ params, namespace }: RefusedCall): boolean =>
  namespace !== undefined && params["namespaceName"] !== undefined && params["namespaceName"] !== namespace;

/**
 * The narrowest grant that would let a call through, in YAML's flow form: `{ bucket: invoices, access: read, prefix:
 * 2026/a.pdf }`. What the call does not tell stands between angle brackets. Calls that no kind of grant has get `raw`
 * with the permissions that OCI asks.
 */
export const suggestGrant = (call: RefusedCall): string => {
  const members = isElsewhere(call) ? undefined : SUGGESTIONS[call.operation]?.(call);
  return members === undefined ? suggestRaw(call) : flow(members);
};

/** The wider prefix that a suggestion might have: the object's folder; undefined where there is none. */
export const widerPrefix = (call: RefusedCall): string | undefined => {
  const name = call.params["objectName"];
  if (name === undefined || isElsewhere(call) || !(call.operation in SUGGESTIONS)) return undefined;
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  return folder !== "" && folder !== name && OBJECT_PREFIX.test(folder) ? folder : undefined;
};
