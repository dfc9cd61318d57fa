/** What bodies in OpenAI's form may not have: every member is known, and none names what is not granted. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askers, CHAT, MODEL, PICTURE, RESPONSES, startOpenaiProxy } from "../../support/openai.ts";
import type { TestProxy } from "../../support/proxy.ts";

let t: TestProxy;
beforeAll(async () => {
  t = await startOpenaiProxy();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
});

const { ask, chat, respond, inChat, inInput } = askers(() => t);

const ITEM = { type: "message", role: "user" };

describe("refuses", () => {
  const refused = async (asked: ReturnType<typeof ask>, ...texts: string[]): Promise<void> => {
    const { status, message } = await asked;
    expect(status, message).toBe(403);
    for (const text of texts) expect(message).toContain(text);
  };
  const none = () => expect(t.oci.seen).toEqual([]);

  it("members that it does not know, with the nearest that it does", async () => {
    await refused(
      chat({ temprature: 1 }),
      "body.temprature is no member of this body that is known; did you mean temperature?",
    );
    await refused(chat({ top_k: 5 }), "body.top_k is no member of this body that is known");
    for (const name of [
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "",
      "Temperature",
      "temperature ",
    ]) {
      await refused(
        ask(CHAT, `{"model":"${MODEL}","messages":[],${JSON.stringify(name)}:1}`),
        "is no member",
      );
      await refused(
        ask(
          CHAT,
          `{"model":"${MODEL}","messages":[{"role":"user","content":"x",${JSON.stringify(name)}:{"id":1}}]}`,
        ),
        "is no member",
      );
      await refused(
        ask(RESPONSES, `{"model":"${MODEL}","input":[{"type":${JSON.stringify(name)}}]}`),
        "body.input.0.type must be one of message,",
      );
    }
    none();
  });

  it("says no grant where none could help", async () => {
    const { message } = await inChat({ type: "file", file: { file_id: "f" } });
    expect(message).not.toContain("It would need");
    expect(message.match(/file_id/g)).toHaveLength(1);
    expect((await chat({ web_search_options: {} })).message).toContain("It would need");
    const tools = [
      { type: "function", name: "f" },
      { type: "mcp", server_url: "https://mcp.example" },
    ];
    await refused(
      respond({ tools }),
      'body.tools.1.type must be one of function, custom, found "mcp"; the service runs every other',
      "body.tools.*.type: { oneOf: [function, mcp] }",
    );
    none();
  });

  it("files, pictures and addresses that the service would look for", async () => {
    await refused(
      inChat({ type: "file", file: { file_id: "file-1" } }),
      "body.messages.0.content.0.file.file_id names what is kept elsewhere",
    );
    await refused(
      inChat({ type: "file", file: { file_data: "https://example.com/a.pdf" } }),
      "must be the content itself",
    );
    await refused(
      inChat({ type: "file", file: "file-1" }),
      "body.messages.0.content.0.file must be an object",
    );
    for (const url of [
      "https://example.com/a.png",
      "http://169.254.169.254/",
      "file:///etc/passwd",
      " data:,x",
      "DATA:,x",
      "",
    ])
      await refused(
        inChat({ type: "image_url", image_url: { url } }),
        "body.messages.0.content.0.image_url.url must be the content itself",
      );
    await refused(inChat({ type: "image_url", image_url: "https://example.com" }), "must be an object");
    await refused(inChat({ type: "image_url", image_url: { url: [PICTURE] } }), "must be the content itself");
    await refused(
      inChat({ type: "input_audio", input_audio: { data: "https://example.com" } }),
      "must be the content itself",
    );
    await refused(
      chat({ messages: [{ role: "assistant", audio: { id: "audio_1" } }] }),
      "names what is kept elsewhere",
    );
    await refused(
      chat({ audio: { format: "wav", voice: { id: "voice_1" } } }),
      "body.audio.voice must be a text",
    );
    const part = (one: object) => inInput({ ...ITEM, content: [one] });
    await refused(
      part({ type: "input_image", image_url: "https://example.com/a.png" }),
      "must be the content itself",
    );
    await refused(part({ type: "input_image", file_id: "file-1" }), "names what is kept elsewhere");
    await refused(part({ type: "input_file", file_id: "file-1" }), "names what is kept elsewhere");
    await refused(
      part({ type: "input_file", file_url: "https://example.com" }),
      "names an address for the service to fetch",
    );
    await refused(part({ type: "image_file", file_id: "file-1" }), "type must be one of input_text,");
    await refused(
      inInput({ type: "function_call_output", call_id: "c", output: [{ type: "input_file", file_id: "f" }] }),
      "body.input.0.output.0.file_id",
    );
    none();
  });

  it("items, conversations and memories that the service keeps", async () => {
    await refused(
      inInput({ type: "item_reference", id: "msg_1" }),
      "names an item that the service keeps: send the item itself",
    );
    await refused(inInput({ id: "msg_1" }), "body.input.0.id names an item that the service keeps");
    await refused(inInput({ type: null, id: "msg_1" }), "body.input.0.type must be one of");
    await refused(
      inInput({ type: "message", id: "msg_1", role: "assistant", content: [] }),
      "has no content",
    );
    await refused(
      inInput({ type: "message", id: "msg_1", role: "assistant", content: [null] }),
      "has no content",
    );
    await refused(
      inInput({ type: "reasoning", id: "rs_1", summary: [] }),
      "has no encrypted_content or content or summary",
    );
    await refused(inInput({ type: "function_call", id: "fc_1" }), "has no name");
    await refused(
      inInput({ type: "file_search_call", id: "fs_1", queries: [], status: "completed" }),
      "must be one of message,",
    );
    await refused(
      inInput({ type: "mcp_list_tools", id: "m", server_label: "l", tools: [] }),
      "must be one of message,",
    );
    await refused(inInput([{ id: "msg_1" }]), "body.input.0 must be an object, found a list");
    await refused(inInput("msg_1"), "body.input.0 must be an object");
    await refused(respond({ input: { type: "item_reference", id: "m" } }), "body.input must be a list");
    await refused(
      respond({ instructions: [{ type: "item_reference", id: "m" }] }),
      "body.instructions must be a text",
    );
    await refused(respond({ background: true }), "body.background goes on when the caller has gone");
    for (const name of ["memory_subject_id", "Memory_Subject_Id", "memorySubjectId"])
      await refused(respond({ metadata: { [name]: "somebody" } }), "names whose memory is read and written");
    none();
  });

  it("other models and tools in whatever place", async () => {
    await refused(respond({ moderation: { model: "omni-moderation-latest" } }), "has another model judge");
    await refused(
      chat({ tools: [{ type: "function", function: { name: "f" }, model: "xai.grok-9" }] }),
      "body.tools.0.model is no member",
    );
    await refused(
      chat({ tools: [{ function: { name: "f" } }] }),
      "body.tools.0.type must be one of function, custom, found nothing",
    );
    await refused(chat({ tools: [{ type: ["function"] }] }), "body.tools.0.type must be one of");
    await refused(chat({ tools: [[{ type: "web_search" }]] }), "body.tools.0 must be an object");
    await refused(chat({ tools: "web_search" }), "body.tools must be a list");
    await refused(chat({ functions: [{ name: "f", server_url: "https://example.com" }] }), "is no member");
    await refused(
      chat({ response_format: { type: "grammar" } }),
      "body.response_format.type must be one of text,",
    );
    await refused(chat({ stream_options: { model: "xai.grok-9" } }), "is no member");
    await refused(
      respond({ tool_choice: { type: "web_search_preview" } }),
      "body.tool_choice.type must be one of function,",
    );
    await refused(
      respond({ tool_choice: { type: "allowed_tools", tools: [{ type: "mcp", server_label: "l" }] } }),
      "body.tool_choice.tools.0.type",
    );
    await refused(respond({ reasoning: { model: "xai.grok-9" } }), "is no member");
    await refused(respond({ reasoning: "xai.grok-9" }), "body.reasoning must be an object");
    none();
  });

  it("query parameters, of which it takes none", async () => {
    const good = JSON.stringify({ model: MODEL, messages: [{ role: "user", content: "x" }] });
    for (const query of ["api-version=1", "model=xai.grok-9", "compartmentId=x", "x", "%20=1", "=1"])
      await refused(ask(`${CHAT}?${query}`, good), "the query has", "and this operation takes none");
    none();
    expect((await ask(CHAT, good)).status).toBe(200);
  });

  it("the same in gzip, in escapes, and in bodies that are deep or large", async () => {
    const gzip = { "content-encoding": "gzip" };
    const chosen = {
      model: MODEL,
      messages: [{ role: "user", content: [{ type: "file", file: { file_id: "f" } }] }],
    };
    await refused(ask(CHAT, gzipSync(JSON.stringify(chosen)), "app", gzip), "file_id");
    await refused(ask(CHAT, JSON.stringify(chosen).replace("file_id", "file\\u005fid")), "file_id");
    await refused(
      ask(CHAT, `{"model":"${MODEL}","messages":[],"m\\u006fdels":["xai.grok-9"]}`),
      "body.models",
    );
    expect(
      (await ask(CHAT, `{"model":"${MODEL}","messages":${"[".repeat(200)}${"]".repeat(200)}}`)).status,
    ).toBe(400);
    const twice = `{"model":"${MODEL}","messages":[{"role":"user","content":"a","content":[{"type":"file","file":{"file_id":"f"}}]}]}`;
    expect((await ask(CHAT, twice)).status).toBe(400);
    none();
    const many = Array.from({ length: 20_000 }, () => ({ role: "user", content: "x" }));
    expect((await chat({ messages: many })).status).toBe(200);
    t.oci.seen.length = 0;
    await refused(
      chat({ messages: [...many, { role: "user", id: "x" }] }),
      "body.messages.20000.id is no member",
    );
    none();
  });
});
