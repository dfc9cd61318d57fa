/** Names of the probes that every document has, as a type: whoever looks one up names one that exists. @module */
import type { KeylessDocument, Probe } from "./schema.ts";

/** Probes for the app itself, that of the signing key where documents are signed; those of grants are named by their kinds. */
export const OWN_PROBE_NAMES = [
  "decoy-content",
  "secret-metadata",
  "secret-update",
  "secrets-list",
  "vault",
  "key",
  "signing-key",
  "instance",
  "buckets-list",
  "compartments-list",
] as const;
export type OwnProbeName = (typeof OWN_PROBE_NAMES)[number];

/** A probe of the document; undefined when a grant covers what it would try. */
const ownProbe = (document: KeylessDocument, name: OwnProbeName): Probe | undefined =>
  document.check.probes.find((probe) => probe.name === name);

/** OCID of the sibling secret, which every document has a probe for. */
export const decoyIdOf = (document: KeylessDocument): string | undefined =>
  ownProbe(document, "decoy-content")?.params["secretId"];
