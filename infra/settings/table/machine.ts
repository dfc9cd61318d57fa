import { z } from "zod";
import { ocidForm } from "../../../access/forms.ts";
import { setting } from "./setting.ts";

/** Settings of the instance, and of the app's check on it. */
export const machineSettings = {
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
    schema: z
      .union([z.enum(["Oracle Linux 9", "Oracle Linux 10"]), ocidForm("image")])
      .default("Oracle Linux 9"),
    as: "text",
    says: "Image of the instance. A name means the newest one for the shape at the first deployment, left alone from then on; an OCID is a pin.",
    allowed: "Oracle Linux 9, Oracle Linux 10 or an image's OCID",
    default: "Oracle Linux 9",
    example: "Oracle Linux 10",
    change: "in place",
  }),
  securityUpdates: setting({
    schema: z.enum(["security", "none"]).default("security"),
    as: "text",
    says: "Updates that the instance makes once a day: security updates of Node and of what else the app runs on, or none. What was updated starts anew without a cut request: docs/machine.md.",
    allowed: "security or none",
    default: "security",
    example: "none",
    change: "in place",
  }),
  encryptInTransit: setting({
    schema: z.boolean().default(true),
    as: "boolean",
    says: "Encrypts traffic between instance and volumes. Turn it off only for a shape that cannot.",
    allowed: "true or false",
    default: "true",
    example: "false",
    change: "replaces the instance",
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
  deadlineS: setting({
    schema: z.number().min(1).max(7200).optional(),
    as: "number",
    says: "How long the check waits for group and policy to take effect, in seconds. OCI can take about an hour for a matching rule, whatever it selects by, and minutes for a policy.",
    allowed: "a number from 1 to 7200",
    default: "4500; 1800 with `dynamicGroupId`, whose rule is in force",
    example: "600",
    change: "in place",
  }),
  checkEveryS: setting({
    schema: z.number().min(1).max(86_400).default(60),
    as: "number",
    says: "How often the check reads the secret again after its verdict, in seconds: a new version is a new verdict.",
    allowed: "a number from 1 to 86400",
    default: "60",
    example: "300",
    change: "in place",
  }),
  proveEveryS: setting({
    schema: z.number().min(1).max(86_400).default(600),
    as: "number",
    says: "How often the check tries everything again after its verdict, in seconds: a right that somebody added by hand is found within this time. Each run makes one call for each probe and two more.",
    allowed: "a number from 1 to 86400",
    default: "600",
    example: "1800",
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
};
