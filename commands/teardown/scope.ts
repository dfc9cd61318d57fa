/** Places of a stack's resources, and the marks by which they are known, from its settings. @module */
import { compileStatements, policyCompartments } from "../../access/index.ts";
import type { Settings } from "../../infra/settings/settings.ts";
import { STACK_TAG, workloadTags } from "../../infra/tags.ts";
import type { OciClient } from "../../oci/client.ts";
import { OCIDS } from "../access/placeholders.ts";
import { stackIds } from "../access/report.ts";
import { readable } from "../shared/explain/deployed.ts";
import type { OciModel } from "../shared/oci-model.ts";
import type { Owner } from "./inventory.ts";
import type { Scope } from "./removable-kind.ts";

/** Marks by which the stack's resources are known. @param formerNames what `keyless:name` was before */
export const ownerOf = (settings: Settings, formerNames: readonly string[] = []): Owner => ({
  tag: workloadTags(settings).freeformTags[STACK_TAG]!,
  tagKey: STACK_TAG,
  names: [settings.name, ...formerNames],
});

const homeOf = async (client: OciClient, settings: Settings, tenancyId: string): Promise<string> => {
  if (settings.homeRegion) return settings.homeRegion;
  const regions = await client.list<OciModel>("identity.ListRegionSubscriptions", { params: { tenancyId } });
  return String(regions.find((r) => r["isHomeRegion"] === true)?.["regionName"] ?? settings.region);
};

/**
 * Finds the places in which to look.
 * @param tenancyId the tenancy of the credentials, where the settings name none
 */
export const scopeOf = async (client: OciClient, settings: Settings, tenancyId: string): Promise<Scope> => {
  const secret = settings.secretId
    ? await readable(client.call("vault.GetSecret", { params: { secretId: settings.secretId } }))
    : undefined;
  const attached = policyCompartments(compileStatements(settings.access, stackIds(settings)));
  const secretHome = secret ? [String(secret.body["compartmentId"])] : [];
  const named = [...Object.values(settings.compartments), ...attached, ...secretHome];
  const [homeRegion, namespace] = await Promise.all([
    homeOf(client, settings, tenancyId),
    client.call<string>("objectstorage.GetNamespace"),
  ]);
  return {
    client,
    tenancyId,
    homeRegion,
    compartments: [...new Set(named)].filter((id) => id !== OCIDS.secretCompartment),
    namespace: namespace.body,
    // The key that signs is made in the secret's vault, or in one that the settings name.
    vaultIds: [
      ...new Set(
        [settings.vaultId, settings.signingVaultId, secret && String(secret.body["vaultId"])].filter(
          (id) => id !== undefined,
        ),
      ),
    ],
  };
};
