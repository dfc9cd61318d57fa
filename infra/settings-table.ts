/**
 * Every setting of the program: what it may be, what it is when left out, an example. The README's and
 * `docs/settings.md`'s tables are made from this one.
 * @module
 */
import { z } from "zod";
import { accessSchema, severitiesSchema } from "../access/schema.ts";

/** One setting. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  schema: S;
  /** How the text in the stack's configuration becomes the value that `schema` checks. */
  as: "text" | "number" | "boolean" | "object";
  says: string;
  allowed: string;
  /** In words; absent where nothing is assumed. */
  default?: string;
  example: string;
  /** What a change does to a running instance; a test holds this against the program. */
  change: "in place" | "replaces the instance";
  /** Never shown, and accepted only when the configuration keeps it encrypted. */
  secret?: true;
}

const setting = <S extends z.ZodType>(s: Setting<S>): Setting<S> => s;

const ocid = (...types: string[]) =>
  z
    .string()
    .regex(new RegExp(`^ocid1\\.(${types.join("|")})\\.[a-z0-9-]+\\.[a-z0-9-]*(\\.[a-zA-Z0-9_-]+)+$`));

const compartment = ocid("compartment", "tenancy");
const tagsSchema = z.record(z.string().min(1).max(100), z.string().max(256));

const compartmentSetting = (what: string) =>
  setting({
    schema: compartment.optional(),
    as: "text",
    says: `Compartment of ${what}.`,
    allowed: "a compartment's (or the tenancy's) OCID",
    default: "`compartmentId`",
    example: "ocid1.compartment.oc1..aaaa…",
    change: what.startsWith("the network") ? "in place" : "in place",
  });

const existing = (type: string, ocidType: string, instead: string, change: Setting["change"] = "in place") =>
  setting({
    schema: ocid(ocidType).optional(),
    as: "text",
    says: `An existing ${type}, used in place of ${instead}.`,
    allowed: `an OCID that begins with \`ocid1.${ocidType}.\``,
    default: `${instead}`,
    example: `ocid1.${ocidType}.oc1.iad.aaaa…`,
    change,
  });

/** The table. */
export const settingsTable = {
  tenancyId: setting({
    schema: ocid("tenancy"),
    as: "text",
    says: "The tenancy. Dynamic groups live in its root.",
    allowed: "the tenancy's OCID",
    default: "`oci:tenancyOcid`, then `OCI_TENANCY_OCID`",
    example: "ocid1.tenancy.oc1..aaaa…",
    change: "in place",
  }),
  compartmentId: setting({
    schema: compartment,
    as: "text",
    says: "Compartment of everything that has no compartment of its own below.",
    allowed: "a compartment's (or the tenancy's) OCID",
    example: "ocid1.compartment.oc1..aaaa…",
    change: "in place",
  }),
  networkCompartmentId: compartmentSetting("the network"),
  securityCompartmentId: compartmentSetting("vault, key, secrets and the policy"),
  workloadCompartmentId: compartmentSetting("the instance and the release bucket"),
  homeRegion: setting({
    schema: z
      .string()
      .regex(/^[a-z]{2,}(-[a-z0-9]+)+-\d+$/)
      .optional(),
    as: "text",
    says: "The tenancy's home region, where dynamic group and policy are written. Set it where the deployer may not list region subscriptions.",
    allowed: "a region identifier",
    default: "asked of OCI",
    example: "us-ashburn-1",
    change: "in place",
  }),
  name: setting({
    schema: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{1,40}$/)
      .optional(),
    as: "text",
    says: "What the names of all resources begin with.",
    allowed: "2 to 41 letters, digits and hyphens, beginning with a letter",
    default: "`keyless-<stack>`",
    example: "billing-prod",
    change: "in place",
  }),
  vcnCidr: setting({
    schema: z
      .string()
      .regex(/^\d{1,3}(\.\d{1,3}){3}\/(1[6-9]|2\d|30)$/)
      .default("10.20.0.0/24"),
    as: "text",
    says: "Address range of the new network (it has one private subnet).",
    allowed: "an IPv4 range in CIDR notation, /16 to /30",
    default: "10.20.0.0/24",
    example: "10.90.4.0/28",
    change: "replaces the instance",
  }),
  subnetId: existing("subnet", "subnet", "a new private one", "replaces the instance"),
  nsgIds: setting({
    schema: z.array(ocid("networksecuritygroup")).max(5).default([]),
    as: "object",
    says: "Network security groups of the instance.",
    allowed: "a list of at most 5 OCIDs that begin with `ocid1.networksecuritygroup.`",
    default: "none",
    example: '["ocid1.networksecuritygroup.oc1.iad.aaaa…"]',
    change: "in place",
  }),
  vaultId: existing("vault", "vault", "a new one (type DEFAULT, no hourly fee)"),
  keyId: existing("key of that vault (AES)", "key", "a new one"),
  keyProtection: setting({
    schema: z.enum(["SOFTWARE", "HSM"]).default("SOFTWARE"),
    as: "text",
    says: "Where a new key is kept; software keys are free.",
    allowed: "SOFTWARE or HSM",
    default: "SOFTWARE",
    example: "HSM",
    change: "in place",
  }),
  secretId: existing("secret, with its vault and key,", "vaultsecret", "a new one"),
  decoyId: existing("secret beside it, which must be refused,", "vaultsecret", "a new one"),
  secretSource: setting({
    schema: z.enum(["passphrase", "bytes", "given"]).optional(),
    as: "text",
    says: "Where a new secret's content comes from: generated by OCI (32 characters, or 512 bytes of which nothing is ever in the state), or given as `secretContent`.",
    allowed: "passphrase, bytes or given",
    default: "given when `secretContent` is set, else passphrase",
    example: "bytes",
    change: "in place",
  }),
  secretContent: setting({
    schema: z.string().min(1).max(25_600).optional(),
    as: "text",
    says: "The content of a new secret. It is then in the stack's state, encrypted; generated content is not.",
    allowed: "1 to 25,600 characters, set with `pulumi config set --secret`",
    example: "(`pulumi config set --secret keyless:secretContent`)",
    change: "in place",
    secret: true,
  }),
  dynamicGroupId: existing("dynamic group, whose rule you keep,", "dynamicgroup", "a new one"),
  identityDomain: setting({
    schema: z.union([ocid("domain"), z.string().regex(/^https:\/\/[a-z0-9.-]+(:\d+)?$/)]).optional(),
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
  availabilityDomain: setting({
    schema: z
      .union([z.string().regex(/^[1-3]$/), z.string().regex(/^[A-Za-z0-9]+:[A-Z0-9-]+$/)])
      .default("1"),
    as: "text",
    says: "Availability domain of the instance.",
    allowed: "1, 2 or 3, or a full name",
    default: "1",
    example: "Uocm:US-ASHBURN-AD-2",
    change: "replaces the instance",
  }),
  faultDomain: setting({
    schema: z
      .string()
      .regex(/^FAULT-DOMAIN-[1-3]$/)
      .optional(),
    as: "text",
    says: "Fault domain of the instance.",
    allowed: "FAULT-DOMAIN-1, FAULT-DOMAIN-2 or FAULT-DOMAIN-3",
    default: "OCI's choice",
    example: "FAULT-DOMAIN-2",
    change: "in place",
  }),
  shape: setting({
    schema: z
      .string()
      .regex(/^(VM|BM)\.[A-Za-z0-9.]+$/)
      .default("VM.Standard.A1.Flex"),
    as: "text",
    says: "Shape of the instance.",
    allowed: "a shape's name",
    default: "VM.Standard.A1.Flex (Always Free)",
    example: "VM.Standard.E5.Flex",
    change: "in place",
  }),
  ocpus: setting({
    schema: z.number().min(1).max(512).default(1),
    as: "number",
    says: "OCPUs, for flexible shapes.",
    allowed: "a number from 1 to 512",
    default: "1",
    example: "2",
    change: "in place",
  }),
  memoryGb: setting({
    schema: z.number().min(1).max(4096).default(6),
    as: "number",
    says: "Memory in GB, for flexible shapes.",
    allowed: "a number from 1 to 4096",
    default: "6",
    example: "8",
    change: "in place",
  }),
  bootVolumeGb: setting({
    schema: z.number().int().min(50).max(32_768).optional(),
    as: "number",
    says: "Size of the boot volume in GB.",
    allowed: "a whole number from 50 to 32768",
    default: "the image's",
    example: "60",
    change: "in place",
  }),
  image: setting({
    schema: z.union([z.enum(["Oracle Linux 9", "Oracle Linux 10"]), ocid("image")]).default("Oracle Linux 9"),
    as: "text",
    says: "Image of the instance. A name means the newest one for the shape at the first deployment, left alone from then on; an OCID is a pin.",
    allowed: "Oracle Linux 9, Oracle Linux 10 or an image's OCID",
    default: "Oracle Linux 9",
    example: "Oracle Linux 10",
    change: "in place",
  }),
  encryptInTransit: setting({
    schema: z.boolean().default(true),
    as: "boolean",
    says: "Encrypts traffic between instance and volumes. Turn it off only for a shape that cannot.",
    allowed: "true or false",
    default: "true",
    example: "false",
    change: "in place",
  }),
  deleteBeforeReplace: setting({
    schema: z.boolean().default(true),
    as: "boolean",
    says: "A replaced instance makes room first, so that no double quota is needed.",
    allowed: "true or false",
    default: "true",
    example: "false",
    change: "in place",
  }),
  ephemeral: setting({
    schema: z.boolean().default(false),
    as: "boolean",
    says: "The stack is for a test and leaves nothing that costs: needs an existing vault and key, since OCI keeps a deleted vault for days.",
    allowed: "true or false",
    default: "false",
    example: "true",
    change: "in place",
  }),
  freeformTags: setting({
    schema: tagsSchema.default({}),
    as: "object",
    says: "Free-form tags of every resource, beside the stack's own.",
    allowed: "a map of names to texts",
    default: "none",
    example: "{ team: billing }",
    change: "in place",
  }),
  definedTags: setting({
    schema: z.record(z.string().regex(/^[^.\s]+\.[^.\s]+$/), z.string().max(256)).default({}),
    as: "object",
    says: "Defined tags of every resource.",
    allowed: "a map of `namespace.key` to texts",
    default: "none",
    example: "{ finance.costCentre: '42' }",
    change: "in place",
  }),
  deadlineS: setting({
    schema: z.number().min(1).max(7200).default(1800),
    as: "number",
    says: "How long the check waits for group and policy to take effect, in seconds.",
    allowed: "a number from 1 to 7200",
    default: "1800",
    example: "600",
    change: "in place",
  }),
  nonce: setting({
    schema: z
      .string()
      .regex(/^[0-9a-f]{32,128}$/)
      .optional(),
    as: "text",
    says: "Under which the check reports the secret's digest; minted for one run by `npm start`, absent in a tenancy.",
    allowed: "32 to 128 lower-case hex digits",
    default: "none: no digest is reported",
    example: "00112233445566778899aabbccddeeff",
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
  auditLogId: setting({
    schema: ocid("log").optional(),
    as: "text",
    says: "A log that gets the proxy's audit lines beside the journal.",
    allowed: "an OCID that begins with `ocid1.log.`",
    default: "the journal only",
    example: "ocid1.log.oc1.iad.aaaa…",
    change: "in place",
  }),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settingsTable;
/** The settings as read, defaults filled in. */
export type RawSettings = { [K in SettingName]: z.output<(typeof settingsTable)[K]["schema"]> };
