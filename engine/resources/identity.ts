/** Resource types of IAM, by Pulumi's type. @module */
import type { ResourceType } from "../types.ts";
import { byOcid } from "./by-ocid.ts";
import { tag, updatedAtOnce } from "./tag.ts";

export const identity: Readonly<Record<string, ResourceType>> = {
  "oci:Identity/dynamicGroup:DynamicGroup": byOcid("identity", "DynamicGroup"),
  "oci:Identity/policy:Policy": byOcid("identity", "Policy"),
  "oci:Identity/tagNamespace:TagNamespace": updatedAtOnce(byOcid("identity", "TagNamespace")),
  "oci:Identity/tag:Tag": tag,
};
