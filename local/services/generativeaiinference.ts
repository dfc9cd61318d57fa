/** Models of Generative AI. None runs: a chat's answer is the last text that was sent, an embedding is its length. @module */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { invalidParameter } from "../errors.ts";
import type { Handler, Service } from "../service.ts";
import { readBody } from "./support/body.ts";
import { compartmentTarget } from "./support/resources.ts";

const serving = {
  compartmentId: z.string(),
  servingMode: z.discriminatedUnion("servingType", [
    z.object({ servingType: z.literal("ON_DEMAND"), modelId: z.string().min(1) }),
    z.object({ servingType: z.literal("DEDICATED"), endpointId: z.string().min(1) }),
  ]),
};
const text = z.object({ type: z.literal("TEXT"), text: z.string() });
const chat = z.object({
  ...serving,
  chatRequest: z.object({
    apiFormat: z.string(),
    messages: z.array(z.object({ role: z.string(), content: z.array(text).min(1) })).min(1),
    isStream: z.boolean().optional(),
  }),
});
const embed = z.object({ ...serving, inputs: z.array(z.string()).min(1).max(96) });
const rerank = z.object({ ...serving, input: z.string(), documents: z.array(z.string()).min(1) });

const modelOf = ({ servingMode }: Pick<z.output<typeof embed>, "servingMode">): string =>
  "modelId" in servingMode ? servingMode.modelId : servingMode.endpointId;

/** Events as the SDK's clients read them (`data: {…}`, then a blank line). */
const events = (all: readonly object[]) => ({
  body: Buffer.from(all.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("")),
  headers: { "content-type": "text/event-stream" },
});

/** An operation whose body says the compartment. */
const served = <S extends z.ZodType<{ compartmentId: string }>>(
  schema: S,
  run: (body: z.output<S>) => ReturnType<Handler["run"]>,
): Handler => ({
  target: (call) => compartmentTarget(call, readBody(call, schema).compartmentId),
  run: (call) => run(readBody(call, schema)),
});

/** The handlers of models. */
export const generativeaiinference: Service = {
  name: "generativeaiinference",
  handlers: {
    Chat: served(chat, (body) => {
      const { apiFormat, messages, isStream } = body.chatRequest;
      if (apiFormat !== "GENERIC") throw invalidParameter("chatRequest.apiFormat: only GENERIC is imitated");
      const message = { role: "ASSISTANT", content: messages.at(-1)!.content };
      if (isStream) {
        const pieces = message.content[0]!.text.split(/(?<= )/);
        return events([
          ...pieces.map((piece) => ({
            index: 0,
            message: { ...message, content: [{ type: "TEXT", text: piece }] },
          })),
          { index: 0, finishReason: "stop" },
        ]);
      }
      const choices = [{ index: 0, message, finishReason: "stop" }];
      const timeCreated = new Date().toISOString();
      const chatResponse = { apiFormat, timeCreated, choices };
      return { body: { modelId: modelOf(body), modelVersion: "1", chatResponse } };
    }),
    EmbedText: served(embed, (body) => ({
      body: {
        id: randomUUID(),
        modelId: modelOf(body),
        modelVersion: "1",
        embeddings: body.inputs.map((input) => [input.length]),
      },
    })),
    RerankText: served(rerank, (body) => ({
      body: {
        id: randomUUID(),
        modelId: modelOf(body),
        modelVersion: "1",
        documentRanks: body.documents.map((document, index) => ({
          index,
          relevanceScore: document.includes(body.input) ? 1 : 0,
        })),
      },
    })),
  },
};
