/** Codes of findings about a declaration of access, in one table. @module */
import type { AccessFinding } from "./grant.ts";

/** Default severity and meaning of each code. docs/errors.md is made from this. */
export const FINDING_CODES = {
  "tenancy-wide": { severity: "error", meaning: "a grant reaches every compartment of the tenancy" },
  "decoy-granted": { severity: "error", meaning: "the sibling secret, there to be refused, is granted" },
  "too-many-statements": {
    severity: "error",
    meaning: "the policy of one compartment would hold more statements than the 50 that OCI takes",
  },
  "list-shows-all-names": { severity: "warning", meaning: "lists with a prefix" },
  "raw-grant": { severity: "warning", meaning: "a statement is written by hand" },
  "not-proxied": {
    severity: "warning",
    meaning: "a client is granted an operation to whose host the proxy does not go",
  },
  "unsigned-document": {
    severity: "warning",
    meaning: "what the instance is told is not signed: whoever may update the instance can become it",
  },
  "long-lived-token": {
    severity: "warning",
    meaning: "a client's token is good for more than a day, or for as long as the machine runs",
  },
  "listens-beyond-loopback": {
    severity: "warning",
    meaning: "a client's entrance is at an address that others than this machine may reach, in clear text",
  },
  "registry-token": {
    severity: "warning",
    meaning: "a client is given a token of the registry, which may open there whatever the instance may do",
  },
  "duplicate-grant": { severity: "warning", meaning: "a grant says what another says already" },
  "logs-reach-the-group": { severity: "info", meaning: "the statement reaches the whole log group" },
  "reaches-the-compartment": {
    severity: "info",
    meaning:
      "OCI has no condition for the one resource: the statement reaches all of its kind in the compartment",
  },
  "instance-shows-metadata": { severity: "info", meaning: "an instance's details include its metadata" },
} as const satisfies Readonly<Record<string, { severity: AccessFinding["severity"]; meaning: string }>>;

export type FindingCode = keyof typeof FINDING_CODES;

/** A finding of a code with the code's own severity; its place is added by whoever knows it. */
export const findingOf = (code: FindingCode, message: string): Omit<AccessFinding, "where"> => ({
  code,
  severity: FINDING_CODES[code].severity,
  message,
});
