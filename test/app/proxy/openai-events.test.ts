/** Responses in OpenAI's form that come in pieces. */
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ask, CHAT, MODEL, startOpenaiProxy } from "../../support/openai.ts";
import type { TestProxy } from "../../support/proxy.ts";
import type { SeenRequest } from "../../support/small-oci/index.ts";

let t: TestProxy;
beforeAll(async () => {
  t = await startOpenaiProxy();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
  t.oci.respond = undefined;
});

const asked = { model: MODEL, messages: [{ role: "user", content: "hello" }], stream: true };

/** Has the service begin an event stream, and hands over its end of it. */
const serviceBegins = (): Promise<ServerResponse> =>
  new Promise((resolve) => {
    t.oci.respond = (_seen: SeenRequest, res: ServerResponse) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write("data: 1\n\n");
      resolve(res);
    };
  });

/** Asks, and waits for the head of the response; `next` gives its pieces as they come, and undefined at the end. */
const begin = async (): Promise<{
  sent: ClientRequest;
  response: IncomingMessage;
  next: () => Promise<string | undefined>;
}> => {
  const headers = { authorization: `Bearer ${t.token("app")}`, "content-type": "application/json" };
  const sent = request({ host: "127.0.0.1", port: t.port, method: "POST", path: CHAT, headers });
  sent.end(JSON.stringify(asked));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.setEncoding("utf8");
  const pieces = response[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
  return { sent, response, next: async () => (await pieces.next()).value };
};

it("events are passed on while they come", async () => {
  const service = serviceBegins();
  const { response, next } = await begin();
  expect(response.headers["content-type"]).toBe("text/event-stream");
  // The service sends each one only after the caller has the one before.
  expect(await next()).toBe("data: 1\n\n");
  for (const event of ["data: 2\n\n", "data: 3\n\n"]) {
    (await service).write(event);
    expect(await next()).toBe(event);
  }
  (await service).end("data: [DONE]\n\n");
  expect([await next(), await next()]).toEqual(["data: [DONE]\n\n", undefined]);
});

it("a caller that goes away ends the service's work", async () => {
  const service = serviceBegins();
  const { sent, next } = await begin();
  await next();
  const closed = once(await service, "close");
  sent.destroy();
  await closed;
  expect((await service).writableFinished).toBe(false);
});

it("a caller that goes away before the response begins ends it too", async () => {
  const seen = new Promise<ServerResponse>((resolve) => {
    t.oci.respond = (_seen: SeenRequest, res: ServerResponse) => resolve(res);
  });
  const headers = { authorization: `Bearer ${t.token("app")}`, "content-type": "application/json" };
  const sent = request({ host: "127.0.0.1", port: t.port, method: "POST", path: CHAT, headers });
  sent.on("error", () => undefined);
  sent.end(JSON.stringify(asked));
  const closed = once(await seen, "close");
  sent.destroy();
  await closed;
});

it("a service that breaks off is no end: the caller's connection breaks too", async () => {
  const service = serviceBegins();
  const { response, next } = await begin();
  await next();
  (await service).destroy();
  await expect(next()).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(response.complete).toBe(false);
});

it("an error among the events, and one in their place, is the service's own", async () => {
  const service = serviceBegins();
  const { next } = await begin();
  await next();
  const event = 'event: error\ndata: {"error":{"message":"overloaded"}}\n\n';
  (await service).end(event);
  expect([await next(), await next()]).toEqual([event, undefined]);

  const error = '{"error":{"code":"429","message":"slow down"}}';
  t.oci.respond = (_seen: SeenRequest, res: ServerResponse) => {
    res.writeHead(429, { "content-type": "application/json", "retry-after": "7" });
    res.end(error);
  };
  expect(await ask(t, CHAT, asked)).toMatchObject({ status: 429, text: error });
  expect(t.oci.seen).toHaveLength(2);
});
