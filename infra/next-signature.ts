import type { KeylessDocumentInput } from "../document/schema.ts";
import { saysTheSame, signatureProblem, type Trust } from "../document/signature.ts";

/** A signature that stands, or the place of the next one. */
export interface NextSignature {
  sequence: number;
  /** Base64; absent where the document must be signed. */
  value?: string;
}

const parsed = (text: string): KeylessDocumentInput[] => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? [value as KeylessDocumentInput] : [];
  } catch {
    return [];
  }
};

/** The documents before. */
export interface DocumentsBefore {
  /** Those in the metadata of the stack's instances; those that are not signed well count nothing. */
  inMetadata: readonly string[];
  /** Sequence of the one that the stack deployed last, by its outputs; undefined where they name none. */
  lastSequence: number | undefined;
}

/**
 * Finds the signature of a document. What is deployed and says the same keeps its own, so that nothing changes where
 * nothing did; all else comes after what is deployed, and after whatever was signed before by the clock. An older
 * document that somebody put back (replay) keeps nothing: the instance, which has accepted a later one, would refuse it.
 * @param nowMs the deployer's clock, which OCI's own tolerance of signed requests keeps within 5 minutes
 */
export const nextSignature = (
  document: KeylessDocumentInput,
  trust: Trust,
  { inMetadata, lastSequence = 0 }: DocumentsBefore,
  nowMs: number,
): NextSignature => {
  const newest = inMetadata
    .flatMap(parsed)
    .filter((d) => signatureProblem(d, trust) === undefined)
    .map((d) => ({ document: d, signature: d.signature! }))
    .sort((a, b) => b.signature.sequence - a.signature.sequence)[0];
  if (newest && newest.signature.sequence >= lastSequence && saysTheSame(newest.document, document)) {
    const { sequence, value } = newest.signature;
    return { sequence, value };
  }
  return { sequence: Math.max(nowMs, (newest?.signature.sequence ?? 0) + 1, lastSequence + 1) };
};
