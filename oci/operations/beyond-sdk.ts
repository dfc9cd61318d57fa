/** Operations that Oracle's SDK does not have. @module */
import type { SdkOperation } from "./types.ts";

/** An operation of Generative AI in OpenAI's form. */
const openai = (name: string, path: string): SdkOperation => ({
  service: "generativeaiinference",
  client: "GenerativeAiInference",
  name,
  method: "POST",
  path: `/openai/v1/${path}`,
  bodySigned: true,
  body: "json",
  query: [],
  headers: ["opc-compartment-id"],
});

/**
 * Operations that services document and no client of Oracle's SDK has.
 *
 * Generative AI, at the same host as its other operations, by the names of OpenAI's description of its API
 * (`createChatCompletion`). Source: Oracle's pages on the OpenAI-compatible API, and the packages `oci-openai` 1.1.0 and
 * `oci-genai-auth` 1.1.1. The pages name no permission for these two, and neither does the table. Conversations, files,
 * vector stores and containers are left out: they are somebody's, and have permissions of their own.
 */
export const beyondSdk: readonly SdkOperation[] = [
  openai("CreateChatCompletion", "chat/completions"),
  openai("CreateResponse", "responses"),
];
