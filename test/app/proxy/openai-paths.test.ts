/** Paths in OpenAI's form: the older ones, and what is not served. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AttackBytes, attack, noneIsSigned } from "../../support/attack.ts";
import { ask, MODEL, startOpenaiProxy } from "../../support/openai.ts";
import { SOME_COMPARTMENT as C, head, type TestProxy } from "../../support/proxy.ts";

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

describe("nothing else is signed", () => {
  const good = JSON.stringify({ model: MODEL, messages });
  const bad = JSON.stringify({ model: "xai.grok-9", messages });
  const post = (path: string, body: string | Buffer, ...headers: string[]): AttackBytes => {
    const type = headers.some((one) => /^content-type:/i.test(one)) ? [] : ["Content-Type: application/json"];
    return [head(`POST ${path}`, ...type, `Content-Length: ${Buffer.byteLength(body)}`, ...headers), body];
  };
  const chunked = (path: string, body: string): AttackBytes => [
    head(`POST ${path}`, "Content-Type: application/json", "Transfer-Encoding: chunked"),
    `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  ];
  const BASES = ["/generativeaiinference/openai/v1", "/generativeaiinference/20231130/actions/v1"];
  const HOST = "inference.generativeai.xx-test-1.oci.cloud.example";

  it("is said of what differs from this, which is", async () => {
    const path = `${BASES[1]}/chat/completions`;
    const attempts = [
      post(path, good),
      chunked(path, good),
      post(path, gzipSync(good), "Content-Encoding: gzip"),
    ];
    const { statuses, signed } = await attack(t, attempts);
    expect([statuses, signed]).toEqual([
      [200, 200, 200],
      Array.from({ length: 3 }, () => "POST /20231130/actions/v1/chat/completions"),
    ]);
  });

  it.each(BASES)("at %s, in any spelling of the path", async (base) => {
    const paths = [
      ...[
        "CHAT/COMPLETIONS",
        "Chat/Completions",
        "chat/completions/",
        "chat/completions//",
        "chat%2Fcompletions",
      ],
      ...[
        "ch%61t/completions",
        "%63hat/completions",
        "chat/completions%00",
        "chat/completions%20",
        "chat/completions.",
      ],
      ...[
        "chat/./completions",
        "chat/x/../completions",
        "chat/completions;a=b",
        "chat\\completions",
        "chat/completions?x=1",
      ],
      ...[
        "chat/completions?model=xai.grok-9",
        "chat/completions%3Fx=1",
        "chat/completions/x",
        "chat",
        "completions",
      ],
    ];
    await noneIsSigned(
      t,
      paths.map((path) => post(`${base}/${path}`, good)),
    );
    const { status } = await ask(t, `${base}/chat/completions`, good);
    expect(status).toBe(200);
  });

  it.each(BASES)("at %s, in any framing of another body", async (base) => {
    const path = `${base}/chat/completions`;
    await noneIsSigned(t, [
      post(path, bad),
      chunked(path, bad),
      post(path, gzipSync(bad), "Content-Encoding: gzip"),
      post(path, gzipSync(bad), "Content-Encoding: GZIP"),
      post(path, gzipSync(bad), "Content-Encoding: x-gzip"),
      post(path, gzipSync(gzipSync(good)), "Content-Encoding: gzip"),
      ...[
        "text/json",
        "application/x-www-form-urlencoded",
        "application/json, text/plain",
        "application/json; charset=utf-7",
      ].map((type) => post(path, good, `Content-Type: ${type}`)),
      post(path, good, "Content-Type: application/json", "Content-Type: text/plain"),
      post(path, good, "X-HTTP-Method-Override: DELETE", `opc-compartment-id: ${C}x`),
      `${head(`POST ${path}`, "Content-Type: application/json")}${good}`,
    ]);
  });

  it("by the service's host, where the path begins with none", async () => {
    const at = (path: string, body: string) => {
      const bytes = post(path, body)[0] as string;
      return [bytes.replace("Host: localhost", `Host: ${HOST}`), body];
    };
    for (const base of ["/openai/v1", "/20231130/actions/v1"]) {
      const { statuses } = await attack(t, [at(`${base}/chat/completions`, good)]);
      expect(statuses).toEqual([200]);
      await noneIsSigned(t, [
        at(`${base}/chat/completions`, bad),
        at(`${base}/chat/completions?x=1`, good),
        at(`${base}/embeddings`, good),
        at(`/generativeaiinference${base}/chat/completions`, good),
      ]);
    }
  });

  it("by another name of the compartment's header", async () => {
    const path = `${BASES[1]}/chat/completions`;
    const other = "ocid1.compartment.oc99..aaaaaaaaelsewhere";
    await noneIsSigned(t, [post(path, good, `opc-compartment-id: ${other}`)]);
    const { statuses } = await attack(t, [
      post(path, good, `CompartmentId: ${other}`, `Compartment-Id: ${other}`),
    ]);
    expect(statuses).toEqual([200]);
    expect(JSON.stringify(t.oci.seen[0]!.headers)).not.toContain(other);
    expect(t.oci.seen[0]!.headers["compartmentid"]).toBe(C);
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
