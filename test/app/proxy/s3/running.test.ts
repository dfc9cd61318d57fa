/** What the S3 endpoint shares with every other way in: limits, metrics, drain; and what it keeps between requests. */
import { readFileSync } from "node:fs";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProxyCore } from "../../../../app/proxy/core.ts";
import { recall, remember } from "../../../../app/proxy/s3/etag.ts";
import { namespaceOf } from "../../../../app/proxy/s3/namespace.ts";
import type { ProxyDocument } from "../../../../document/schema.ts";
import { startLocalProxy } from "../../../support/local-proxy.ts";
import { presign, s3Call } from "../../../support/s3-client.ts";
import { type S3World, startS3World } from "../../../support/s3-world.ts";

let world: S3World;
beforeAll(async () => {
  world = await startS3World({}, (namespace) => ({
    one: {
      allow: [
        {
          grant: "bucket exports",
          operations: ["objectstorage.PutObject", "objectstorage.HeadObject", "objectstorage.GetObject"],
          where: { "path.namespaceName": namespace, "path.bucketName": "exports" },
        },
      ],
      limits: { requests: 1, connections: 2 },
    },
  }));
}, 60_000);
afterAll(() => world.close());

const call = (client: string, method: string, target: string, options: Parameters<typeof s3Call>[4] = {}) =>
  s3Call(world, client, method, target, options);

/** An upload of ten bytes, half of which is sent. */
const begunUpload = async (client: string, key: string) => {
  const { hostname, port } = new URL(world.url);
  const { url } = presign(world, client, "PUT", `/exports/${key}`);
  const headers = { host: `${hostname}:${port}`, "content-length": 10, expect: "100-continue" };
  const request: ClientRequest = httpRequest({
    host: hostname,
    port,
    method: "PUT",
    path: url,
    headers,
    agent: false,
  });
  const response = new Promise<IncomingMessage>((resolve, reject) =>
    request.once("response", resolve).once("error", reject),
  );
  await new Promise((resolve) => request.once("continue", resolve));
  request.write("01234");
  return { end: () => request.end("56789"), response };
};

describe("a client's limits", () => {
  it("of requests are S3's SlowDown, with when to come again", async () => {
    const upload = await begunUpload("one", "limited");
    const { status, body, headers } = await call("one", "HEAD", "/exports/limited");
    expect([status, body]).toEqual([503, ""]);
    const refused = await call("one", "GET", "/exports/limited");
    expect([refused.status, refused.code]).toEqual([503, "SlowDown"]);
    expect(refused.headers).toMatchObject({ "content-type": "application/xml", "retry-after": "1" });
    expect(refused.body).toMatch(/^<\?xml .*<Message>one has 1 requests under way.*<RequestId>/s);
    expect(headers["x-amz-request-id"]).toBeDefined();
    // Others are not concerned.
    expect((await call("app", "GET", "/exports?list-type=2")).status).toBe(200);
    upload.end();
    expect((await upload.response).statusCode).toBe(200);
    expect((await call("one", "HEAD", "/exports/limited")).headers["content-length"]).toBe("10");
  });

  it("of connections close the oldest one without a request", async () => {
    const { hostname, port } = new URL(world.url);
    const opened = async () => {
      const socket = connect(Number(port), hostname);
      const { url } = presign(world, "one", "HEAD", "/exports/limited");
      socket.write(`HEAD ${url} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
      await new Promise((resolve) => socket.once("data", resolve));
      return socket;
    };
    const [first, second] = [await opened(), await opened()];
    const gone = new Promise((resolve) => first.once("close", resolve));
    const third = await opened();
    await gone;
    expect([second.destroyed, third.destroyed]).toEqual([false, false]);
    second.destroy();
    third.destroy();
  });
});

describe("Expect: 100-continue", () => {
  /** What comes on a connection after the head of an upload alone. */
  const answerTo = async (client: string, target: string, change = (url: string) => url): Promise<string> => {
    const { hostname, port } = new URL(world.url);
    const { url } = presign(world, client, "PUT", target);
    const socket = connect(Number(port), hostname);
    socket.write(
      `PUT ${change(url)} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`,
    );
    const text = await new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))));
    if (text.startsWith("HTTP/1.1 100")) {
      socket.write("hello");
      const last = await new Promise<string>((resolve) =>
        socket.once("data", (data) => resolve(String(data))),
      );
      socket.destroy();
      return `${text.split("\r\n")[0]}, ${last.split("\r\n")[0]}`;
    }
    socket.destroy();
    return text.split("\r\n")[0]!;
  };

  it("is answered as soon as the head is known to be good", async () => {
    expect(await answerTo("app", "/exports/continued")).toBe("HTTP/1.1 100 Continue, HTTP/1.1 200 OK");
  });

  it("is not answered where signature, grant or key are wrong", async () => {
    const otherSignature = (url: string) => url.replace(/Signature=../, "Signature=zz");
    expect(await answerTo("app", "/exports/continued", otherSignature)).toMatch(/^HTTP\/1.1 40\d /);
    const otherName = (url: string) => url.replace("continued", "another");
    expect(await answerTo("app", "/exports/continued", otherName)).toBe("HTTP/1.1 403 SignatureDoesNotMatch");
    expect(await answerTo("narrow", "/exports/continued")).toBe("HTTP/1.1 403 AccessDenied");
  });
});

it("requests are counted by client, decision and the status that the caller got", async () => {
  const before = await counted();
  await call("app", "PUT", "/exports/counted", { body: "x" });
  await call("app", "GET", "/exports/absent");
  await call("narrow", "GET", "/exports/counted");
  await call("app", "GET", "/exports/counted", { sign: { timestamp: "20200101T000000Z" } });
  await delay(50);
  const more = Object.entries(await counted()).flatMap(([labels, count]) =>
    count > (before[labels] ?? 0) ? [`${labels} ${count - (before[labels] ?? 0)}`] : [],
  );
  expect(more.sort()).toEqual([
    'client="app",service="objectstorage",decision="allowed",status="200" 1',
    'client="app",service="objectstorage",decision="allowed",status="404" 1',
    'client="narrow",service="objectstorage",decision="refused",status="403" 1',
    'client="unknown",service="objectstorage",decision="refused",status="400" 1',
  ]);
});

/** Requests by their labels. */
const counted = async (): Promise<Record<string, number>> => {
  const text = await (await fetch(`${world.proxy.proxy.adminUrl}/metrics`)).text();
  return Object.fromEntries(
    [...text.matchAll(/^keyless_proxy_requests_total\{(.*)\} (\d+)$/gm)].map(([, labels, n]) => [
      labels,
      Number(n),
    ]),
  );
};

it("versions of 10,000 objects are remembered, those that were seen last", () => {
  const version = (i: number) => ({ native: `n${i}`, etag: `"${i}"`, modifiedMs: i });
  for (let i = 0; i < 10_001; i++) remember("bounded", `k${i}`, version(i));
  expect(recall("bounded", "k0")).toBeUndefined();
  expect(recall("bounded", "k1")?.native).toBe("n1");
  remember("bounded", "k1", version(1));
  remember("bounded", "k10001", version(10_001));
  expect([recall("bounded", "k1")?.native, recall("bounded", "k2")]).toEqual(["n1", undefined]);
});

describe("where no grant names the namespace", () => {
  it("it is asked for, once", async () => {
    const document = {
      clients: {
        app: {
          allow: [
            {
              grant: "objects",
              operations: ["objectstorage.PutObject", "objectstorage.HeadObject"],
              where: { "path.bucketName": "exports" },
            },
          ],
        },
      },
    };
    const other = await startLocalProxy(world.world, {}, document as unknown as ProxyDocument);
    try {
      const text = readFileSync(other.proxy.clients["app"]!.s3!.credentialsFile!, "utf8");
      const value = (name: string) => new RegExp(`^${name} = (.*)$`, "m").exec(text)![1]!;
      const keys = {
        accessKeyId: value("aws_access_key_id"),
        secretAccessKey: value("aws_secret_access_key"),
      };
      const there = { ...world, url: other.proxy.s3Url!, keysOf: () => keys };
      const events = () =>
        world.world.oci.cloud.audit.entries().filter(({ operation }) => operation === "GetNamespace").length;
      const before = events();
      const all = Array.from({ length: 4 }, (_, i) =>
        s3Call(there, "app", "PUT", `/exports/n${i}`, { body: "x" }),
      );
      expect((await Promise.all(all)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect((await s3Call(there, "app", "HEAD", "/exports/n0")).status).toBe(200);
      expect(events() - before).toBe(1);
      expect((await call("app", "HEAD", "/exports/n0")).status).toBe(200);
    } finally {
      await other.close();
    }
  });

  it("a failure is said, and the next request asks again", async () => {
    let asked = 0;
    const core = {
      policy: { namespace: undefined },
      principal: {
        session: async () => {
          asked += 1;
          throw new Error("no session");
        },
      },
    } as unknown as ProxyCore;
    for (const times of [1, 2]) {
      await expect(namespaceOf(core)).rejects.toThrow("the namespace could not be read: no session");
      expect(asked).toBe(times);
    }
  });
});

it("a proxy that ends finishes an upload that is under way, and takes no other", async () => {
  const upload = await begunUpload("app", "drained");
  const { hostname, port } = new URL(world.url);
  const restarted = world.restart();
  const refused = async () =>
    new Promise<string>((resolve) => {
      connect(Number(port), hostname)
        .once("error", ({ message }) => resolve(message))
        .once("connect", () => resolve("connected"));
    });
  await expect.poll(refused).toContain("ECONNREFUSED");
  upload.end();
  const response = await upload.response;
  expect([response.statusCode, response.headers["connection"]]).toEqual([200, "close"]);
  response.resume();
  await restarted;
  expect((await call("app", "HEAD", "/exports/drained")).headers["content-length"]).toBe("10");
});
