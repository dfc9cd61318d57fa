/**
 * Clients that speak OpenAI's protocol, as the recipes have them, through the proxy to a service that verifies every
 * signature. The local OCI does not serve OpenAI's form.
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe as everyDescribe, expect } from "vitest";
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
const hasPython = (name: string): boolean =>
  spawnSync(PYTHON, ["-c", `import importlib.util, sys; sys.exit(not importlib.util.find_spec("${name}"))`])
    .status === 0;

const page = readFileSync(join(ROOT, "docs/proxy-recipes.md"), "utf8");
const recipeOf = (language: string, about: string): string =>
  new RegExp(`^\`\`\`${language} ${about}\\n([\\s\\S]*?)^\`\`\``, "m").exec(page)![1]!;

/** Clients of the proxy with the same grants: the token changes from the one's to the other's. */
const [FIRST, SECOND] = ["first", "second"] as const;

let t: TestProxy;
let work: string;
beforeAll(async () => {
  const grants = [{ generativeai: "chat", models: [MODEL] }];
  const access = accessSchema.parse({ clients: { [FIRST]: grants, [SECOND]: grants } });
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
const writeToken = (client: string): void => writeFileSync(join(work, "token"), t.token(client));
beforeEach(() => {
  t.oci.seen.length = 0;
  writeToken(FIRST);
});

/** As the service: in OpenAI's form, by what is asked. The caller's token changes after the first request. */
const respond = ({ target, body }: SeenRequest, res: ServerResponse): void => {
  writeToken(SECOND);
  const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
  const common = { id: "1", created: 1, created_at: 1, model: MODEL };
  const json = (members: object): void => {
    res.writeHead(200, { "content-type": "application/json" });
    res.end(JSON.stringify({ ...common, ...members }));
  };
  if (target === "/openai/v1/responses") {
    const content = [{ type: "output_text", text: "a response", annotations: [] }];
    const output = [{ id: "m", type: "message", role: "assistant", status: "completed", content }];
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    json({ object: "response", status: "completed", output, usage });
  } else if (stream) {
    const event = (delta: object, finish_reason: string | null = null) => {
      const choices = [{ index: 0, delta, finish_reason }];
      res.write(`data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", choices })}\n\n`);
    };
    res.writeHead(200, { "content-type": "text/event-stream" });
    for (const content of ["an ", "answer ", "in pieces"]) event({ content });
    event({}, "stop");
    res.end("data: [DONE]\n\n");
  } else {
    const message = { role: "assistant", content: "an answer" };
    json({ object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }] });
  }
};

const run = (
  program: string,
  extension: string,
  code: string,
  model = MODEL,
): Promise<{ code: number; out: string }> => {
  const file = join(work, `recipe.${extension}`);
  writeFileSync(file, code);
  const env = {
    PATH: process.env["PATH"],
    PROXY: t.proxy.url,
    TOKEN: join(work, "token"),
    MODEL: model,
  };
  return new Promise((resolve) => {
    execFile(program, [file], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, out: stdout + stderr }),
    );
  });
};

const inNode = (name: string): boolean => existsSync(join(NODE_MODULES, name));
const node = [process.execPath, "mjs"] as const;
const python = [PYTHON, "py"] as const;
const CLIENTS = [
  ["python", "openai", python, hasPython("openai"), "Python's openai is not in .keyless/openai-python"],
  ["js", "openai", node, inNode("openai"), "openai is not in .keyless/openai"],
  ["python", "litellm", python, hasPython("litellm"), "litellm is not in .keyless/openai-python"],
  ["js", "aisdk", node, inNode("ai"), "the AI SDK is not in .keyless/openai"],
] as const;

for (const [language, about, [program, extension], there, reason] of CLIENTS) {
  const { it } = skipUnless(there, reason);
  const recipe = recipeOf(language, about);

  everyDescribe(`${about} in ${language}`, () => {
    it("answers, events and responses, with each token as it comes", { timeout: 60_000 }, async () => {
      const lines = t.audit().length;
      expect(await run(program, extension, recipe)).toEqual({
        code: 0,
        out: "an answer\nan answer in pieces\na response\n",
      });
      expect(t.oci.seen.map((s) => [s.wrong, s.target, s.headers["opc-compartment-id"]])).toEqual([
        [undefined, "/openai/v1/chat/completions", SOME_COMPARTMENT],
        [undefined, "/openai/v1/chat/completions", SOME_COMPARTMENT],
        [undefined, "/openai/v1/responses", SOME_COMPARTMENT],
      ]);
      await expect
        .poll(() =>
          t
            .audit()
            .slice(lines)
            .map((line) => line.client),
        )
        .toEqual([FIRST, SECOND, SECOND]);
    });

    it("another model is refused, and the client says why", { timeout: 60_000 }, async () => {
      const { code, out } = await run(program, extension, recipe, "xai.grok-9");
      expect(code).toBe(1);
      expect(out).toContain(about === "aisdk" ? "APICallError" : "PermissionDeniedError");
      expect(out).toContain("body.model must be one of xai.grok-4, found");
      expect(t.oci.seen).toEqual([]);
    });
  });
}

/** A recipe with another end: what it does with the client that it made. */
const withEnd = (recipe: string, from: string, end: string): string =>
  recipe.slice(0, recipe.indexOf(from)) + end;

skipUnless(inNode("ai"), "the AI SDK is not in .keyless/openai").it(
  "aisdk: what was answered goes on as items, where the page says how",
  { timeout: 60_000 },
  async () => {
    const conversation = withEnd(
      recipeOf("js", "aisdk"),
      "console.log(",
      `for (const options of [undefined, { openai: { store: false } }]) {
        const first = await generateText({ model: response, prompt, providerOptions: options });
        const messages = [{ role: "user", content: prompt }, ...first.response.messages, { role: "user", content: "more" }];
        const next = generateText({ model: response, messages, providerOptions: options });
        console.log(await next.then(({ text }) => text, (error) => error.message));
      }`,
    );
    const { code, out } = await run(...node, conversation);
    expect(code, out).toBe(0);
    const [refused, answered] = out.trim().split("\n");
    expect(refused).toContain("body.input.1 names an item that the service keeps: send the item itself");
    expect(answered).toBe("a response");
    expect(t.oci.seen).toHaveLength(3);
  },
);

skipUnless(hasPython("litellm"), "litellm is not in .keyless/openai-python").it(
  "litellm: tools, pictures and what was answered go on; members that nobody knows do not",
  { timeout: 60_000 },
  async () => {
    const further = withEnd(
      recipeOf("python", "litellm"),
      "answer = ",
      `
f = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
asked = [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}]
answer = completion(messages=asked, tools=[f], tool_choice="auto", temperature=0.1, max_tokens=5, **proxy())
again = [*asked, answer.choices[0].message, {"role": "user", "content": "And now?"}]
print(completion(messages=again, response_format={"type": "json_object"}, **proxy()).choices[0].message.content)
for more in [{"extra_body": {"models": ["xai.grok-9"]}}, {"extra_query": {"model": "xai.grok-9"}}]:
    try:
        completion(messages=asked, **more, **proxy())
    except Exception as error:
        print(type(error).__name__, str(error))
`,
    );
    const { code, out } = await run(...python, further);
    expect(code, out).toBe(0);
    expect(out).toMatch(/^an answer$/m);
    expect(out).toContain("body.models names other models");
    // It writes what it does not know into the body.
    expect(out).toContain("body.extra_query is no member of this body that is known");
    expect(t.oci.seen).toHaveLength(2);
  },
);
