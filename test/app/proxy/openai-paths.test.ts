/** Paths in OpenAI's form: the older ones, and what is not served. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, MODEL, startOpenaiProxy } from "../../support/openai.ts";
import { SOME_COMPARTMENT as C, type TestProxy } from "../../support/proxy.ts";

const messages = [{ role: "user", content: "hello" }];

let t: TestProxy;
beforeAll(async () => {
  t = await startOpenaiProxy();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
});

describe("the older path", () => {
  const OLDER = "/generativeaiinference/20231130/actions/v1";

  it("is the same operation, and is sent as it is written", async () => {
    expect((await ask(t, `${OLDER}/chat/completions`, { model: MODEL, messages })).status).toBe(200);
    expect((await ask(t, `${OLDER}/responses`, { model: MODEL, input: "x" })).status).toBe(200);
    expect(t.oci.seen.map((s) => [s.wrong, s.target, s.headers["compartmentid"]])).toEqual([
      [undefined, "/20231130/actions/v1/chat/completions", C],
      [undefined, "/20231130/actions/v1/responses", C],
    ]);
  });

  it("has the same checks", async () => {
    t.oci.seen.length = 0;
    for (const body of [
      { model: "xai.grok-9", messages },
      { model: MODEL, messages, models: ["xai.grok-9"] },
    ]) {
      const { status, text } = await ask(t, `${OLDER}/chat/completions`, body);
      expect([status, JSON.parse(text).error?.code]).toEqual([403, "NotGranted"]);
    }
    for (const path of ["models", "chat/completions/", "v1/chat/completions", "/chat/completions", "chat"])
      expect((await ask(t, `${OLDER}/${path}`, { model: MODEL, messages })).status).toBeGreaterThanOrEqual(
        400,
      );
    for (const path of [
      "/generativeaiinference/20231130/actions/V1/chat/completions",
      "/generativeaiinference/20231130/actions/v1/actions/v1/chat/completions",
      "/generativeaiinference/20231130/actions/v1/20231130/actions/v1/responses",
      "/generativeai/20231130/actions/v1/chat/completions",
      "/core/20231130/actions/v1/chat/completions",
      "/generativeai/20231130/openai/v1/vector_stores",
    ])
      expect((await ask(t, path, { model: MODEL, messages })).status).toBe(404);
    expect(t.oci.seen).toEqual([]);
  });
});

describe("what is not served", () => {
  const get = async (path: string) => {
    const headers = { authorization: `Bearer ${t.token("app")}` };
    const response = await fetch(`http://127.0.0.1:${t.port}/generativeaiinference/openai/v1/${path}`, {
      headers,
    });
    return { status: response.status, ...((await response.json()) as { error: { message: string } }) };
  };

  it("says so, and names what is", async () => {
    for (const path of ["models", "models/xai.grok-4"]) {
      const { status, error } = await get(path);
      expect(status).toBe(404);
      expect(error.message).toContain(
        "no page of Oracle's names models in OpenAI's form: in OpenAI's form, POST",
      );
    }
    const embeddings = await ask(t, "/generativeaiinference/openai/v1/embeddings", {
      model: MODEL,
      input: "x",
    });
    expect(embeddings.status).toBe(404);
    expect(embeddings.text).toContain("in Oracle's, POST /20231130/actions/embedText");
    for (const path of ["responses/r1", "conversations/c1", "files", "vector_stores", "containers"]) {
      const { status, error } = await get(path);
      expect(status).toBe(404);
      expect(error.message).toContain(
        "POST chat/completions and POST responses are served; responses that are kept",
      );
    }
    expect(t.oci.seen).toEqual([]);
  });
});
