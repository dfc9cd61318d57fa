/**
 * The parts of an instance that whoever may update it can change, as the stack deployed them: a stack output, which
 * `npm run verify` compares with what OCI has, and the next deployment reads again.
 * @module
 */
import { metadataSha256 } from "../document/digest.ts";
import type { KeylessDocumentInput } from "../document/schema.ts";
import type { AgentConfig } from "./machine.ts";

/** The stack's output `deployed`. */
export interface DeployedState {
  /** Digest of the document in the metadata, and its sequence where it is signed. */
  document: { sha256: string; sequence?: number };
  /** OCID of the boot volume. */
  bootVolume: string;
  /** Configuration of Oracle Cloud Agent, in the provider's names. */
  agent: AgentConfig;
}

/** Puts the output together. @param keyless the metadata key's text */
export const deployedState = (keyless: string, bootVolume: string, agent: AgentConfig): DeployedState => {
  const { signature } = JSON.parse(keyless) as KeylessDocumentInput;
  return {
    document: { sha256: metadataSha256(keyless), ...(signature && { sequence: signature.sequence }) },
    bootVolume,
    agent,
  };
};
