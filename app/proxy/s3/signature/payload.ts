/** What a signature says of the body: `x-amz-content-sha256`. @module */
import { S3Error } from "../errors.ts";
import type { ChunkChain } from "./chunk-chain.ts";

/** How the body comes, and what it is verified against. */
export type Payload =
  /** In one piece; `sha256` in lower-case hexadecimal. */
  | { kind: "whole"; sha256: string }
  | { kind: "unsigned" }
  | {
      kind: "chunks";
      /** Undefined: the chunks are not signed. */
      chain: ChunkChain | undefined;
      /** A trailer with checksums follows. */
      trailer: boolean;
      /** Length of the object in bytes, without the framing. */
      decodedLength: number;
    };

type Values = ReadonlyMap<string, string>;

const UNSIGNED = "UNSIGNED-PAYLOAD";
const HEX_64 = /^[0-9A-Fa-f]{64}$/;
const LENGTH = /^\d{1,15}$/;

/** Forms of chunks: signed or not, with or without a trailer. */
const CHUNKED: Readonly<Record<string, { signed: boolean; trailer: boolean }>> = {
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": { signed: true, trailer: false },
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": { signed: true, trailer: true },
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER": { signed: false, trailer: true },
};

/**
 * The text that stands for the body in the signature.
 * @throws S3Error `InvalidRequest` where there is none, `InvalidArgument` for two that differ
 */
export const payloadText = (headers: Values, query: Values, presigned: boolean): string => {
  const inHeader = headers.get("x-amz-content-sha256");
  const inQuery = presigned ? query.get("X-Amz-Content-Sha256") : undefined;
  if (inHeader !== undefined && inQuery !== undefined && inHeader !== inQuery) {
    throw new S3Error("InvalidArgument", "x-amz-content-sha256 differs from X-Amz-Content-Sha256.");
  }
  const text = inHeader ?? inQuery ?? (presigned ? UNSIGNED : undefined);
  if (text === undefined) {
    throw new S3Error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
  }
  return text;
};

const decodedLength = (headers: Values): number => {
  const text = headers.get("x-amz-decoded-content-length");
  if (text === undefined) {
    throw new S3Error(
      "MissingContentLength",
      "A body in chunks needs x-amz-decoded-content-length, the length of the object.",
    );
  }
  if (!LENGTH.test(text)) {
    throw new S3Error("InvalidArgument", "x-amz-decoded-content-length must be a number of bytes.");
  }
  return Number(text);
};

/**
 * Reads what the text says. Chunks are known by it alone, never by `Content-Encoding`: some clients send `aws-chunked`
 * without chunks, others chunks without it.
 * @param chain makes the chain of chunk signatures
 * @throws S3Error
 */
export const readPayload = (text: string, headers: Values, chain: () => ChunkChain): Payload => {
  if (HEX_64.test(text)) return { kind: "whole", sha256: text.toLowerCase() };
  if (text === UNSIGNED) return { kind: "unsigned" };
  const form = Object.hasOwn(CHUNKED, text) ? CHUNKED[text] : undefined;
  if (form) {
    return {
      kind: "chunks",
      chain: form.signed ? chain() : undefined,
      trailer: form.trailer,
      decodedLength: decodedLength(headers),
    };
  }
  if (text.startsWith("STREAMING-AWS4-ECDSA-")) {
    throw new S3Error(
      "InvalidRequest",
      `Chunks signed by Signature Version 4A (${text.slice(0, 60)}) are not supported: sign with AWS4-HMAC-SHA256.`,
    );
  }
  throw new S3Error(
    "InvalidArgument",
    `x-amz-content-sha256 must be ${[UNSIGNED, ...Object.keys(CHUNKED)].join(", ")}, or a SHA-256 in hexadecimal.`,
    { ArgumentName: "x-amz-content-sha256" },
  );
};
