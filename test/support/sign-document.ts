/** Signs documents as a deployment does, for tests that change what is deployed. @module */
import type { KeylessDocument, KeylessDocumentInput } from "../../document/schema.ts";
import { SIGNING_ALGORITHM, signedMessage } from "../../document/signature.ts";
import type { OciClient } from "../../oci/client.ts";

/** Where the key is, from a stack's outputs. */
interface SigningStack {
  vault?: unknown;
  signingKey?: unknown;
}

/**
 * Signs a document with the stack's key.
 * @param client signed as the deployer
 * @param place as which stack's document, and with which sequence; by default the next one of the document's own
 */
export const signDocument = async (
  client: OciClient,
  { vault, signingKey }: SigningStack,
  document: KeylessDocumentInput,
  place: Partial<{ stack: string; sequence: number }> = {},
): Promise<KeylessDocumentInput> => {
  const { signature, ...rest } = document;
  const stack = place.stack ?? signature!.stack;
  const sequence = place.sequence ?? signature!.sequence + 1;
  const params = { vaultId: String(vault) };
  const { body: found } = await client.call<Record<string, unknown>>("keymanagement.GetVault", { params });
  const { body } = await client.call<{ signature: string }>("keymanagement.Sign", {
    endpoint: String(found["cryptoEndpoint"]),
    body: {
      keyId: String(signingKey),
      message: Buffer.from(signedMessage(rest, { stack, sequence })).toString("base64"),
      messageType: "RAW",
      signingAlgorithm: SIGNING_ALGORITHM,
    },
    idempotent: true,
  });
  return { ...rest, signature: { stack, sequence, value: body.signature } };
};

/** An instance's metadata. */
export const metadataOf = async (client: OciClient, instanceId: string): Promise<Record<string, string>> => {
  const { body } = await client.call<Record<string, unknown>>("core.GetInstance", { params: { instanceId } });
  return body["metadata"] as Record<string, string>;
};

/** The document in an instance's metadata. */
export const documentOf = async (client: OciClient, instanceId: string): Promise<KeylessDocument> =>
  JSON.parse((await metadataOf(client, instanceId))["keyless"]!) as KeylessDocument;

/**
 * Puts another text into the metadata key, or takes the key away, as whoever may update the instance can.
 */
export const putDocument = async (
  client: OciClient,
  instanceId: string,
  keyless: string | undefined,
): Promise<void> => {
  const { keyless: _, ...others } = await metadataOf(client, instanceId);
  await client.call("core.UpdateInstance", {
    params: { instanceId },
    body: { metadata: { ...others, ...(keyless !== undefined && { keyless }) } },
  });
};
