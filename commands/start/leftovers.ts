/** Resources that OCI itself keeps after a teardown, for people. @module */
import type { Leftover } from "../../engine/engine.ts";

const NAMES: Readonly<Record<string, string>> = {
  "oci:Kms/vault:Vault": "vault",
  "oci:Kms/key:Key": "key",
  "oci:Vault/secret:Secret": "secret",
};

/** True when OCI keeps it for its time; false when the teardown did not do its work. */
export const isKeptByOci = (left: Leftover): boolean => left.state === "PENDING_DELETION";

/** One line: what is left, why and until when. */
export const leftoverLine = (left: readonly Leftover[]): string => {
  if (left.length === 0) return "nothing";
  const groups = new Map<string, number>();
  for (const { type, state, until } of left) {
    const what = NAMES[type] ?? type;
    const why = state === "PENDING_DELETION" ? `pending deletion until ${until?.slice(0, 10)}` : state;
    const key = `${what} (${why})`;
    groups.set(key, (groups.get(key) ?? 0) + 1);
  }
  return [...groups].map(([what, count]) => (count > 1 ? `${count} × ${what}` : what)).join(", ");
};
