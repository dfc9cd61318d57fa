/** The document in the instance's own metadata, and its changes. @module */

import type { ProxyDocument } from "../../document/schema.ts";
import { documentSchema, type KeylessDocument } from "../../document/schema.ts";
import { reason } from "../instance-principal/index.ts";
import { MetadataClient } from "../instance-principal/metadata.ts";
import type { DocumentSource, Log } from "./proxy.ts";

const POLL_MS = 10_000;

/** The proxy's part of a document; without one there are no clients. */
export const proxyPart = (document: KeylessDocument): ProxyDocument => document.proxy ?? { clients: {} };

/**
 * Reads the metadata key `keyless` now and every few seconds. What cannot be read or used is logged once; what
 * was there before stays in force.
 */
export const watchMetadata = async (baseUrl: string, log: Log): Promise<DocumentSource> => {
  const client = new MetadataClient({ baseUrl });
  let text: string | undefined;
  let complained: string | undefined;
  const read = async (): Promise<ProxyDocument | undefined> => {
    try {
      const found = await client.get("instance/metadata/keyless");
      if (found === text) return undefined;
      const document = proxyPart(documentSchema.parse(JSON.parse(found)));
      text = found;
      complained = undefined;
      return document;
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
