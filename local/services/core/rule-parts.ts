/** Parts that rules of several kinds have in common. @module */
import { z } from "zod";
import { incorrectState, invalidParameter } from "../../errors.ts";
import type { Call } from "../../service.ts";
import { displayName, tagMembers } from "../support/body.ts";
import { parseBlock } from "./cidr.ts";
import { networkServices } from "./gateways.ts";
import { isDefault } from "./vcns.ts";

/** Members that may be given for every resource of a network. */
export const common = { displayName: displayName.optional(), ...tagMembers };
/** Members that a new resource of a VCN must have. */
export const owned = { compartmentId: z.string(), vcnId: z.string() };
const port = z.number().int().min(1).max(65535);
const portRange = z.object({ min: port, max: port }).refine((r) => r.min <= r.max, "min is larger than max");
const ports = z.object({ destinationPortRange: portRange.optional(), sourcePortRange: portRange.optional() });
/** Types of a rule's end, where it is no group. */
export const blockType = z.enum(["CIDR_BLOCK", "SERVICE_CIDR_BLOCK"]);
const protocol = z.string().regex(/^(all|\d{1,3})$/, "is neither 'all' nor a protocol number");

/** Members of security rules of every kind. */
export const ruleMembers = {
  isStateless: z.boolean().optional(),
  protocol,
  description: z.string().max(255).optional(),
  tcpOptions: ports.optional(),
  udpOptions: ports.optional(),
  icmpOptions: z.object({ type: z.number().int(), code: z.number().int().optional() }).optional(),
};
/** Checks one end of a rule: a CIDR block, or a service of the catalogue. */
export const checkEnd = (call: Call, text: string, type: string, member: string): void => {
  if (type === "CIDR_BLOCK") {
    if (!text.includes(":")) parseBlock(text, member);
  } else if (!networkServices(call.region).some((s) => s.cidrBlock === text))
    throw invalidParameter(`${member}: '${text.slice(0, 80)}' is not the CIDR label of a service`);
};

/** Throws 409 for what came with a VCN: it goes with it only. */
export const refuseDefault = (call: Call, resource: Parameters<typeof isDefault>[1]): void => {
  if (isDefault(call, resource))
    throw incorrectState(`${resource.id} is a default resource of its VCN and cannot be deleted by itself`);
};
