/**
 * Grants of the kinds whose statements reach further than the grant: an instance of the local OCI has the statements, and
 * its proxy keeps the client to what is granted.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Access,
  accessSchema,
  allowRules,
  compileStatements,
  probes,
  type StackIds,
} from "../../../access/index.ts";
import { runProbe } from "../../../app/check/probe.ts";
import { probeSchema } from "../../../document/schema.ts";
import { type LocalWorld, localWorld, startLocalProxy } from "../../support/local-proxy.ts";
import { signedCall } from "../../support/signed-call.ts";

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
/** OCIDs of two topics and two functions: the first is granted. */
let topics: string[];
let functions: string[];
let access: Access;
let ids: StackIds;

/** As the administrator; a request that fails ends the test. */
const made = async (service: string, method: string, target: string, body?: unknown) => {
  const response = await signedCall(world.oci, service, method, target, body === undefined ? {} : { body });
  if (response.status >= 300) throw new Error(`${method} ${target}: ${response.status} ${response.text}`);
  return response.body as Record<string, string>;
};

const logGroupId = () => world.oci.cloud.store.get(world.logId, "log")!.model.logGroupId;

beforeAll(async () => {
  world = await localWorld();
  const { compartmentId, namespace } = world;
  const tenancyId = world.oci.cloud.tenancy.id;
  topics = await Promise.all(
    ["granted", "other"].map(
      async (name) => (await made("ons", "POST", "/20181201/topics", { compartmentId, name }))["topicId"]!,
    ),
  );
  const { id: applicationId } = await made("functions", "POST", "/20181201/applications", {
    compartmentId,
    displayName: "app",
    subnetIds: ["ocid1.subnet.oc1.iad.a"],
  });
  const endpoints: Record<string, string> = {};
  functions = await Promise.all(
    ["granted", "other"].map(async (displayName) => {
      const { id } = await made("functions", "POST", "/20181201/functions", {
        applicationId,
        displayName,
        memoryInMBs: 128,
      });
      // A plain listener shows another one.
      endpoints[id!] = world.oci.cloud.store.get(id, "fnfunc")!.model.invokeEndpoint!;
      return id!;
    }),
  );
  access = accessSchema.parse({
    clients: {
      app: [
        { topic: topics[0], access: "publish" },
        { function: functions[0], access: "invoke" },
        { logsearch: world.logId, group: logGroupId() },
        { generativeai: "chat", models: ["xai.grok-4"] },
      ],
      other: [{ metrics: "app" }],
    },
  });
  const group = world.oci.cloud.store.list("dynamicgroup").find((g) => g.model.name === "proxies")!;
  ids = {
    tenancyId,
    groupId: group.id,
    workloadCompartmentId: compartmentId,
    namespace,
    endpoints,
    release: { bucketName: "release", objectName: "app.cjs" },
    secret: { id: "ocid1.vaultsecret.oc1.iad.aaaaaaaanone", compartmentId, seen: "stack" },
    decoy: { id: "ocid1.vaultsecret.oc1.iad.aaaaaaadecoy", seen: "stack" },
    vault: { id: "ocid1.vault.oc1.iad.aaaaaaaanone", seen: "stack" },
    key: { id: "ocid1.key.oc1.iad.aaaaaaaanone", managementEndpoint: "https://none", seen: "stack" },
  } as StackIds;
  await made("identity", "POST", "/20160918/policies", {
    compartmentId,
    name: "kinds",
    description: "d",
    statements: compileStatements(access, ids).map((s) => s.text),
  });
  running = await startLocalProxy(world, {}, { clients: allowRules(access, ids)! });
});
afterAll(async () => {
  await running?.close();
  await world.oci.close();
});

const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const token = readFileSync(running.proxy.clients["app"]!.tokenFile!, "utf8");
  const response = await fetch(`${running.proxy.url}${path}`, {
    method,
    headers: { "x-api-key": token, "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
};

it("what the check tries through the proxy is as expected, and no other client's", async () => {
  vi.stubEnv("KEYLESS_PROXY_DIRECTORY", running.dir);
  const identity = {
    id: world.instanceId,
    regionInfo: { regionIdentifier: "us-ashburn-1", realmDomainComponent: world.oci.cloud.realm.domain },
  } as never;
  const tried = await Promise.all(
    probes(access, ids)
      .filter(({ client }) => client !== undefined)
      .map((probe) =>
        runProbe(probeSchema.parse(probe), identity, undefined as never, AbortSignal.timeout(10_000)),
      ),
  );
  vi.unstubAllEnvs();
  expect(tried.map(({ says, observed, ok }) => [says, observed, ok])).toEqual([
    ["app: invoke the function in a dry run", "allowed", true],
    ["app: search the log", "allowed", true],
    [expect.stringMatching(/^other: post /), "allowed", true],
    [expect.stringMatching(/^app: post /), "refused", true],
    ["other: invoke the function in a dry run", "refused", true],
  ]);
});

describe("a topic", () => {
  const publish = (topicId: string) =>
    send("POST", `/ons/20181201/topics/${topicId}/messages`, { title: "t", body: "down" });

  it("that is granted is published to; another one of the compartment is not", async () => {
    const { status, text } = await publish(topics[0]!);
    expect([status, text]).toEqual([202, expect.stringContaining("messageId")]);
    const refused = await publish(topics[1]!);
    expect(refused.status).toBe(403);
    expect(refused.text).toContain(`{ topic: ${topics[1]}, access: publish }`);
  });

  it("is not read", async () => {
    expect((await send("GET", `/ons/20181201/topics/${topics[0]}`)).status).toBe(403);
  });
});

describe("a function", () => {
  const invoke = (id: string, headers?: Record<string, string>) =>
    send("POST", `/functions/20181201/functions/${id}/actions/invoke`, "any bytes", headers);

  it("that is granted is invoked at its own host, also in a dry run; another one of the compartment is not", async () => {
    expect(await invoke(functions[0]!)).toEqual({ status: 200, text: "any bytes" });
    expect(await invoke(functions[0]!, { "is-dry-run": "true" })).toEqual({ status: 200, text: "" });
    const refused = await invoke(functions[1]!);
    expect(refused.status).toBe(403);
    expect(refused.text).toContain(`{ function: ${functions[1]}, access: invoke }`);
  });

  it("is not read", async () => {
    expect((await send("GET", `/functions/20181201/functions/${functions[0]}`)).status).toBe(403);
  });
});

describe("a chat", () => {
  const chat = (modelId: string, more: object = {}, compartmentId = world.compartmentId) =>
    send("POST", "/generativeaiinference/20231130/actions/chat", {
      compartmentId,
      servingMode: { servingType: "ON_DEMAND", modelId },
      chatRequest: {
        apiFormat: "GENERIC",
        messages: [{ role: "USER", content: [{ type: "TEXT", text: "two words" }] }],
        ...more,
      },
    });

  it("is answered by the model that is granted, in one piece and in events", async () => {
    const { status, text } = await chat("xai.grok-4");
    expect([status, JSON.parse(text).modelId]).toEqual([200, "xai.grok-4"]);
    const streamed = await chat("xai.grok-4", { isStream: true });
    expect([streamed.status, streamed.text.match(/^data: /gm)?.length]).toEqual([200, 3]);
  });

  it("is kept to that model by the proxy alone: the statement reaches all", async () => {
    const refused = await chat("xai.grok-9");
    expect(refused.status).toBe(403);
    expect(refused.text).toContain(
      `{ generativeai: chat, models: [xai.grok-9], compartment: ${world.compartmentId} }`,
    );
    expect((await chat("xai.grok-4", {}, world.oci.cloud.tenancy.id)).status).toBe(403);
  });
});

describe("a log's search", () => {
  const source = (log = world.logId) => `search "${world.compartmentId}/${logGroupId()}/${log}"`;
  const times = { timeStart: "2026-01-01T00:00:00Z", timeEnd: "2026-01-01T00:01:00Z" };
  const search = (searchQuery: unknown) =>
    send("POST", "/loggingsearch/20190909/search?limit=10", { ...times, searchQuery });
  const raw = (body: string) => send("POST", "/loggingsearch/20190909/search", body);
  const json = JSON.stringify;
  let other: string;

  beforeAll(async () => {
    await made("logging", "POST", `/20200531/logGroups/${logGroupId()}/logs`, {
      displayName: "other",
      logType: "CUSTOM",
    });
    other = world.oci.cloud.store.list("log").find((l) => l.model.displayName === "other")!.id;
    const batch = {
      source: "app",
      type: "t",
      defaultlogentrytime: times.timeStart,
      entries: [{ id: "1", data: "a line", time: times.timeStart }],
    };
    for (const id of [world.logId, other])
      await made("loggingingestion", "POST", `/20200831/logs/${id}/actions/push`, {
        specversion: "1.0",
        logEntryBatches: [batch],
      });
  });

  it("finds the lines of the log that is granted, with stages after it", async () => {
    for (const query of [source(), `${source()} | where logContent = '*line*' | sort by datetime desc`]) {
      const { status, text } = await search(query);
      expect([status, JSON.parse(text).summary], text).toEqual([200, { resultCount: 1, fieldCount: 0 }]);
    }
  });

  it("is kept to that log by the proxy alone: the statement reaches the group", async () => {
    const refused = await search(source(other));
    expect(refused.status).toBe(403);
    expect(refused.text).toContain(
      `{ logsearch: ${other}, group: ${logGroupId()}, compartment: ${world.compartmentId} }`,
    );
  });

  it("of any other form is not signed", async () => {
    const [granted, hidden] = [source(), source(other)];
    const stream = hidden.slice("search ".length);
    const queries = [
      hidden,
      `search "${world.compartmentId}"`,
      `search "${world.compartmentId}/${logGroupId()}"`,
      // A second stream, in each way in which one can follow.
      `${granted}, ${stream}`,
      `${granted} ${stream}`,
      `${granted}${stream}`,
      `${granted} | , ${stream} | ${hidden}`,
      `${granted} | ${hidden}`,
      `${granted} | count; ${hidden}`,
      `${granted} |; ${hidden}`,
      `${granted} | SEARCH ${stream}`,
      `${granted} | \u017fearch ${stream}`,
      `${granted} | \uff53\uff45\uff41\uff52\uff43\uff48 ${stream}`,
      `${granted} | sea\u00adrch ${stream}`,
      `${granted} | top 1search ${stream}`,
      `${granted} | count -- a comment\n; ${hidden}`,
      `${granted} | count /* a comment */ ; ${hidden}`,
      `${granted} /* | */ , ${stream}`,
      `/* ${granted} | */ ${hidden}`,
      `-- ${granted} |\n${hidden}`,
      // Before and around it.
      ` ${granted}`,
      `${granted} `,
      `${granted}\n| count`,
      `\ufeff${granted}`,
      granted.toUpperCase(),
      granted.replace("search ", "search  "),
      granted.replace('"', '""'),
      granted.replace(/"$/, '/"'),
      granted.replace(/"$/, ""),
      granted.replaceAll('"', "'"),
      granted.replace("/", "/../"),
      `${granted} | where a = '\\'`,
      `${granted}\u0000 | count`,
      `set query.from = '2020-01-01'; ${granted}`,
      "",
    ];
    for (const query of queries) expect([query, (await search(query)).status]).toEqual([query, 403]);
    for (const value of [null, [granted], { toString: granted }, 1])
      expect([value, (await search(value)).status]).toEqual([value, 403]);
  });

  it("is decided by what the service reads: one member, in one spelling", async () => {
    const [granted, hidden] = [json(source()), json(source(other))];
    const members = `"timeStart":${json(times.timeStart)},"timeEnd":${json(times.timeEnd)}`;
    // An escape in JSON is the same text.
    const escaped = granted.replace("search", "s\\u0065arch");
    expect((await raw(`{${members},"searchQuery":${escaped}}`)).status).toBe(200);
    for (const body of [
      `{${members},"searchQuery":${granted},"searchQuery":${hidden}}`,
      `{${members},"searchQuery":${hidden},"searchQuery":${granted}}`,
      `{${members},"searchQuery":${granted},"s\\u0065archQuery":${hidden}}`,
      `{${members},"searchQuery":${granted},"SearchQuery":${hidden}}`,
      `{${members},"searchQuery":${granted},"search_query":${hidden}}`,
      `{${members},"search_query":${granted}}`,
      `{${members}}`,
      `[{${members},"searchQuery":${granted}}]`,
      `{${members},"searchQuery":${granted}} {"searchQuery":${hidden}}`,
      `\ufeff{${members},"searchQuery":${granted}}`,
      "",
    ]) {
      const { status } = await raw(body);
      expect([body, status === 400 || status === 403]).toEqual([body, true]);
    }
  });
});
