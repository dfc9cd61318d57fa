/** Resource types of Vault and its key management, by Pulumi's type. @module */
import type { ResourceType } from "../types.ts";
import { byOcid } from "./by-ocid.ts";
import { omit } from "./omit.ts";

/** A signature: made once, kept by the stack alone, so that there is nothing to be read or removed. */
const sign: ResourceType = {
  create: async (inputs, { client, regionId }) => {
    const { cryptoEndpoint, ...body } = inputs;
    const response = await client.call("keymanagement.Sign", {
      body,
      regionId,
      endpoint: String(cryptoEndpoint),
      idempotent: true,
    });
    return { id: `signature/${String(response.body["keyVersionId"])}`, outputs: response.body };
  },
  read: async () => undefined,
  remove: async () => {},
};

export const vault: Readonly<Record<string, ResourceType>> = {
  "oci:Kms/vault:Vault": byOcid("keymanagement", "Vault", { remove: "ScheduleVaultDeletion" }),
  "oci:Kms/key:Key": byOcid("keymanagement", "Key", {
    remove: "ScheduleKeyDeletion",
    endpoint: (inputs) => String(inputs["managementEndpoint"]),
    body: (inputs) => omit(inputs, "managementEndpoint"),
  }),
  "oci:Kms/sign:Sign": sign,
  "oci:Vault/secret:Secret": byOcid("vault", "Secret", { remove: "ScheduleSecretDeletion" }),
};
