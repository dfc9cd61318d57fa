/**
 * Operations' bodies where they can ask for more than path and query name. Source: the models of the SDK packages
 * (`InstancePowerActionDetails` and its subclasses, `CopyObjectDetails`, …) and the API reference's words on them.
 * @module
 */
import type { Members } from "./body-shape.ts";
import { findOperation } from "./index.ts";
import { CHAT_COMPLETION, RESPONSE } from "./openai-bodies.ts";

/** The parts of a body that path and query do not name. */
export interface BodyScope {
  /** Members that ask for more than path and query name, and what they do. */
  widens: Readonly<Record<string, string>>;
  /** The same of members within others, dotted. A grant cannot name them. */
  within?: Readonly<Record<string, string>>;
  /** Members that say where the call goes, and that a grant therefore names: dotted, `*` for each element. */
  addresses?: readonly string[];
  /** Members that say again what a query parameter says, by that parameter. */
  repeats?: Readonly<Record<string, string>>;
  /**
   * Members that are queries, and the word with which a query names what it reads: there once, so that nothing can be
   * read but what a grant says of the query's beginning.
   */
  once?: Readonly<Record<string, string>>;
  /**
   * Members by which an element may name another thing than its other members do, dotted, `*` for each element: refused
   * where a grant says what those others must be.
   */
  aliases?: readonly string[];
  /** What else the body may have, where everything that is not named is refused; then no query parameter goes on either. */
  shape?: Members;
}

/** A body that is content, or is about what path and query name. */
const NOTHING: BodyScope = { widens: {} };

/** Records by domain and type; `recordHash`, unique within the zone, may name one elsewhere (`RecordOperation`). */
const OF_RECORDS: BodyScope = { widens: {}, aliases: ["items.*.recordHash"] };

/** The body names the compartment that is charged, and the model. */
const OF_SERVING_MODE: BodyScope = { widens: {}, addresses: ["compartmentId", "servingMode.servingType"] };

/** What the service does by itself in Oracle's form of a chat (`GenericChatRequest`). */
const OF_CHAT: BodyScope = {
  ...OF_SERVING_MODE,
  within: { "chatRequest.webSearchOptions": "has the service search the web" },
};

/**
 * Members beside `model` in OpenAI's form: names by which a service or a gateway may be told another model, and what the
 * service does by itself.
 */
const BESIDE_MODEL = {
  compartmentId: "names a compartment, which the header does",
  fallbacks: "names other models",
  models: "names other models",
  moderation: "has another model judge what is said",
  provider: "names who serves the model",
  route: "names other models",
  search_parameters: "has the service search the web",
  servingMode: "names another model",
  web_search_options: "has the service search the web",
} as const;

const SCOPES: Readonly<Record<string, BodyScope>> = {
  "core.InstanceAction": {
    repeats: { actionType: "action" },
    widens: {
      allowDenseRebootMigration: "moves the instance to another host and deletes its local disks",
      deleteLocalStorage: "deletes the instance's local disks",
      timeScheduled: "sets when the instance is moved to another host",
    },
    shape: { members: {} },
  },
  "dns.PatchDomainRecords": OF_RECORDS,
  "dns.PatchRRSet": OF_RECORDS,
  "dns.PatchZoneRecords": OF_RECORDS,
  "dns.UpdateDomainRecords": OF_RECORDS,
  "dns.UpdateRRSet": OF_RECORDS,
  "dns.UpdateZoneRecords": OF_RECORDS,
  "functions.InvokeFunction": NOTHING,
  "generativeaiinference.Chat": OF_CHAT,
  "generativeaiinference.CreateChatCompletion": {
    widens: BESIDE_MODEL,
    addresses: ["model"],
    shape: CHAT_COMPLETION,
  },
  "generativeaiinference.CreateResponse": {
    widens: {
      ...BESIDE_MODEL,
      background: "goes on when the caller has gone",
      conversation: "goes on with any conversation of the compartment",
      previous_response_id: "goes on with any response of the compartment",
      prompt: "uses a prompt that is kept elsewhere",
    },
    addresses: ["model"],
    shape: RESPONSE,
  },
  "generativeaiinference.EmbedText": OF_SERVING_MODE,
  "generativeaiinference.RerankText": OF_SERVING_MODE,
  "keymanagement.Decrypt": { widens: {}, addresses: ["keyId"] },
  "keymanagement.Encrypt": { widens: {}, addresses: ["keyId"] },
  "keymanagement.GenerateDataEncryptionKey": { widens: {}, addresses: ["keyId"] },
  "keymanagement.Sign": { widens: {}, addresses: ["keyId"] },
  "loggingingestion.PutLogs": NOTHING,
  // Logging Query Language Specification: `search` alone names logs; several statements and comments may follow.
  "loggingsearch.SearchLogs": { widens: {}, addresses: ["searchQuery"], once: { searchQuery: "search" } },
  "monitoring.ListMetrics": { widens: {}, addresses: ["namespace"] },
  "monitoring.PostMetricData": {
    widens: {},
    addresses: ["metricData.*.namespace", "metricData.*.compartmentId"],
  },
  "monitoring.SummarizeMetricsData": { widens: {}, addresses: ["namespace"] },
  "objectstorage.CommitMultipartUpload": NOTHING,
  "objectstorage.CopyObject": {
    widens: {
      destinationRegion: "copies into another region",
      destinationNamespace: "copies into another tenancy's namespace",
      destinationBucket: "copies into another bucket",
    },
  },
  "objectstorage.CreateBucket": {
    widens: {
      compartmentId: "makes the bucket in any compartment",
      publicAccessType: "lets everybody read",
    },
  },
  "objectstorage.CreateMultipartUpload": { widens: {}, addresses: ["object"] },
  "objectstorage.CreatePreauthenticatedRequest": {
    widens: {
      accessType: "lets everybody who has the address read or write",
      bucketListingAction: "lets everybody who has the address list names",
    },
  },
  "objectstorage.CreateReplicationPolicy": {
    widens: {
      destinationRegionName: "copies everything into another region",
      destinationBucketName: "copies everything into another bucket",
    },
  },
  "objectstorage.PutObject": NOTHING,
  "objectstorage.RenameObject": { widens: {}, addresses: ["sourceName", "newName"] },
  "objectstorage.UpdateBucket": {
    widens: {
      namespace: "moves the bucket to another namespace",
      compartmentId: "moves the bucket to another compartment",
      name: "gives the bucket another name",
      publicAccessType: "lets everybody read",
      kmsKeyId: "encrypts with another key",
    },
  },
  "objectstorage.UploadPart": NOTHING,
  "ons.PublishMessage": NOTHING,
  "queue.DeleteMessages": NOTHING,
  "queue.PutMessages": NOTHING,
  "queue.UpdateMessage": NOTHING,
  "queue.UpdateMessages": NOTHING,
  "streaming.ConsumerCommit": NOTHING,
  "streaming.ConsumerHeartbeat": NOTHING,
  "streaming.CreateCursor": NOTHING,
  "streaming.CreateGroupCursor": NOTHING,
  "streaming.PutMessages": NOTHING,
};

/** Moves what the path names to a compartment that only the body names. */
const MOVE: BodyScope = { widens: { compartmentId: "moves what the path names to another compartment" } };

/** Operations of the table whose bodies are known here, `service.Operation`. */
export const scopedOperations: readonly string[] = Object.keys(SCOPES);

/**
 * The members with which the body of an operation can ask for more than path and query.
 * @param qualifiedName `service.Operation`
 * @returns undefined when nobody has looked
 */
export const bodyScopeOf = (qualifiedName: string): BodyScope | undefined => {
  if (Object.hasOwn(SCOPES, qualifiedName)) return SCOPES[qualifiedName];
  const name = findOperation(qualifiedName)?.name ?? "";
  return /^Change\w+Compartment$/.test(name) ? MOVE : undefined;
};
