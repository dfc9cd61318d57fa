/** Models of Generative AI through Oracle's own SDK. */
import { GenerativeAiInferenceClient } from "oci-generativeaiinference";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";
import { signedCall } from "../../support/signed-call.ts";

let oci: LocalOci;
beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0 } });
});
afterAll(() => oci.close());

const compartmentId = WELL_KNOWN.compartments.app;
const servingMode = { servingType: "ON_DEMAND", modelId: "xai.grok-4" };
const client = (as = oci.administrator) =>
  sdkClient(oci, GenerativeAiInferenceClient, "generativeaiinference", as);
const chatRequest = {
  apiFormat: "GENERIC",
  messages: [{ role: "USER", content: [{ type: "TEXT", text: "two words" }] }],
};

test("a chat answers with what it was told", async () => {
  const response = await client().chat({ chatDetails: { compartmentId, servingMode, chatRequest } });
  expect(response).toMatchObject({
    chatResult: {
      modelId: "xai.grok-4",
      chatResponse: { choices: [{ message: { content: [{ text: "two words" }] } }] },
    },
  });
});

test("a chat answers with events where they are asked for", async () => {
  const { headers, text } = await signedCall(oci, "generativeaiinference", "POST", "/20231130/actions/chat", {
    body: { compartmentId, servingMode, chatRequest: { ...chatRequest, isStream: true } },
  });
  expect(headers.get("content-type")).toBe("text/event-stream");
  expect(text.split("\n\n").map((event) => event.slice(0, 6))).toEqual(["data: ", "data: ", "data: ", ""]);
});

test("texts are embedded and ranked", async () => {
  const details = { compartmentId, servingMode };
  const embedded = await client().embedText({ embedTextDetails: { ...details, inputs: ["a", "bc"] } });
  expect(embedded.embedTextResult.embeddings).toEqual([[1], [2]]);
  const { rerankTextResult } = await client().rerankText({
    rerankTextDetails: { ...details, input: "b", documents: ["a", "bc"] },
  });
  expect(rerankTextResult.documentRanks.map((rank) => rank.relevanceScore)).toEqual([0, 1]);
});

test("who may not, or names a compartment that is not there, is told the same", async () => {
  const chat = (as: typeof oci.deployer, at: string) =>
    refusal(client(as).chat({ chatDetails: { compartmentId: at, servingMode, chatRequest } }));
  expect((await chat(oci.deployer, compartmentId))[0]).toBe(404);
  expect((await chat(oci.administrator, `${compartmentId}x`))[0]).toBe(404);
});
