/**
 * Bodies of Generative AI in OpenAI's form. Source: the types of OpenAI's own client (`openai` 6.49 for Node), which a test
 * compares with this table; what OCI itself does with a member is as Oracle's pages and `oci-genai-auth` 1.1.1 have it.
 * @module
 */
import type { Members, Shape } from "./body-shape.ts";

const plain = (...names: readonly string[]): Record<string, Shape> =>
  Object.fromEntries(names.map((name) => [name, "plain"]));

/** A member of its own, between others of every kind. */
const object = (members: Record<string, Shape>): Members => ({ members });

const KEPT = "names what is kept elsewhere, by its id";
const FETCHED = "names an address for the service to fetch: send what is there, as a data: URL";

/** A mark up to where the service may keep a prompt. */
const CACHED = { prompt_cache_breakpoint: object(plain("mode")) };
const CACHE = {
  ...plain("prompt_cache_key", "prompt_cache_retention"),
  prompt_cache_options: object(plain("mode", "ttl")),
};

/** How a text is sampled, and who asked for it: nothing of this names something. */
const ASKED = plain(
  "model",
  "parallel_tool_calls",
  "safety_identifier",
  "service_tier",
  "store",
  "stream",
  "temperature",
  "top_logprobs",
  "top_p",
  "user",
);

/** Labels of the caller's. Of a conversation OCI reads some of them (`oci-genai-auth`, long-term memory). */
const METADATA: Members = {
  members: {
    memory_subject_id: { refused: "names whose memory is read and written" },
    memory_access_policy: { refused: "says whose memory is read and written" },
  },
  open: true,
};

/** A schema of the caller's for what is answered. */
const JSON_SCHEMA: Record<string, Shape> = { ...plain("name", "description", "strict"), schema: "any" };

/** A function of the caller's, which the caller runs. */
const FUNCTION: Record<string, Shape> = { ...plain("name", "description"), parameters: "any" };
const STRICT_FUNCTION = { ...FUNCTION, ...plain("strict") };
const RUN_BY_SERVICE = "the service runs every other";

/** Tools of those that the request has. */
const SOME_TOOLS: Record<string, Shape> = {
  ...plain("mode"),
  tools: {
    each: {
      by: "type",
      others: RUN_BY_SERVICE,
      kinds: {
        function: object({ ...plain("type", "name"), function: object(plain("name")) }),
        custom: object({ ...plain("type", "name"), custom: object(plain("name")) }),
      },
    },
  },
};

const chatText = object({ ...plain("type", "text"), ...CACHED });

const chatContent: Shape = {
  by: "type",
  kinds: {
    text: chatText,
    refusal: object(plain("type", "refusal")),
    image_url: object({
      ...plain("type"),
      image_url: object({ url: "dataUrl", detail: "plain" }),
      ...CACHED,
    }),
    input_audio: object({
      ...plain("type"),
      input_audio: object({ data: "content", format: "plain" }),
      ...CACHED,
    }),
    file: object({
      ...plain("type"),
      file: object({ file_data: "content", file_id: { refused: KEPT }, filename: "plain" }),
      ...CACHED,
    }),
  },
};

const chatCalls: Shape = {
  each: {
    by: "type",
    kinds: {
      function: object({ ...plain("id", "type", "index"), function: object(plain("name", "arguments")) }),
      custom: object({ ...plain("id", "type", "index"), custom: object(plain("name", "input")) }),
    },
    otherwise: "function",
  },
};

const chatMessage = object({
  ...plain("role", "name", "refusal", "reasoning_content", "tool_call_id"),
  content: { each: chatContent, orPlain: true },
  tool_calls: chatCalls,
  function_call: object(plain("name", "arguments")),
  audio: { refused: KEPT },
  annotations: {
    each: {
      by: "type",
      kinds: {
        url_citation: object({
          ...plain("type"),
          url_citation: object(plain("url", "title", "start_index", "end_index")),
        }),
      },
    },
  },
});

/** The body of a chat completion. */
export const CHAT_COMPLETION: Members = object({
  ...ASKED,
  ...plain(
    "frequency_penalty",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "modalities",
    "n",
    "presence_penalty",
    "reasoning_effort",
    "seed",
    "stop",
    "verbosity",
  ),
  ...CACHE,
  audio: object(plain("format", "voice")),
  function_call: { ...object(plain("name")), orPlain: true },
  functions: { each: object(FUNCTION) },
  logit_bias: "any",
  messages: { each: chatMessage },
  metadata: METADATA,
  prediction: object({ ...plain("type"), content: { each: chatText, orPlain: true } }),
  response_format: {
    by: "type",
    kinds: {
      text: object(plain("type")),
      json_object: object(plain("type")),
      json_schema: object({ ...plain("type"), json_schema: object(JSON_SCHEMA) }),
    },
  },
  stream_options: object(plain("include_obfuscation", "include_usage")),
  tool_choice: {
    by: "type",
    kinds: {
      function: object({ ...plain("type"), function: object(plain("name")) }),
      custom: object({ ...plain("type"), custom: object(plain("name")) }),
      allowed_tools: object({ ...plain("type"), allowed_tools: object(SOME_TOOLS) }),
    },
    orPlain: true,
  },
  tools: {
    each: {
      by: "type",
      others: RUN_BY_SERVICE,
      kinds: {
        function: object({ ...plain("type"), function: object(STRICT_FUNCTION) }),
        custom: object({
          ...plain("type"),
          custom: object({ ...plain("name", "description"), format: "any" }),
        }),
      },
    },
  },
});

/** Kinds of content that a caller sends. */
const inputContent: Record<string, Shape> = {
  input_text: object({ ...plain("type", "text"), ...CACHED }),
  input_image: object({
    ...plain("type", "detail"),
    image_url: "dataUrl",
    file_id: { refused: KEPT },
    ...CACHED,
  }),
  input_file: object({
    ...plain("type", "detail", "filename"),
    file_data: "content",
    file_id: { refused: KEPT },
    file_url: { refused: FETCHED },
    ...CACHED,
  }),
};

const responseContent: Record<string, Shape> = {
  ...inputContent,
  output_text: object({
    ...plain("type", "text"),
    annotations: {
      each: {
        by: "type",
        kinds: { url_citation: object(plain("type", "url", "title", "start_index", "end_index")) },
      },
    },
    logprobs: "any",
  }),
  refusal: object(plain("type", "refusal")),
};

const caller = object(plain("type", "caller_id"));
const outputs: Shape = { each: { by: "type", kinds: inputContent }, orPlain: true };
const texts: Shape = { each: object(plain("type", "text")) };

/** What was said before, as it was said. */
const responseItem: Shape = {
  by: "type",
  otherwise: "message",
  kinds: {
    message: {
      members: {
        ...plain("id", "type", "role", "status", "phase"),
        content: { each: { by: "type", kinds: responseContent }, orPlain: true },
      },
      withId: ["content"],
    },
    function_call: {
      members: { ...plain("id", "type", "call_id", "name", "namespace", "arguments", "status"), caller },
      withId: ["name"],
    },
    function_call_output: {
      members: { ...plain("id", "type", "call_id", "status"), output: outputs, caller },
      withId: ["output"],
    },
    custom_tool_call: {
      members: { ...plain("id", "type", "call_id", "name", "namespace", "input"), caller },
      withId: ["name"],
    },
    custom_tool_call_output: {
      members: { ...plain("id", "type", "call_id"), output: outputs, caller },
      withId: ["output"],
    },
    reasoning: {
      members: { ...plain("id", "type", "encrypted_content", "status"), summary: texts, content: texts },
      withId: ["encrypted_content", "content", "summary"],
    },
    compaction: { members: plain("id", "type", "encrypted_content"), withId: ["encrypted_content"] },
    item_reference: { refused: "names an item that the service keeps: send the item itself" },
  },
};

const callable = { ...plain("type", "defer_loading", "allowed_callers") } as const;

/** The body of a response. */
export const RESPONSE: Members = object({
  ...ASKED,
  ...plain("include", "instructions", "max_output_tokens", "truncation"),
  ...CACHE,
  context_management: { each: object(plain("type", "compact_threshold")) },
  input: { each: responseItem, orPlain: true },
  metadata: METADATA,
  reasoning: object(plain("context", "effort", "generate_summary", "mode", "summary")),
  stream_options: object(plain("include_obfuscation")),
  text: object({
    ...plain("verbosity"),
    format: {
      by: "type",
      kinds: {
        text: object(plain("type")),
        json_object: object(plain("type")),
        json_schema: object({ ...plain("type"), ...JSON_SCHEMA }),
      },
    },
  }),
  tool_choice: {
    by: "type",
    kinds: {
      function: object(plain("type", "name")),
      custom: object(plain("type", "name")),
      allowed_tools: object({ ...plain("type"), ...SOME_TOOLS }),
    },
    orPlain: true,
  },
  tools: {
    each: {
      by: "type",
      others: RUN_BY_SERVICE,
      kinds: {
        function: object({ ...callable, ...STRICT_FUNCTION, output_schema: "any" }),
        custom: object({ ...callable, ...plain("name", "description"), format: "any" }),
      },
    },
  },
});
