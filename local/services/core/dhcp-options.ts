/** DHCP options. @module */
import type { models } from "oci-core";
import { z } from "zod";
import { details } from "../support/body.ts";
import { collection, type NewMembers } from "../support/collection.ts";
import { refuseIfReferenced, vcnTarget } from "./references.ts";
import { common, owned, refuseDefault } from "./rule-parts.ts";

const dhcpOption = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("DomainNameServer"),
    serverType: z.enum(["VcnLocal", "VcnLocalPlusInternet", "CustomDnsServer"]),
    customDnsServers: z.array(z.string()).max(3).optional(),
  }),
  z.object({ type: z.literal("SearchDomain"), searchDomainNames: z.array(z.string()).length(1) }),
]);
const domainNameType = z.enum(["SUBNET_DOMAIN", "VCN_DOMAIN", "CUSTOM_DOMAIN"]);

/** The handlers of DHCP options. */
export const dhcpOptions = collection({
  noun: "DhcpOptions",
  plural: "DhcpOptions",
  type: "dhcpoptions",
  param: "dhcpId",
  create: details<models.CreateDhcpDetails>()({
    ...owned,
    ...common,
    options: z.array(dhcpOption),
    domainNameType: domainNameType.optional(),
  }),
  update: details<models.UpdateDhcpDetails>()({
    ...common,
    options: z.array(dhcpOption).optional(),
    domainNameType: domainNameType.optional(),
  }),
  permission: "DHCP",
  filters: ["vcnId"],
  creates: (call, body) => [vcnTarget(call, body.vcnId, "VCN_ATTACH")],
  deletes: (call, options) => [vcnTarget(call, options.model.vcnId, "VCN_DETACH")],
  make: (_call, body): NewMembers<"dhcpoptions"> => ({
    model: {
      vcnId: body.vcnId,
      options: body.options,
      domainNameType: body.domainNameType ?? "CUSTOM_DOMAIN",
    },
  }),
  beforeDelete: (call, options) => {
    refuseDefault(call, options);
    refuseIfReferenced(call, options, "subnet", (s) => s.model.dhcpOptionsId === options.id);
  },
});
