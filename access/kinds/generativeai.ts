import { z } from "zod";
import { MODEL } from "../../document/grant-forms.ts";
import type { ProbeInput } from "../../document/schema.ts";
import { findingOf } from "../finding-codes.ts";
import { compartmentId } from "../forms.ts";
import { kind } from "../grant.ts";
import type { StackIds } from "../ids.ts";
import { compartmentLookups } from "../lookup.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** `chat`, `embed` or `rerank`. None has another with it. */
  generativeai: z.enum(["chat", "embed", "rerank"]),
  /** Models by name or OCID (`xai.grok-4`), or endpoints of dedicated clusters by OCID. */
  models: z
    .array(z.string().regex(MODEL, { error: "must be a model's name or OCID, or an endpoint's OCID" }))
    .min(1),
  /** OCID of the compartment that is charged. @default the workload's compartment */
  compartment: compartmentId.optional(),
});
type GenerativeAiGrant = z.infer<typeof schema>;

const ACCESS = {
  chat: {
    permission: "GENERATIVE_AI_CHAT",
    operation: "generativeaiinference.Chat",
    label: "chat with",
    /** The least that may be asked. */
    body: {
      chatRequest: {
        apiFormat: "GENERIC",
        messages: [{ role: "USER", content: [{ type: "TEXT", text: "." }] }],
        maxTokens: 1,
      },
    },
  },
  embed: {
    permission: "GENERATIVE_AI_TEXT_EMBED",
    operation: "generativeaiinference.EmbedText",
    label: "have texts embedded by",
    body: { inputs: ["."] },
  },
  rerank: {
    permission: "GENERATIVE_AI_TEXT_RERANK",
    operation: "generativeaiinference.RerankText",
    label: "have documents ranked by",
    body: { input: ".", documents: ["."] },
  },
} as const;

const isEndpoint = (model: string): boolean => model.startsWith("ocid1.generativeaiendpoint.");

const compartmentOf = (g: GenerativeAiGrant, ids: StackIds): string =>
  g.compartment ?? ids.workloadCompartmentId;

/** Oracle's form: the compartment and the model stand in the body. */
const nativeRules = (g: GenerativeAiGrant, at: string) =>
  [
    { servingType: "ON_DEMAND", member: "modelId", oneOf: g.models.filter((model) => !isEndpoint(model)) },
    { servingType: "DEDICATED", member: "endpointId", oneOf: g.models.filter(isEndpoint) },
  ]
    .filter(({ oneOf }) => oneOf.length > 0)
    .map(({ servingType, member, oneOf }) => ({
      operations: [ACCESS[g.generativeai].operation],
      where: {
        "body.compartmentId": at,
        "body.servingMode.servingType": servingType,
        [`body.servingMode.${member}`]: { oneOf },
      },
    }));

/** OpenAI's form: the proxy names the compartment in a header, the model stands in the body. */
const openaiRules = (g: GenerativeAiGrant, at: string) => {
  if (g.generativeai !== "chat") return [];
  const operations = ["generativeaiinference.CreateChatCompletion", "generativeaiinference.CreateResponse"];
  return [{ operations, where: { "header.opc-compartment-id": at, "body.model": { oneOf: g.models } } }];
};

/**
 * Using models of Generative AI. Source of permissions: Oracle's page of API-level permissions of Generative AI, which
 * has no condition for one model, and names no permission for the operations in OpenAI's form: whether that of `chat` is
 * enough for them is unknown. What is granted costs money, and is not tried.
 */
export const generativeaiGrant = kind<GenerativeAiGrant>({
  key: "generativeai",
  schema,
  id: (g) => `generativeai ${g.generativeai} ${g.models.join(" ")}`,
  label: (g) => `${ACCESS[g.generativeai].label} ${g.models.join(", ")}`,
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = compartmentOf(g, ids);
    const text = groupStatement(ids.groupId, [ACCESS[g.generativeai].permission], at, []);
    return [{ compartmentId: at, text }];
  },
  allow: (g, ids) => {
    const at = compartmentOf(g, ids);
    return [...nativeRules(g, at), ...openaiRules(g, at)];
  },
  scope: (g, ids) => [
    {
      operations: [ACCESS[g.generativeai].operation],
      where: { "body.compartmentId": compartmentOf(g, ids) },
    },
  ],
  probes: (g, ids) => {
    const { operation, body } = ACCESS[g.generativeai];
    const model = g.models[0]!;
    const elsewhere: ProbeInput = {
      name: `generativeai-${g.generativeai}-root`,
      says: `${ACCESS[g.generativeai].label} a model for the root compartment`,
      operation,
      body: {
        compartmentId: ids.tenancyId,
        servingMode: isEndpoint(model)
          ? { servingType: "DEDICATED", endpointId: model }
          : { servingType: "ON_DEMAND", modelId: model },
        ...body,
      },
      target: { id: ids.tenancyId, seen: "deployer" },
      expected: "refused",
    };
    return { allowed: [], refused: compartmentOf(g, ids) === ids.tenancyId ? [] : [elsewhere] };
  },
  findings: () => [
    findingOf(
      "reaches-the-compartment",
      "the statement reaches every model that the compartment can use: OCI documents no condition for one model. Only the proxy keeps a client to these.",
    ),
  ],
  lookups: (g) => compartmentLookups(g.compartment),
});
