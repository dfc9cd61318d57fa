import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { returnedHeaders } from "../../../../app/proxy/listen/headers.ts";
import { Connections } from "../../../../app/proxy/upstream/connections.ts";
import { exchange } from "../../../../app/proxy/upstream/exchange.ts";
import { ExchangeFailed } from "../../../../app/proxy/upstream/failure.ts";

it("a header that would begin another is not sent, and the failure is the exchange's", async () => {
  const connections = new Connections({ connectTo: { address: "127.0.0.1", port: 1 } });
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const request = {
    host: "iaas.xx-test-1.cloud.example",
    client: "app",
    method: "GET",
    target: "/",
    headers: ["user-agent", "a\r\nopc-principal: b"],
    body: null,
    lengthBytes: 0,
    headersTimeoutMs: 1000,
  };
  const failure = await exchange(connections, request, response, {
    requestId: "A",
    hold401: false,
    stallMs: 1000,
  }).catch((error) => error);
  expect(failure).toBeInstanceOf(ExchangeFailed);
  expect(failure.cause).toMatchObject({ code: "BadHeader", message: /user-agent/ });
  expect(response.listenerCount("close")).toBe(0);
});

it("headers that any of several Connection lines names stay behind", () => {
  const headers = ["connection", "x-a", "x-a", "1", "connection", "x-b", "x-b", "2", "etag", "3"];
  expect(returnedHeaders(headers, "ID")).toEqual(["etag", "3", "opc-request-id", "ID"]);
});
