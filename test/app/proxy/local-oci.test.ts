import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProxyDocument } from "../../../document/schema.ts";
import { type LocalWorld, localWorld, startLocalProxy, worldDocument } from "../../support/local-proxy.ts";

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
beforeAll(async () => {
  world = await localWorld();
  const document: ProxyDocument = { ...worldDocument(world), auditLog: world.logId };
  running = await startLocalProxy(world, {}, document);
});
afterAll(async () => {
  await running.close();
  await world.oci.close();
});

const send = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
  const token = readFileSync(running.proxy.clients["app"]!.tokenFile!, "utf8");
  const response = await fetch(`${running.proxy.url}${path}`, {
    method,
    headers: { "x-api-key": token, ...headers },
    ...(body !== undefined && { body }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
};

describe("through the proxy, a real local OCI that verifies and authorises", () => {
  it("reads the instance's own details", async () => {
    const response = await send("GET", `/core/20160918/instances/${world.instanceId}`);
    expect(response.status, response.text).toBe(200);
    expect(JSON.parse(response.text).id).toBe(world.instanceId);
  });

  it("acts on the instance's power", async () => {
    const response = await send("POST", `/core/20160918/instances/${world.instanceId}?action=SOFTRESET`);
    expect(response.status, response.text).toBe(200);
    expect((await send("POST", `/core/20160918/instances/${world.instanceId}?action=STOP`)).status).toBe(403);
  });

  it("uploads and downloads an object", async () => {
    const path = `/objectstorage/n/${world.namespace}/b/exports/o/daily/a.txt`;
    expect((await send("PUT", path, "content")).status).toBe(200);
    const response = await send("GET", path);
    expect([response.status, response.text]).toEqual([200, "content"]);
    expect((await send("PUT", path.replace("daily", "hourly"), "content")).status).toBe(403);
  });

  it("posts metrics and logs", async () => {
    const metric = (namespace: string) =>
      JSON.stringify({
        metricData: [
          {
            namespace,
            compartmentId: world.compartmentId,
            name: "requests",
            dimensions: { host: "a" },
            datapoints: [{ timestamp: new Date().toISOString(), value: 1 }],
          },
        ],
      });
    const response = await send("POST", "/monitoring/20180401/metrics", metric("app"), {
      "content-type": "application/json",
    });
    expect(response.status, response.text).toBe(200);
    expect(
      (
        await send("POST", "/monitoring/20180401/metrics", metric("other"), {
          "content-type": "application/json",
        })
      ).status,
    ).toBe(403);
    const time = new Date().toISOString();
    const logs = JSON.stringify({
      specversion: "1.0",
      logEntryBatches: [
        { source: "app", type: "t", defaultlogentrytime: time, entries: [{ id: "1", data: "line", time }] },
      ],
    });
    const pushed = await send("POST", `/loggingingestion/20200831/logs/${world.logId}/actions/push`, logs, {
      "content-type": "application/json",
    });
    expect(pushed.status, pushed.text).toBe(200);
  });

  it("lists audit events, in which OCI shows the instance and our request ids", async () => {
    const minute = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}:00Z`;
    const to = minute(Date.now() + 120_000);
    const from = minute(Date.now() - 3_600_000);
    const query = new URLSearchParams({ compartmentId: world.compartmentId, startTime: from, endTime: to });
    const response = await send("GET", `/audit/20190901/auditEvents?${query}`);
    expect(response.status, response.text).toBe(200);
  });

  it("cannot do what the proxy lets through and OCI does not", async () => {
    await running.proxy.update({
      clients: {
        app: {
          allow: [
            ...worldDocument(world).clients.app.allow,
            { grant: "raw", operations: ["core.ListVcns"], where: {} },
          ],
        },
      },
    });
    const response = await send("GET", `/core/20160918/vcns?compartmentId=${world.compartmentId}`);
    expect(response.status).toBe(404);
    expect(response.text).toContain("NotAuthorizedOrNotFound");
    await running.proxy.update({ ...worldDocument(world), auditLog: world.logId });
  });

  it("ships its audit to the log that the document names", async () => {
    const entries = () => world.oci.cloud.store.get(world.logId, "log")!.hidden.entries.map((e) => e.data);
    await send("GET", `/core/20160918/instances/${world.instanceId}`, undefined, {
      "opc-request-id": "ship-me",
    });
    await expect.poll(() => entries().some((data) => data.includes("ship-me")), { timeout: 5000 }).toBe(true);
    const line = JSON.parse(entries().find((data) => data.includes("ship-me"))!);
    expect(line).toMatchObject({ client: "app", operation: "GetInstance", decision: "allowed", status: 200 });
  });

  it("is not ready while that log refuses, and loses no line until it does not", async () => {
    const entries = () => world.oci.cloud.store.get(world.logId, "log")!.hidden.entries.map((e) => e.data);
    await running.proxy.update({ ...worldDocument(world), auditLog: `${world.logId}none` });
    await send("GET", `/core/20160918/instances/${world.instanceId}`, undefined, {
      "opc-request-id": "keep-me",
    });
    await expect
      .poll(() => running.proxy.problems(), { timeout: 5000 })
      .toEqual({ auditLog: `audit lines cannot be shipped to ${world.logId}none: PutLogs answered 404` });
    await running.proxy.update({ ...worldDocument(world), auditLog: world.logId });
    await send("GET", `/core/20160918/instances/${world.instanceId}`);
    await expect.poll(() => entries().some((data) => data.includes("keep-me")), { timeout: 9000 }).toBe(true);
    expect(running.proxy.problems()).toEqual({});
  });
});
