/** References that stand in the way of a delete. @module */
import { conflict } from "../../errors.ts";
import type { Call, Target } from "../../service.ts";
import { findUsable, isAlive, listOf, type Owned, targetOf } from "../support/resources.ts";

const NOUN: Readonly<Record<string, string>> = {
  vcn: "VCN",
  subnet: "Subnet",
  routetable: "Route Table",
  securitylist: "Security List",
  dhcpoptions: "DHCP Options",
  internetgateway: "Internet Gateway",
  natgateway: "NAT Gateway",
  servicegateway: "Service Gateway",
  networksecuritygroup: "Network Security Group",
  vnic: "VNIC",
};

/**
 * Throws 409 Conflict when a living resource of a type refers to another.
 * Text: as oracle/terraform-provider-oci issues show it for subnets and VNICs.
 */
export const refuseIfReferenced = <K extends string>(
  call: Call,
  resource: Pick<Owned, "id" | "type">,
  type: K,
  refers: (other: Owned<K>) => boolean,
): void => {
  const other = listOf(call, type).find((o) => o.id !== resource.id && isAlive(o) && refers(o));
  if (other)
    throw conflict(
      "Conflict",
      `The ${NOUN[resource.type]} ${resource.id} references the ${NOUN[type]} ${other.id}. You must remove the reference to proceed with this operation.`,
    );
};

/** The target that another resource is, for some of the operation's permissions. */
export const related = (
  call: Call,
  type: string,
  id: string | undefined,
  ...permissions: readonly string[]
): Target => targetOf(call, findUsable(call, type, id), { permissions });

/** Makes a target as `related` does, for the VCN of a resource that may be on its way out itself. */
export const vcnTarget = (call: Call, id: string, ...permissions: readonly string[]): Target =>
  related(call, "vcn", id, ...permissions);
