/** Waiting for the verdict of a run, and holding it against what the local OCI knows. @module */
import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeylessDocument } from "../../app/settings.ts";
import { readVerdicts, type Verdict } from "../../app/verdict.ts";
import type { OciClient } from "../../oci/client.ts";
import { readConsole } from "../console-history.ts";

const VERDICT_GRACE_MS = 60_000;
const POLL_MS = 200;

/** The first verdict on the instance's console; undefined when none comes. */
export const awaitVerdict = async (
  client: OciClient,
  instanceId: string,
  document: KeylessDocument,
  signal: AbortSignal,
): Promise<Verdict | undefined> => {
  const deadline = Date.now() + document.check.deadlineS * 1000 + VERDICT_GRACE_MS;
  while (Date.now() < deadline) {
    const verdict = readVerdicts(await readConsole(client, instanceId, signal)).at(-1);
    if (verdict) return verdict;
    await sleep(POLL_MS, undefined, { signal });
  }
  return undefined;
};

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
