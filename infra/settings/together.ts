import type { Problem } from "./error.ts";
import type { RawSettings } from "./table.ts";

/** Problems of settings that contradict each other. Settings that could not be read are absent from `s`. */
export const contradictions = (s: Partial<RawSettings>): Problem[] => {
  const problems: Problem[] = [];
  const refuse = (setting: string, message: string) =>
    problems.push({ setting: `keyless:${setting}`, message });
  const { shielded = "none", shape = "" } = s;
  if (shielded !== "none" && shape.startsWith("BM.") !== shielded.endsWith("_BM")) {
    const fitting = shape.startsWith("BM.") ? "GENERIC_BM" : "AMD_VM, INTEL_VM";
    refuse("shielded", `found ${shielded} beside keyless:shape ${shape}; allowed: ${fitting} or none`);
  }
  if (s.keyId && !s.vaultId) {
    refuse("keyId", "found without keyless:vaultId; allowed: together with the vault that holds the key");
  }
  if (s.auditLogCompartmentId && !s.auditLogId) {
    refuse("auditLogCompartmentId", "found without keyless:auditLogId; allowed: together with the log");
  }
  if (s.signDocument === false) {
    for (const name of ["signingVaultId", "signingKeyId"] as const) {
      if (s[name])
        refuse(name, "found beside keyless:signDocument: false; allowed: only where documents are signed");
    }
  }
  if (s.signingKeyId && !(s.signingVaultId || s.vaultId || s.secretId)) {
    refuse(
      "signingKeyId",
      "found without keyless:signingVaultId; allowed: together with the vault that holds the key",
    );
  }
  if (s.secretId) {
    if (s.vaultId)
      refuse("vaultId", "found beside keyless:secretId; allowed: one of them, a secret brings its vault");
    if (s.keyId)
      refuse("keyId", "found beside keyless:secretId; allowed: one of them, a secret brings its key");
    for (const name of ["secretContent", "secretSource"] as const) {
      if (s[name]) refuse(name, "found beside keyless:secretId; allowed: only for a new secret");
    }
    if (s.secretId === s.decoyId)
      refuse("decoyId", "found the same OCID as keyless:secretId; allowed: another secret");
  }
  if (s.secretSource === "given" && s.secretContent === undefined) {
    refuse("secretContent", "found nothing; allowed: the content, since keyless:secretSource is given");
  }
  if (s.secretContent !== undefined && s.secretSource && s.secretSource !== "given") {
    refuse(
      "secretSource",
      `found "${s.secretSource}" beside keyless:secretContent; allowed: given, or no content`,
    );
  }
  if (s.ephemeral && s.signDocument !== false && !s.signingKeyId) {
    refuse(
      "signingKeyId",
      "found nothing; allowed: an existing one, or keyless:signDocument: false, since keyless:ephemeral is true and OCI keeps a deleted key for days",
    );
  }
  if (s.ephemeral && !s.secretId) {
    for (const name of ["vaultId", "keyId"] as const) {
      if (!s[name]) {
        refuse(
          name,
          "found nothing; allowed: an existing one, since keyless:ephemeral is true and OCI keeps a deleted one for days",
        );
      }
    }
  }
  return problems;
};
