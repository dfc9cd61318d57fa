/** What bodies in OpenAI's form may have beside the model. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askers, MODEL, PICTURE, startOpenaiProxy } from "../../support/openai.ts";
import { SOME_COMPARTMENT as C, type TestProxy } from "../../support/proxy.ts";

const operations = ["generativeaiinference.CreateResponse"];
const where = { "header.opc-compartment-id": C, "body.model": MODEL };
const ofTools = { ...where, "body.tools.*.type": { oneOf: ["function", "mcp"] } };

let t: TestProxy;
beforeAll(async () => {
  t = await startOpenaiProxy({
    tools: { allow: [{ grant: "raw tools", operations, where: ofTools }] },
    more: { allow: [{ grant: "raw more", operations, where: { ...where, "body.effort": "low" } }] },
  });
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
});

const { chat, respond } = askers(() => t);
const ITEM = { type: "message", role: "user" };

const CALL = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
const CHATS: readonly object[] = [
  {
    temperature: 0.1,
    max_tokens: 5,
    stop: ["a"],
    n: 1,
    seed: 1,
    user: "u",
    store: false,
    stream_options: null,
  },
  {
    logit_bias: { 50256: -100 },
    metadata: { any: "thing" },
    reasoning_effort: "low",
    parallel_tool_calls: true,
  },
  {
    stream: true,
    stream_options: { include_usage: true },
    tool_choice: "auto",
    web_search_options: null,
  },
  {
    messages: [
      { role: "system", content: [{ type: "text", text: "s" }] },
      {
        role: "assistant",
        content: null,
        refusal: null,
        audio: null,
        annotations: [],
        tool_calls: [CALL],
      },
      { role: "tool", tool_call_id: "c1", content: "42" },
      { role: "assistant", content: "a", reasoning_content: "since" },
    ],
    tools: [
      {
        type: "function",
        function: { name: "f", parameters: { type: "object", $ref: "#/x" }, strict: true },
      },
    ],
    tool_choice: { type: "function", function: { name: "f" } },
  },
  {
    response_format: { type: "json_schema", json_schema: { name: "n", schema: { any: { thing: [] } } } },
  },
  {
    messages: [
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: PICTURE, detail: "low" } },
          { type: "file", file: { file_data: "JVBERi0=", filename: "a.pdf" } },
          { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
        ],
      },
    ],
  },
];

const ASKED: readonly object[] = [
  {
    instructions: "i",
    max_output_tokens: 5,
    store: true,
    include: ["reasoning.encrypted_content"],
    background: false,
  },
  { reasoning: { effort: "low", summary: "auto" }, truncation: "auto", metadata: { memory: "m" } },
  { text: { format: { type: "json_schema", name: "n", schema: {}, strict: true }, verbosity: "low" } },
  {
    input: [
      { role: "user", content: [{ type: "input_text", text: "t" }] },
      { ...ITEM, content: [{ type: "input_image", image_url: PICTURE, detail: "auto" }] },
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "e" },
      { type: "reasoning", id: "rs_1", summary: [], content: [{ type: "reasoning_text", text: "t" }] },
      {
        ...{ type: "message", id: "msg_1", role: "assistant", status: "completed" },
        content: [{ type: "output_text", text: "t", annotations: [], logprobs: [{ token: "t" }] }],
      },
      {
        type: "function_call",
        id: "fc_1",
        call_id: "c1",
        name: "f",
        arguments: "{}",
        status: "completed",
      },
      { type: "function_call_output", call_id: "c1", output: "42" },
      { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "42" }] },
    ],
    tools: [
      { type: "function", name: "f", parameters: {}, strict: null },
      { type: "custom", name: "c" },
    ],
    tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "f" }] },
  },
];

describe("passes", () => {
  it("chats as clients write them", async () => {
    for (const body of CHATS) expect(await chat(body)).toEqual({ status: 200, message: "" });
  });

  it("responses as clients write them", async () => {
    for (const body of ASKED) expect(await respond(body)).toEqual({ status: 200, message: "" });
  });

  it("what a grant by hand names", async () => {
    const mcp = { type: "mcp", server_label: "l", server_url: "https://mcp.example" };
    expect((await respond({ tools: [{ type: "function", name: "f" }, mcp] }, "tools")).status).toBe(200);
    expect((await respond({ tools: [{ type: "web_search" }] }, "tools")).status).toBe(403);
    expect((await respond({ effort: "low" }, "more")).status).toBe(200);
    expect((await respond({ effort: "high" }, "more")).status).toBe(403);
    expect((await respond({ effort: "low", other: "low" }, "more")).status).toBe(403);
    expect((await respond({ effort: "low", tools: [mcp] }, "more")).status).toBe(403);
  });
});

/** Members below which everything is the caller's own. */
const FREE = /\.(?:parameters|schema|metadata|logit_bias|logprobs)(?:\.|$)/;

/** The body once for each place in it, with something else there; and whether the place is free. */
const changed = (
  body: object,
  change: (value: unknown) => unknown,
): { at: string; body: object; free: boolean }[] => {
  const found: { at: string; body: object; free: boolean }[] = [];
  const visit = (value: unknown, at: string, replace: (by: unknown) => object): void => {
    const other = change(value);
    if (other !== undefined) found.push({ at, body: replace(other), free: FREE.test(at) });
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      visit(inner, `${at}.${name}`, (by) =>
        replace(Array.isArray(value) ? value.with(Number(name), by) : { ...value, [name]: by }),
      );
    }
  };
  visit(body, "", (by) => by as object);
  return found;
};

describe("nowhere is let through", () => {
  const isObject = (value: unknown): value is object =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const wrong: [string, (value: unknown) => unknown][] = [
    ["a member more", (value) => (isObject(value) ? { ...value, reference: "x" } : undefined)],
    ["another object in its place", (value) => (value === null ? undefined : { reference: "x" })],
    ["a list of objects in its place", (value) => (value === null ? undefined : [{ reference: "x" }])],
  ];
  for (const [what, change] of wrong) {
    it(what, async () => {
      const all = [
        ...CHATS.flatMap((body) => changed(body, change).map((one) => ({ ...one, ask: chat }))),
        ...ASKED.flatMap((body) => changed(body, change).map((one) => ({ ...one, ask: respond }))),
      ];
      expect(all.length).toBeGreaterThan(50);
      for (const { at, body, ask } of all.filter(({ free }) => !free)) {
        const { status, message } = await ask(body);
        expect([at, status], message).toEqual([at, 403]);
      }
    });
  }
});
