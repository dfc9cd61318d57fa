/**
 * Generative AI in OpenAI's form: the proxy names the compartment, the body the model, and what is decided is what the
 * service sees.
 */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { allowRules } from "../../../access/compile.ts";
import { accessSchema } from "../../../access/schema.ts";
import type { ProxyDocument } from "../../../document/schema.ts";
import { type AttackBytes, attack, noneIsSigned } from "../../support/attack.ts";
import { head, SOME_COMPARTMENT, startTestProxy, type TestProxy } from "../../support/proxy.ts";

const MODEL = "xai.grok-4";
const ENDPOINT = "ocid1.generativeaiendpoint.oc99.xxt.aaaaaaaaendpoint";
const ELSEWHERE = "ocid1.compartment.oc99..aaaaaaaaelsewhere";
const C = SOME_COMPARTMENT;

const access = accessSchema.parse({
  clients: {
    app: [{ generativeai: "chat", models: [MODEL, ENDPOINT] }],
    both: [
      { generativeai: "chat", models: [MODEL] },
      { generativeai: "chat", models: ["meta.llama-4"], compartment: ELSEWHERE },
    ],
    embed: [{ generativeai: "embed", models: ["cohere.embed-v4.0"] }],
  },
});
const allowed = allowRules(access, { workloadCompartmentId: C } as never) as ProxyDocument["clients"];

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy(
    { timeouts: { headersMs: 1000, bodyMs: 1500, stallMs: 1500 } },
    { clients: allowed },
  );
  await t.proxy.ready();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
  t.oci.respond = undefined;
});

const CHAT = "/generativeaiinference/openai/v1/chat/completions";
const RESPONSES = "/generativeaiinference/openai/v1/responses";
const NATIVE = "/generativeaiinference/20231130/actions/chat";
const messages = [{ role: "user", content: "hello" }];

const ask = async (path: string, body: unknown, headers: Record<string, string> = {}, client = "app") => {
  const response = await fetch(`http://127.0.0.1:${t.port}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${t.token(client)}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
};
const compartmentsSeen = () =>
  t.oci.seen.map((s) => [s.wrong, s.host, s.target, s.headers["opc-compartment-id"]]);
const HOST = "inference.generativeai.xx-test-1.oci.cloud.example";

describe("what is granted", () => {
  it("is sent for the grant's compartment, signed, without the caller's credential", async () => {
    expect((await ask(CHAT, { model: MODEL, messages })).status).toBe(200);
    expect(compartmentsSeen()).toEqual([[undefined, HOST, "/openai/v1/chat/completions", C]]);
    expect(t.oci.seen[0]!.headers.authorization).toMatch(/^Signature .*x-content-sha256/);
    expect(JSON.stringify(t.oci.seen[0]!.headers)).not.toContain(t.token("app"));
  });

  it("may say the compartment itself, and then says it once", async () => {
    expect((await ask(CHAT, { model: ENDPOINT, messages }, { "OPC-Compartment-Id": C })).status).toBe(200);
    expect(compartmentsSeen()).toEqual([[undefined, HOST, "/openai/v1/chat/completions", C]]);
  });

  it("is sent for the compartment of the grant that names the model", async () => {
    for (const [model, compartment] of [
      [MODEL, C],
      ["meta.llama-4", ELSEWHERE],
    ] as const) {
      t.oci.seen.length = 0;
      expect((await ask(CHAT, { model, messages }, {}, "both")).status).toBe(200);
      expect(compartmentsSeen()[0]![3]).toBe(compartment);
      const other = compartment === C ? ELSEWHERE : C;
      expect((await ask(CHAT, { model, messages }, { "opc-compartment-id": other }, "both")).status).toBe(
        403,
      );
      expect(t.oci.seen).toHaveLength(1);
    }
  });

  it("has functions as tools, or none", async () => {
    const tools = [{ type: "function", name: "f", parameters: {} }];
    for (const body of [{ input: "x" }, { input: "x", tools: [] }, { input: "x", tools }])
      expect((await ask(RESPONSES, { model: MODEL, ...body })).status).toBe(200);
    const inChat = [{ type: "function", function: { name: "f", parameters: {} } }];
    expect((await ask(CHAT, { model: MODEL, messages, tools: inChat })).status).toBe(200);
    expect(compartmentsSeen().map((s) => s[3])).toEqual([C, C, C, C]);
  });

  it("is the same in gzip and in chunks", async () => {
    const body = gzipSync(JSON.stringify({ model: MODEL, messages }));
    const response = await fetch(`http://127.0.0.1:${t.port}${CHAT}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${t.token("app")}`,
        "content-type": "application/json",
        "content-encoding": "gzip",
      },
      body: new Blob([body]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(200);
    expect(t.oci.seen[0]!.body).toEqual(body);
    expect(compartmentsSeen()[0]).toEqual([undefined, HOST, "/openai/v1/chat/completions", C]);
  });

  it("leaves projects and conversations of the caller's behind, and says so", async () => {
    const headers = { "OpenAI-Project": "p", "opc-conversation-store-id": "s", CompartmentId: ELSEWHERE };
    expect((await ask(CHAT, { model: MODEL, messages }, headers)).status).toBe(200);
    const seen = t.oci.seen[0]!.headers;
    expect([seen["openai-project"], seen["opc-conversation-store-id"]]).toEqual([undefined, undefined]);
    // The older name of the compartment's header is sent too, with the grant's value.
    expect(seen["compartmentid"]).toBe(C);
    await expect
      .poll(() => t.audit().flatMap((line) => line.headersLeft ?? []))
      .toEqual(expect.arrayContaining(["openai-project", "opc-conversation-store-id", "compartmentid"]));
  });
});

describe("a refusal", () => {
  it("says which model was asked for, and the grant", async () => {
    const { status, text } = await ask(CHAT, { model: "xai.grok-9", messages });
    expect(status).toBe(403);
    expect(text).toContain(`body.model must be one of ${MODEL}, ${ENDPOINT}, found \\"xai.grok-9\\"`);
    expect(text).toContain("{ generativeai: chat, models: [xai.grok-9] }");
    const { code, message, error } = JSON.parse(text);
    expect(error).toEqual({ code, message });
    const native = await ask(NATIVE, {});
    expect([native.status, Object.keys(JSON.parse(native.text))]).toEqual([403, ["code", "message"]]);
  });

  it("says which compartment was asked for", async () => {
    const { status, text } = await ask(CHAT, { model: MODEL, messages }, { "opc-compartment-id": ELSEWHERE });
    expect(status).toBe(403);
    expect(text).toContain("header.opc-compartment-id must be");
    expect(text).toContain(ELSEWHERE);
  });
});

describe("nothing else is signed", () => {
  const post = (path: string, body: string | Buffer, ...headers: string[]): AttackBytes => [
    head(
      `POST ${path}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...headers,
    ),
    ...(typeof body === "string" ? [Buffer.from(body)] : [body]),
  ];
  const json = (members: object) => JSON.stringify(members);
  const good = json({ model: MODEL, messages });
  const goodResponse = json({ model: MODEL, input: "hello" });

  it("is said of what differs from this, which is", async () => {
    const attempts = [
      post(CHAT, good),
      post(RESPONSES, goodResponse),
      post(CHAT, good, `opc-compartment-id: ${C}`),
    ];
    const { statuses, signed } = await attack(t, attempts);
    expect([statuses, signed.length]).toEqual([[200, 200, 200], 3]);
  });

  it("by a body with another model, or one that might be read so", async () => {
    const bodies = [
      json({ messages }),
      json({ model: "xai.grok-9", messages }),
      json({ model: [MODEL], messages }),
      json({ model: { id: MODEL }, messages }),
      json({ model: null, messages }),
      json({ model: `${MODEL}\u0000`, messages }),
      json({ model: ` ${MODEL}`, messages }),
      json({ model: MODEL.toUpperCase(), messages }),
      json({ model: `${MODEL}-mini`, messages }),
      json({ model: `${MODEL}/../xai.grok-9`, messages }),
      `{"model":"${MODEL}","model":"xai.grok-9"}`,
      `{"model":"xai.grok-9","model":"${MODEL}"}`,
      `{"model":"${MODEL}","m\\u006fdel":"xai.grok-9"}`,
      `{"model":"${MODEL}","Model":"xai.grok-9"}`,
      `{"model":"${MODEL}","mo_del":"xai.grok-9"}`,
      `{"model":"${MODEL}","\uff4dodel":"xai.grok-9"}`,
      json({ model: MODEL, models: ["xai.grok-9"], messages }),
      json({ model: MODEL, fallbacks: ["xai.grok-9"], messages }),
      json({ model: MODEL, compartmentId: ELSEWHERE, messages }),
      json({ model: MODEL, compartment_id: ELSEWHERE, messages }),
      json({ model: MODEL, servingMode: { servingType: "ON_DEMAND", modelId: "xai.grok-9" }, messages }),
      json({ model: MODEL, serving_mode: {}, messages }),
      `[${good}]`,
      `${good}${json({ model: "xai.grok-9" })}`,
      `${good}\n${json({ model: "xai.grok-9" })}`,
      `\ufeff${good}`,
      `model=${MODEL}`,
      "",
      "null",
      Buffer.from(good, "utf16le"),
      gzipSync(good),
    ];
    const inResponses = bodies.map((body) =>
      typeof body === "string"
        ? body.replaceAll(JSON.stringify(messages), '"hello"').replaceAll('"messages":', '"input":')
        : body,
    );
    await noneIsSigned(t, [
      ...bodies.map((body) => post(CHAT, body)),
      ...inResponses.map((body) => post(RESPONSES, body)),
    ]);
  });

  it("in gzip of another model, in other encodings and types", async () => {
    const bad = gzipSync(json({ model: "xai.grok-9", messages }));
    await noneIsSigned(t, [
      post(CHAT, bad, "Content-Encoding: gzip"),
      post(CHAT, Buffer.concat([gzipSync(good), bad]), "Content-Encoding: gzip"),
      post(CHAT, good, "Content-Encoding: gzip"),
      post(CHAT, gzipSync(good), "Content-Encoding: gzip, gzip"),
      post(CHAT, good, "Content-Encoding: br"),
      [head(`POST ${CHAT}`, "Content-Type: text/plain", `Content-Length: ${good.length}`), good],
      [
        head(
          `POST ${CHAT}`,
          "Content-Type: application/json; charset=utf-16",
          `Content-Length: ${good.length}`,
        ),
        good,
      ],
      [
        head(
          `POST ${CHAT}`,
          "Content-Type: multipart/form-data; boundary=x",
          `Content-Length: ${good.length}`,
        ),
        good,
      ],
    ]);
  });

  it("by a header with another compartment, in any spelling", async () => {
    await noneIsSigned(t, [
      post(CHAT, good, `opc-compartment-id: ${ELSEWHERE}`),
      post(CHAT, good, `OPC-COMPARTMENT-ID: ${ELSEWHERE}`),
      post(CHAT, good, "opc-compartment-id:"),
      post(CHAT, good, `opc-compartment-id: ${C}, ${ELSEWHERE}`),
      post(CHAT, good, `opc-compartment-id: ${C}`, `opc-compartment-id: ${ELSEWHERE}`),
      post(CHAT, good, `opc-compartment-id: ${C}`, `Opc-Compartment-Id: ${C}`),
      post(CHAT, good, `opc-compartment-id: ${C.toUpperCase()}`),
    ]);
  });

  it("by another way of tools, prompts and what was said before", async () => {
    const one = (members: object) => post(RESPONSES, json({ model: MODEL, input: "x", ...members }));
    const f = { type: "function", name: "f" };
    const completion = (members: object) => post(CHAT, json({ model: MODEL, messages, ...members }));
    await noneIsSigned(t, [
      completion({ tools: [{ type: "web_search" }] }),
      completion({ tools: [f, { type: "mcp" }] }),
      completion({ web_search_options: {} }),
      completion({ webSearchOptions: {} }),
      completion({ search_parameters: { mode: "on" } }),
      one({ tools: [{ type: "file_search", vector_store_ids: ["v"] }] }),
      one({ tools: [f, { type: "mcp", server_url: "https://example.com" }] }),
      one({ tools: [f, { type: "code_interpreter", container: "c" }] }),
      one({ tools: [{ ...f, Type: "mcp" }] }),
      one({ tools: { 0: f } }),
      one({ Tools: [{ type: "mcp" }] }),
      one({ tools: [f], Tools: [{ type: "mcp" }] }),
      one({ conversation: "c" }),
      one({ Conversation: "c" }),
      one({ previous_response_id: "r" }),
      one({ previousResponseId: "r" }),
      one({ prompt: { id: "p" } }),
    ]);
  });

  it("by another path or method, or for a grant of something else", async () => {
    const paths = [
      "embeddings",
      "models",
      "files",
      "completions",
      "responses/compact",
      "responses/input_tokens",
      "conversations",
      "vector_stores",
      "chat/completions/",
      "chat//completions",
      "chat/./completions",
      "chat%2Fcompletions",
      "chat/completions/x",
      "chat/completions;x=1",
      "responses/r1",
      "responses/r1/cancel",
      "../20231130/actions/chat",
    ];
    const base = "/generativeaiinference/openai/v1";
    await noneIsSigned(t, [
      ...paths.map((path) => post(`${base}/${path}`, good)),
      post("/generativeaiinference/20231130/actions/generateText", good),
      head(`GET ${base}/models`),
      head(`GET ${base}/chat/completions`),
      head(`GET ${base}/responses/r1`),
      head(`DELETE ${base}/responses/r1`),
    ]);
    await noneIsSigned(t, [post(CHAT, good), post(RESPONSES, good)], t.socket("embed"));
  });

  it("in Oracle's own form for another compartment, model or way of serving", async () => {
    const on = { servingType: "ON_DEMAND", modelId: MODEL };
    const one = (members: object) => post(NATIVE, json({ compartmentId: C, servingMode: on, ...members }));
    t.oci.seen.length = 0;
    const native = { compartmentId: C, servingMode: on, chatRequest: {} };
    expect((await ask(NATIVE, native)).status).toBe(200);
    const dedicated = { servingType: "DEDICATED", endpointId: ENDPOINT };
    expect((await ask(NATIVE, { ...native, servingMode: dedicated })).status).toBe(200);
    await noneIsSigned(t, [
      ...["webSearchOptions", "WebSearchOptions", "web_search_options"].map((member) =>
        one({ chatRequest: { apiFormat: "GENERIC", [member]: { searchContextSize: "HIGH" } } }),
      ),
      one({ compartmentId: ELSEWHERE }),
      one({ compartmentId: undefined }),
      one({ CompartmentId: ELSEWHERE }),
      one({ compartment_id: ELSEWHERE }),
      one({ serving_mode: { ...on, modelId: "xai.grok-9" } }),
      one({ servingMode: { ...on, modelId: "xai.grok-9" } }),
      one({ servingMode: { ...on, modelId: ENDPOINT } }),
      one({ servingMode: { ...on, model_id: "xai.grok-9" } }),
      one({ servingMode: { ...on, servingType: "DEDICATED" } }),
      one({ servingMode: { servingType: "DEDICATED", endpointId: MODEL } }),
      one({ servingMode: { servingType: "DEDICATED", endpointId: `${ENDPOINT}x`, modelId: MODEL } }),
      one({ servingMode: { ...on, servingType: "dedicated", endpointId: `${ENDPOINT}x` } }),
      one({ servingMode: [on] }),
      one({ servingMode: { ...on, ServingType: "DEDICATED", endpointId: `${ENDPOINT}x` } }),
    ]);
  });
});
