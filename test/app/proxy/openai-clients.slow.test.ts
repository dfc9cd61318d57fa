/**
 * OpenAI's own clients, as the recipes have them, through the proxy to a service that verifies every signature. The local
 * OCI does not serve OpenAI's form.
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { allowRules } from "../../../access/compile.ts";
import { accessSchema } from "../../../access/schema.ts";
import type { ProxyDocument } from "../../../document/schema.ts";
import { SOME_COMPARTMENT, startTestProxy, type TestProxy } from "../../support/proxy.ts";
import { skipUnless } from "../../support/skip.ts";
import type { SeenRequest } from "../../support/small-oci/index.ts";

const ROOT = join(import.meta.dirname, "../../..");
const MODEL = "xai.grok-4";
const NODE_MODULES = join(ROOT, ".keyless/openai/node_modules");
const PYTHON = join(ROOT, ".keyless/openai-python/bin/python");
const HAS_PYTHON = spawnSync(PYTHON, ["-c", "import openai"]).status === 0;

const page = readFileSync(join(ROOT, "docs/proxy-recipes.md"), "utf8");
const recipeIn = (language: string): string =>
  new RegExp(`^\`\`\`${language} openai\\n([\\s\\S]*?)^\`\`\``, "m").exec(page)![1]!;

let t: TestProxy;
let work: string;
beforeAll(async () => {
  const access = accessSchema.parse({ clients: { app: [{ generativeai: "chat", models: [MODEL] }] } });
  const clients = allowRules(access, { workloadCompartmentId: SOME_COMPARTMENT } as never);
  t = await startTestProxy({}, { clients: clients as ProxyDocument["clients"] });
  await t.proxy.ready();
  t.oci.respond = respond;
  work = mkdtempSync(join(tmpdir(), "keyless-openai-"));
  if (existsSync(NODE_MODULES)) symlinkSync(NODE_MODULES, join(work, "node_modules"));
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await t.close();
});
beforeEach(() => {
  t.oci.seen.length = 0;
});

/** As the service: in OpenAI's form, by what is asked. */
const respond = ({ target, body }: SeenRequest, res: ServerResponse): void => {
  const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
  const common = { id: "1", created: 1, model: MODEL };
  if (target === "/openai/v1/responses") {
    const content = [{ type: "output_text", text: "a response", annotations: [] }];
    const output = [{ id: "m", type: "message", role: "assistant", status: "completed", content }];
    res.writeHead(200, { "content-type": "application/json" });
    res.end(JSON.stringify({ ...common, object: "response", status: "completed", output }));
  } else if (stream) {
    const event = (content: string) =>
      `data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] })}\n\n`;
    res.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of ["an ", "answer ", "in pieces"]) res.write(event(piece));
    res.end("data: [DONE]\n\n");
  } else {
    const message = { role: "assistant", content: "an answer" };
    res.writeHead(200, { "content-type": "application/json" });
    res.end(
      JSON.stringify({
        ...common,
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason: "stop" }],
      }),
    );
  }
};

const run = (program: string, language: string, model: string): Promise<{ code: number; out: string }> => {
  const file = join(work, `recipe.${language === "js" ? "mjs" : language}`);
  writeFileSync(file, recipeIn(language));
  const env = {
    PATH: process.env["PATH"],
    PROXY: t.proxy.url,
    TOKEN: join(t.dir, "app.token"),
    MODEL: model,
  };
  return new Promise((resolve) => {
    execFile(program, [file], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, out: stdout + stderr }),
    );
  });
};

const CLIENTS = [
  ["python", PYTHON, HAS_PYTHON, "Python's openai is not in .keyless/openai-python"],
  ["js", process.execPath, existsSync(join(NODE_MODULES, "openai")), "openai is not in .keyless/openai"],
] as const;

for (const [language, program, there, reason] of CLIENTS) {
  const { it } = skipUnless(there, reason);

  it(`${language}: answers, events and responses`, { timeout: 60_000 }, async () => {
    expect(await run(program, language, MODEL)).toEqual({
      code: 0,
      out: "an answer\nan answer in pieces\na response\n",
    });
    expect(t.oci.seen.map((s) => [s.wrong, s.target, s.headers["opc-compartment-id"]])).toEqual([
      [undefined, "/openai/v1/chat/completions", SOME_COMPARTMENT],
      [undefined, "/openai/v1/chat/completions", SOME_COMPARTMENT],
      [undefined, "/openai/v1/responses", SOME_COMPARTMENT],
    ]);
  });

  it(`${language}: another model is refused, and the client says why`, { timeout: 60_000 }, async () => {
    const { code, out } = await run(program, language, "xai.grok-9");
    expect(code).toBe(1);
    expect(out).toContain("PermissionDeniedError");
    expect(out).toContain("body.model must be one of xai.grok-4, found");
    expect(t.oci.seen).toEqual([]);
  });
}
