/** Comparison of a run's verdict with what the local OCI knows. @module */
import { createHmac } from "node:crypto";
import type { KeylessDocument } from "../../document/schema.ts";
import type { Verdict } from "../../document/verdict.ts";
import type { OciClient } from "../../oci/client.ts";

/** Compares the digest under this run's nonce with the value that an administrator reads: what was read was it. */
export const checkDigest = async (
  administrator: OciClient,
  document: KeylessDocument,
  verdict: Verdict,
  nonce: string,
): Promise<void> => {
  if (verdict.secret?.digest === undefined) return;
  const params = { secretId: document.check.secretId };
  const { body } = await administrator.call("secrets.GetSecretBundle", { params });
  const { content } = body["secretBundleContent"] as { content: string };
  const expected = createHmac("sha256", nonce).update(Buffer.from(content, "base64")).digest("hex");
  if (verdict.secret.digest === expected) return;
  verdict.ok = false;
  verdict.cause = "service";
  verdict.says = "the value that was read is not the secret's";
};
