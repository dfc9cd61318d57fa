import { z } from "zod";
import { compartmentId, ocidForm } from "../../../access/forms.ts";
import { existing, setting } from "./setting.ts";

const compartmentSetting = (what: string) =>
  setting({
    schema: compartmentId.optional(),
    as: "text",
    says: `Compartment of ${what}.`,
    allowed: "a compartment's (or the tenancy's) OCID",
    default: "`compartmentId`",
    example: "ocid1.compartment.oc1..aaaa…",
    change: "in place",
  });

/** Settings of the place: tenancy, compartments, regions, names, network. */
export const placeSettings = {
  tenancyId: setting({
    schema: ocidForm("tenancy"),
    as: "text",
    says: "The tenancy. Dynamic groups live in its root.",
    allowed: "the tenancy's OCID",
    default: "`oci:tenancyOcid`, then `OCI_TENANCY_OCID`",
    example: "ocid1.tenancy.oc1..aaaa…",
    change: "in place",
  }),
  compartmentId: setting({
    schema: compartmentId,
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
    says: "What the names of all resources begin with. Bucket, dynamic group, policy and secrets keep the name they were made with.",
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
    says: "Address range of the new network (it has one private subnet). OCI refuses a change that leaves the instance's address out.",
    allowed: "an IPv4 range in CIDR notation, /16 to /30",
    default: "10.20.0.0/24",
    example: "10.90.4.0/28",
    change: "in place",
  }),
  subnetId: existing("subnet", "subnet", "a new private one", "replaces the instance"),
  nsgIds: setting({
    schema: z.array(ocidForm("networksecuritygroup")).max(5).default([]),
    as: "object",
    says: "Network security groups of the instance.",
    allowed: "a list of at most 5 OCIDs that begin with `ocid1.networksecuritygroup.`",
    default: "none",
    example: '["ocid1.networksecuritygroup.oc1.iad.aaaa…"]',
    change: "in place",
  }),
  freeformTags: setting({
    schema: z.record(z.string().min(1).max(100), z.string().max(256)).default({}),
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
};
