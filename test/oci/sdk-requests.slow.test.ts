/**
 * Every operation of every package of Oracle's SDK: its own client builds the request, and the proxy's way finds the
 * same operation in it, with the same parameters, query names and headers.
 */

import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { headersFor, readHeaders } from "../../app/proxy/listen/headers.ts";
import { splitQuery } from "../../document/rules/query.ts";
import { route } from "../../document/rules/route.ts";
import { parseTarget } from "../../document/rules/target.ts";
import { beyondSdk } from "../../oci/operations/beyond-sdk.ts";
import { findOperation, type Operation, operationsOf, services } from "../../oci/operations/index.ts";
import { SDK_INSTALL, sdkClients, sdkInstalled, sdkPackage } from "../../oci/sdk.ts";
import { skipUnless } from "../support/skip.ts";

interface Sent {
  uri: string;
  method: string;
  headers: Headers;
}

type Client = Record<string, unknown> & { endpoint: string };

const require = createRequire(import.meta.url);
const ENDPOINT = "https://service.example";

/** Headers that the table leaves out, because whoever sends a request writes them. */
const SENDERS_OWN = new Set([
  "accept",
  "authorization",
  "content-length",
  "content-type",
  "expect",
  "host",
  "opc-request-id",
]);

/** Members of a request that are not texts. */
const member = (name: string): unknown => {
  if (name === "retryConfiguration") return undefined;
  if (name === "opcMeta") return { "a-b": "1" };
  if (/^(?:is|should)[A-Z]/.test(name)) return true;
  return `${name}.1`;
};

/** The member of a request that a header is written from. */
const memberOf = (header: string): string =>
  header.replace(/[-_](\w)/g, (_, letter: string) => letter.toUpperCase());

/** Members that are texts whatever the operation. */
const TEXTS = ["retryConfiguration", "opcMeta", ...[...SENDERS_OWN].map(memberOf)];

/**
 * A request that has every member that the client asks for. What is no parameter and no header is the body: of the first
 * form that the client can write.
 */
const everything = (
  operation: Operation,
  body: unknown,
  values: Readonly<Record<string, unknown>>,
): object => {
  const path = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const texts = new Set([...TEXTS, ...path, ...operation.query, ...operation.headers.map(memberOf)]);
  const get = (_: object, name: string | symbol): unknown =>
    values[String(name)] ?? (texts.has(String(name)) ? member(String(name)) : body);
  return new Proxy({}, { get });
};

const BODIES = ["text", {}, []];

/** Lets a client of the SDK build the request of an operation. */
const built = async (
  client: Client,
  method: string,
  operation: Operation,
  values: Readonly<Record<string, unknown>> = {},
): Promise<Sent> => {
  let sent: Sent | undefined;
  let failure: unknown;
  client["_httpClient"] = {
    send: async (one: Sent) => {
      sent = one;
      return new Response("{}", { status: 200, headers: { "content-type": "application/json" } });
    },
  };
  for (const body of BODIES) {
    // What the client makes of the response is not looked at.
    await (client[method] as (request: object) => Promise<unknown>)
      .call(client, everything(operation, body, values))
      .catch((error: unknown) => {
        failure = error;
      });
    if (sent) return sent;
  }
  throw failure;
};

const clientsIn = (service: string): { name: string; client: Client }[] => {
  const module = require(sdkPackage(service)) as Record<string, unknown>;
  return sdkClients(service).map(({ client: name }) => {
    const ClientClass = module[`${name}Client`] as new (options: object) => Client;
    const client = new ClientClass({ httpClient: {} });
    client.endpoint = ENDPOINT;
    return { name, client };
  });
};

const lower = (name: string): string => name[0]!.toLowerCase() + name.slice(1);

/** What of a request is not found again; undefined where all is. */
const lost = (
  service: string,
  name: string,
  sent: Sent,
  values: Readonly<Record<string, string>> = {},
): string | undefined => {
  const operation = findOperation(`${service}.${name}`)!;
  const target = parseTarget(`/${service}${sent.uri.slice(ENDPOINT.length)}`);
  const match = route(sent.method, target);
  if (match?.operation !== operation) return `it is taken for ${match?.operation.name}`;
  for (const [param, value] of Object.entries(match.params))
    if (value !== (values[param] ?? member(param))) return `${param} is ${value}`;
  const unknown = splitQuery(target.query).find(
    (q) => !operation.query.includes(q.name.replace(/\[.*$/, "")),
  );
  if (unknown) return `the query has ${unknown.name}`;
  const given = [...sent.headers].filter(([header]) => !SENDERS_OWN.has(header));
  const read = readHeaders(given.flat());
  const { left } = headersFor(operation, read.offered);
  if (left.length > 0) return `${left.join()} would not go on`;
  const gone = given.find(([header]) => !read.forwarded.includes(header) && !read.offered.includes(header));
  return gone && `${gone[0]} would not go on`;
};

/** Requests that are refused with a reason, whatever is granted. */
const REFUSED: Readonly<Record<string, string>> = {
  // A parameter of this name makes another method of the request elsewhere.
  "waas.ListWafLogs": "the query parameter httpMethod would change the method",
};

const BEYOND = new Set(beyondSdk.map((o) => `${o.service}.${o.name}`));

const { describe } = skipUnless(sdkInstalled(), `Oracle's SDK is not installed: ${SDK_INSTALL}`);

describe("requests of Oracle's SDK", () => {
  it.each(services)("%s", { timeout: 120_000 }, async (service) => {
    const wrong: string[] = [];
    let tried = 0;
    const operations = [...operationsOf(service)].filter((o) => !BEYOND.has(`${o.service}.${o.name}`));
    for (const { name: clientName, client } of clientsIn(service)) {
      for (const operation of operations) {
        const { name } = operation;
        if (operation.client !== clientName) continue;
        const method =
          [lower(name), name].find((one) => typeof client[one] === "function") ?? spelled(client, name);
        tried += 1;
        try {
          const problem = lost(service, name, await built(client, method, operation));
          if (problem) wrong.push(`${clientName}.${name}: ${problem}`);
        } catch (error) {
          const { message } = error as Error;
          if (message !== REFUSED[`${service}.${name}`]) wrong.push(`${clientName}.${name}: ${message}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(tried).toBe(operations.length);
  });

  it.each([
    ["objectstorage", "ObjectStorage", "GetObject", { objectName: "a/b c%2F;é" }],
    ["objectstorage", "ObjectStorage", "DeletePreauthenticatedRequest", { parId: "/zw/F+a=:dir/x" }],
    ["opsi", "OperationsInsights", "PutAwrHubObject", { objectName: "a/b" }],
    [
      "genericartifactscontent",
      "GenericArtifactsContent",
      "GetGenericArtifactContentByPath",
      { artifactPath: "a/b" },
    ],
    ["artifacts", "Artifacts", "GetGenericArtifactByPath", { artifactPath: "a/b/versions" }],
    ["dns", "Dns", "GetZoneRecords", { zoneNameOrId: "0/25.2.0.192.in-addr.arpa" }],
    ["datascience", "DataScience", "GetModelCustomMetadatumArtifactContent", { metadatumKeyName: "a key/1" }],
  ])("%s %s %s with %j", async (service, clientName, name, values) => {
    const { client } = clientsIn(service).find((one) => one.name === clientName)!;
    const sent = await built(client, lower(name), findOperation(`${service}.${name}`)!, values);
    expect(lost(service, name, sent, values as Record<string, string>)).toBeUndefined();
  });
});

/** The method of an operation whose name the policy reference spells in another case. */
const spelled = (client: Client, name: string): string =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(client)).find(
    (one) => one.toLowerCase() === name.toLowerCase(),
  )!;
