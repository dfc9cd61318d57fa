import { z } from "zod";
import { assertionsSchema } from "../../../access/assertions.ts";
import { compartmentId, ocidForm } from "../../../access/forms.ts";
import { accessSchema, severitiesSchema } from "../../../access/schema.ts";
import { existing, setting } from "./setting.ts";

/**
 * Settings of identity and access: the dynamic group, its selection, the declaration of access, and the
 * audit's log.
 */
export const identitySettings = {
  dynamicGroupId: existing("dynamic group, whose rule you keep,", "dynamicgroup", "a new one"),
  identityDomain: setting({
    schema: z.union([ocidForm("domain"), z.string().regex(/^https:\/\/[a-z0-9.-]+(:\d+)?$/)]).optional(),
    as: "text",
    says: "Identity domain of a new dynamic group.",
    allowed: "a domain's OCID, or its URL (`https://idcs-….identity.oraclecloud.com`)",
    default: "the Default domain",
    example: "ocid1.domain.oc1..aaaa…",
    change: "in place",
  }),
  selection: setting({
    schema: z.enum(["instance", "tag", "compartment"]).default("instance"),
    as: "text",
    says: "What the dynamic group selects by: this instance's OCID; a defined tag, which fleets can share; or every instance of the workload compartment.",
    allowed: "instance, tag or compartment",
    default: "instance",
    example: "tag",
    change: "in place",
  }),
  tagNamespace: setting({
    schema: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,100}$/)
      .optional(),
    as: "text",
    says: "An existing tag namespace (and `tagKey` in it) for `selection: tag`.",
    allowed: "a tag namespace's name",
    default: "a new one with one key",
    example: "workloads",
    change: "in place",
  }),
  tagKey: setting({
    schema: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,100}$/)
      .default("role"),
    as: "text",
    says: "The tag's key, for `selection: tag`.",
    allowed: "a tag key's name",
    default: "role",
    example: "app",
    change: "in place",
  }),
  tagValue: setting({
    schema: z
      .string()
      .regex(/^[^'\n]{1,256}$/)
      .optional(),
    as: "text",
    says: "The tag's value, for `selection: tag`.",
    allowed: "1 to 256 characters without single quotes",
    default: "`name`",
    example: "invoices",
    change: "in place",
  }),
  tagWaitS: setting({
    schema: z.number().min(0).max(600).default(60),
    as: "number",
    says: "How long after its creation a new tag key is first used, in seconds: until OCI's services know it, they refuse the instance (`Invalid tags`).",
    allowed: "a number from 0 to 600",
    default: "60",
    example: "120",
    change: "in place",
  }),
  access: setting({
    schema: accessSchema.default({ instance: [], clients: {} }),
    as: "object",
    says: "The one declaration of access: what the app may do beside reading its secret, and what each client of the proxy may do.",
    allowed: "see docs/access.md",
    default: "nothing beside the secret",
    example: "{ instance: [{ bucket: reports, access: read }] }",
    change: "in place",
  }),
  severities: setting({
    schema: severitiesSchema.default({}),
    as: "object",
    says: "Severities of findings about `access`; an error stops the program.",
    allowed: "a map of finding codes to error, warning, info or off",
    default: "as the findings say",
    example: "{ raw-grant: error }",
    change: "in place",
  }),
  assertions: setting({
    schema: assertionsSchema.optional(),
    as: "text or object",
    says: "What must never be so, of the access that the stack declares: checked by `npm run access -- --check`.",
    allowed: "a list of assertions, or the name of a YAML or JSON file with one; see docs/assertions.md",
    default: "none",
    example: "[{ never: { principals: any instance, permissions: [POLICY_CREATE] } }]",
    change: "in place",
  }),
  auditLogId: setting({
    schema: ocidForm("log").optional(),
    as: "text",
    says: "A log that gets the proxy's audit lines beside the file and the journal. The right to put entries into its log group follows from this alone.",
    allowed: "an OCID that begins with `ocid1.log.`",
    default: "file and journal only",
    example: "ocid1.log.oc1.iad.aaaa…",
    change: "in place",
  }),
  auditLogCompartmentId: setting({
    schema: compartmentId.optional(),
    as: "text",
    says: "Where the log group of `auditLogId` lies.",
    allowed: "a compartment's (or the tenancy's) OCID",
    default: "the workload's compartment",
    example: "ocid1.compartment.oc1..aaaa…",
    change: "in place",
  }),
};
