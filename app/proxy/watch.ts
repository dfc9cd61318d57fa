/** The document in the instance's own metadata, and its changes. @module */

import { existsSync, readFileSync } from "node:fs";
import { documentSha256 } from "../../document/digest.ts";
import { documentSchema, type KeylessDocument, type ProxyDocument } from "../../document/schema.ts";
import { signatureProblem, type Trust, trustSchema } from "../../document/signature.ts";
import { reason } from "../instance-principal/index.ts";
import { MetadataClient } from "../instance-principal/metadata.ts";
import { keepAccepted, readAccepted } from "./accepted.ts";
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

/** True for a document that was put back: an earlier one, or another with the same sequence. */
const isOlder = (next: AcceptedDocument, accepted: AcceptedDocument): boolean =>
  next.sequence < accepted.sequence ||
  (next.sequence === accepted.sequence && next.sha256 !== accepted.sha256);

/** A document that was accepted. */
interface AcceptedDocument {
  document: KeylessDocument;
  /** Position among the stack's documents; 0 where they are not signed. */
  sequence: number;
  sha256: string;
}

/**
 * Verifies and validates a document.
 * @throws Error with the reason for which it is refused
 */
const verified = (text: string, trust: Trust | undefined): AcceptedDocument => {
  const raw: unknown = JSON.parse(text);
  const problem = trust && signatureProblem(raw, trust);
  if (problem !== undefined) throw new Error(problem);
  const document = documentSchema.parse(raw);
  return { document, sequence: document.signature?.sequence ?? 0, sha256: documentSha256(raw) };
};

/** Options of `watchMetadata`. */
export interface WatchOptions {
  /** File of whom to trust, in place of the one of user_data. */
  trustFile?: string | undefined;
  /** Folder in which the last accepted document is kept; without one an older document could come back after a restart. */
  stateFolder?: string | undefined;
}

/**
 * The document that was accepted before this start. One that is not signed as the instance trusts now counts nothing.
 * @throws Error for a file that cannot be read
 */
const acceptedBefore = async (
  folder: string | undefined,
  trust: Trust | undefined,
): Promise<AcceptedDocument | undefined> => {
  const text = folder !== undefined && trust ? await readAccepted(folder) : undefined;
  try {
    return text === undefined ? undefined : verified(text, trust);
  } catch {
    return undefined;
  }
};

/**
 * Reads the metadata key `keyless` now and every few seconds. What cannot be read or used, is not signed by the
 * instance's stack, or comes before what was accepted, is logged once; what was accepted before stays in force, after a
 * restart too.
 * @throws Error for a trust file or a state that cannot be read
 */
export const watchMetadata = async (
  baseUrl: string,
  log: Log,
  { trustFile, stateFolder }: WatchOptions = {},
): Promise<DocumentSource> => {
  const trust = readTrust(trustFile, log);
  let accepted = await acceptedBefore(stateFolder, trust);
  if (trust && stateFolder === undefined)
    log.info("no state folder: an older document can be put back when the proxy starts again");
  const client = new MetadataClient({ baseUrl });
  let text: string | undefined;
  let complained: string | undefined;
  const read = async (): Promise<ProxyDocument | undefined> => {
    try {
      const found = await client.get("instance/metadata/keyless");
      if (found === text) return undefined;
      const next = verified(found, trust);
      if (trust && accepted && isOlder(next, accepted))
        throw new Error(
          `it is older than the one accepted before (sequence ${next.sequence}, accepted ${accepted.sequence})`,
        );
      if (trust && stateFolder !== undefined && next.sha256 !== accepted?.sha256)
        await keepAccepted(stateFolder, found);
      accepted = next;
      text = found;
      complained = undefined;
      return proxyPart(next.document);
    } catch (error) {
      const message = `the metadata key keyless cannot be used: ${reason(error).slice(0, 500)}`;
      if (message !== complained) log.error(message);
      complained = message;
      return undefined;
    }
  };
  return {
    current: (await read()) ?? (accepted && proxyPart(accepted.document)),
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
