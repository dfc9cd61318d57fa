/** The document in the instance's own metadata, and its changes. @module */

import { existsSync, readFileSync } from "node:fs";
import { documentSchema, type KeylessDocument, type ProxyDocument } from "../../document/schema.ts";
import { signatureProblem, type Trust, trustSchema } from "../../document/signature.ts";
import { reason } from "../instance-principal/index.ts";
import { MetadataClient } from "../instance-principal/metadata.ts";
import type { DocumentSource, Log } from "./proxy.ts";

const POLL_MS = 10_000;

/** The proxy's part of a document; without one there are no clients. */
export const proxyPart = (document: KeylessDocument): ProxyDocument => document.proxy ?? { clients: {} };

/** The file in which user_data puts the key that the instance trusts. */
const TRUST_FILE = "/usr/local/lib/keyless/trust.json";

/**
 * The key that the instance trusts; undefined where every document is taken: its stack does not sign, or this
 * is no instance of a stack.
 * @param file in place of the one of user_data: then it must be there
 * @throws Error for a file that cannot be used
 */
const readTrust = (file: string | undefined, log: Log): Trust | undefined => {
  if (file === undefined && !existsSync(TRUST_FILE)) {
    log.info(`there is no ${TRUST_FILE}: documents in the metadata are taken without a signature`);
    return undefined;
  }
  const found: unknown = JSON.parse(readFileSync(file ?? TRUST_FILE, "utf8"));
  const trusts = trustSchema.parse(found);
  return "unsigned" in trusts ? undefined : trusts;
};

/**
 * Reads the metadata key `keyless` now and every few seconds. What cannot be read or used, is not signed by the
 * instance's stack, or comes before what was taken, is logged once; what was there before stays in force.
 * @param trustFile in place of the one of user_data
 * @throws Error for a trust file that cannot be used
 */
export const watchMetadata = async (
  baseUrl: string,
  log: Log,
  trustFile?: string,
): Promise<DocumentSource> => {
  const trust = readTrust(trustFile, log);
  const client = new MetadataClient({ baseUrl });
  let text: string | undefined;
  let sequence = 0;
  let complained: string | undefined;
  const read = async (): Promise<ProxyDocument | undefined> => {
    try {
      const found = await client.get("instance/metadata/keyless");
      if (found === text) return undefined;
      const raw: unknown = JSON.parse(found);
      const problem = trust && signatureProblem(raw, trust);
      if (problem !== undefined) throw new Error(problem);
      const document = documentSchema.parse(raw);
      const next = document.signature?.sequence ?? 0;
      if (trust && next < sequence) throw new Error("it is older than the one accepted before");
      sequence = next;
      text = found;
      complained = undefined;
      return proxyPart(document);
    } catch (error) {
      const message = `the metadata key keyless cannot be used: ${reason(error).slice(0, 500)}`;
      if (message !== complained) log.error(message);
      complained = message;
      return undefined;
    }
  };
  return {
    current: await read(),
    subscribe: (listener) => {
      const timer = setInterval(
        () => void read().then((document) => document && listener(document)),
        POLL_MS,
      );
      return () => {
        clearInterval(timer);
        void client.close();
      };
    },
  };
};
