/**
 * Grants of the kinds whose statements reach further than the grant: an instance of the local OCI has the statements, and
 * its proxy keeps the client to what is granted.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessSchema, allowRules, compileStatements, type StackIds } from "../../../access/index.ts";
import { type LocalWorld, localWorld, startLocalProxy } from "../../support/local-proxy.ts";
import { signedCall } from "../../support/signed-call.ts";

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
/** OCIDs of two topics and two functions: the first is granted. */
let topics: string[];
let functions: string[];

/** As the administrator; a request that fails ends the test. */
const made = async (service: string, method: string, target: string, body?: unknown) => {
  const response = await signedCall(world.oci, service, method, target, body === undefined ? {} : { body });
  if (response.status >= 300) throw new Error(`${method} ${target}: ${response.status} ${response.text}`);
  return response.body as Record<string, string>;
};

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
  const access = accessSchema.parse({
    clients: {
      app: [
        { topic: topics[0], access: "publish" },
        { function: functions[0], access: "invoke" },
      ],
    },
  });
  const group = world.oci.cloud.store.list("dynamicgroup").find((g) => g.model.name === "proxies")!;
  const ids = {
    tenancyId,
    groupId: group.id,
    workloadCompartmentId: compartmentId,
    namespace,
    endpoints,
    secret: { id: "ocid1.vaultsecret.oc1.iad.aaaaaaaanone", compartmentId, seen: "stack" },
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
