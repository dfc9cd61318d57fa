/** A proxy whose client `app` may chat with one model, in OpenAI's form. @module */
import { allowRules } from "../../access/compile.ts";
import { accessSchema } from "../../access/schema.ts";
import type { ProxyDocument } from "../../document/schema.ts";
import { SOME_COMPARTMENT, startTestProxy, type TestProxy } from "./proxy.ts";

/** The model that is granted. */
export const MODEL = "xai.grok-4";
export const CHAT = "/generativeaiinference/openai/v1/chat/completions";
export const RESPONSES = "/generativeaiinference/openai/v1/responses";

/** Starts it. @param more further clients */
export const startOpenaiProxy = async (more: ProxyDocument["clients"] = {}): Promise<TestProxy> => {
  const access = accessSchema.parse({ clients: { app: [{ generativeai: "chat", models: [MODEL] }] } });
  const ids = { workloadCompartmentId: SOME_COMPARTMENT } as never;
  const clients = { ...(allowRules(access, ids) as ProxyDocument["clients"]), ...more };
  const t = await startTestProxy({ timeouts: { headersMs: 1000, bodyMs: 1500, stallMs: 1500 } }, { clients });
  await t.proxy.ready();
  return t;
};

/** Asks as a client of OpenAI's does. */
export const ask = async (
  t: TestProxy,
  path: string,
  body: object | string | Buffer,
  { client = "app", headers = {} }: { client?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; text: string; message: string }> => {
  const response = await fetch(`http://127.0.0.1:${t.port}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${t.token(client)}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const { error } = (text.startsWith("{") ? JSON.parse(text) : {}) as { error?: { message: string } };
  return { status: response.status, text, message: error?.message ?? "" };
};

/** A picture as it may be sent. */
export const PICTURE = "data:image/png;base64,iVBORw0KGgo=";

/** Ways to ask with one thing more or other than usual. @param proxy asked for when it is there */
export const askers = (proxy: () => TestProxy) => {
  const asked = async (
    path: string,
    body: object | string | Buffer,
    client?: string,
    headers?: Record<string, string>,
  ) => {
    const { status, message } = await ask(proxy(), path, body, {
      ...(client && { client }),
      ...(headers && { headers }),
    });
    return { status, message };
  };
  const chat = (members: object, client?: string) =>
    asked(CHAT, { model: MODEL, messages: [{ role: "user", content: "x" }], ...members }, client);
  const respond = (members: object, client?: string) =>
    asked(RESPONSES, { model: MODEL, input: "x", ...members }, client);
  return {
    ask: asked,
    chat,
    respond,
    /** Parts of a message of a chat. */
    inChat: (...content: unknown[]) => chat({ messages: [{ role: "user", content }] }),
    /** Items of a response's input. */
    inInput: (...input: unknown[]) => respond({ input }),
  };
};
