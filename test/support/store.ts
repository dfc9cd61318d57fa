/** Everything that a local OCI has, taken and put back: one deployment serves many tests. @module */

import type { LocalOci } from "../../local/index.ts";
import type { Resource } from "../../local/state/store.ts";

/** What is hidden may be a machine: it is not copied, only what holds it is. */
export const copyOf = ({ id, type, region, model, hidden }: Resource): Resource => ({
  id,
  type,
  ...(region && { region }),
  model: structuredClone(model),
  hidden: Object.fromEntries(
    Object.entries<unknown>(hidden).map(([name, value]) => [
      name,
      Array.isArray(value) ? [...value] : value instanceof Map ? new Map(value) : value,
    ]),
  ),
  version: 1,
  transitions: [],
});

/** Takes everything. @returns puts it back */
export const storeOf = ({ cloud }: LocalOci): (() => void) => {
  const before = cloud.store.all().map(copyOf);
  return () => {
    for (const { id } of cloud.store.all()) cloud.store.remove(id);
    for (const { region, ...rest } of before.map(copyOf)) {
      const at = cloud.regions.find((r) => r.key === region);
      cloud.store.add({ ...rest, ...(at && { region: at }) });
    }
  };
};

/** The stack's own that is still there, by what OCI's store says. */
export const leftOf = ({ cloud }: LocalOci): string[] =>
  cloud.store
    .all()
    .filter((r) => r.model.freeformTags?.["keyless-stack"])
    .filter((r) => !["TERMINATED", "DELETED"].includes(String(r.model.lifecycleState)))
    .map((r) => `${r.type} ${r.model.lifecycleState}`)
    .sort();

/** What OCI keeps of a stack that is gone. */
export const KEPT = [
  "key PENDING_DELETION",
  "key PENDING_DELETION",
  "vault PENDING_DELETION",
  "vaultsecret PENDING_DELETION",
  "vaultsecret PENDING_DELETION",
];
