/** Standard tags: tag namespaces whose templates Oracle publishes, and their import. @module */
import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import { conflict, missingParameter, notFound } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import { details, readBody } from "../support/body.ts";
import { compartmentTarget } from "../support/resources.ts";
import { create, homeOnly, liveOf } from "./common.ts";
import { startIdentityWork } from "./work-requests.ts";

interface TagTemplate {
  name: string;
  description: string;
  values: readonly string[];
}

/**
 * docs.oracle.com "Understanding Standard Tags" names three namespaces, "Tags for Base Database Service Resources"
 * these keys of this one. Descriptions are this project's.
 */
const TEMPLATES: Readonly<Record<string, { description: string; tags: readonly TagTemplate[] }>> = {
  "Oracle-Standard": {
    description: "Tags for consistency across a tenancy",
    tags: [
      {
        name: "Criticality",
        description: "How much depends on the resource",
        values: ["Extreme", "High", "Medium", "Low"],
      },
      {
        name: "Environment",
        description: "The stage that the resource belongs to",
        values: ["Dev", "Test", "UAT", "Prod"],
      },
    ],
  },
};

const importBody = details<models.ImportStandardTagsDetails>()({
  compartmentId: z.string(),
  standardTagNamespaceName: z.string(),
});

const queried = (call: Call): Target => {
  const id = call.query.get("compartmentId");
  if (!id) throw missingParameter("compartmentId");
  return compartmentTarget(call, id);
};

const templateOf = (name: string | undefined) => {
  const template = Object.hasOwn(TEMPLATES, name ?? "") ? TEMPLATES[name!] : undefined;
  if (!template) throw notFound();
  return template;
};

const summaryOf = (name: string) => ({
  standardTagNamespaceName: name,
  description: TEMPLATES[name]!.description,
  status: "ACTIVE" as const,
});

/** Handlers for standard tags. */
export const standardTags = {
  ...homeOnly({
    ImportStandardTags: {
      target: (call) => compartmentTarget(call, readBody(call, importBody).compartmentId),
      run: (call) => {
        const { compartmentId, standardTagNamespaceName: name } = readBody(call, importBody);
        const template = templateOf(name);
        // Text unverified.
        if (liveOf(call, "tagnamespace").some((n) => n.model.name.toLowerCase() === name.toLowerCase()))
          throw conflict("TagNamespaceAlreadyExists", `Tag namespace '${name}' already exists`);
        const model = { compartmentId, name, description: template.description, isRetired: false };
        const namespace = create(call, "tagnamespace", model, {});
        for (const { name: key, description, values } of template.tags) {
          const tag = {
            compartmentId,
            tagNamespaceId: namespace.id,
            tagNamespaceName: name,
            name: key,
            description,
            isCostTracking: false,
            isRetired: false,
            validator: { validatorType: "ENUM", values: [...values] },
          };
          create(call, "tagdefinition", tag, {});
        }
        const work = startIdentityWork(call, "taggingworkrequest", {
          operationType: "IMPORT_STANDARD_TAGS",
          compartmentId,
          resource: { entityType: "tagnamespace", actionType: "CREATED", identifier: namespace.id },
        });
        return { status: 202, headers: { "opc-work-request-id": work } };
      },
    },
  }),
  GetStandardTagTemplate: {
    target: queried,
    run: (call) => {
      const name = call.params["standardTagNamespaceName"]!;
      const { tags } = templateOf(name);
      return {
        body: {
          ...summaryOf(name),
          tagDefinitionTemplates: tags.map(({ name: key, description, values }) => ({
            tagDefinitionName: key,
            description,
            type: "ENUM",
            possibleValues: [...values],
            isCostTracking: false,
            enumMutability: "MUTABLE",
          })),
        },
      };
    },
  },
  ListStandardTagNamespaces: {
    target: queried,
    run: (call) => {
      const { items, nextPage } = paginate(call, Object.keys(TEMPLATES), (name) => name);
      return {
        body: items.map(summaryOf),
        ...(nextPage && { headers: { "opc-next-page": nextPage } }),
      };
    },
  },
} satisfies Handlers<IdentityClient>;
