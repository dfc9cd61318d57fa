/**
 * Comparison of an instance, as OCI has it, with what its stack deployed last: whoever may update the instance can put
 * an older document back, replace the boot volume, and turn plugins of the agent on.
 * @module
 */
import { metadataSha256 } from "../../document/digest.ts";
import type { KeylessDocumentInput } from "../../document/schema.ts";
import type { DeployedState } from "../../infra/deployed-state.ts";
import type { OciClient } from "../../oci/client.ts";
import type { ExplanationCode } from "../shared/explain/codes.ts";
import { readable } from "../shared/explain/deployed.ts";
import { because, DEPLOY_AGAIN, type Explanation } from "../shared/explain/explanation.ts";

/** The members of GetInstance and ListBootVolumeAttachments that are compared. */
export interface FoundState {
  metadata?: { keyless?: string };
  agentConfig?: {
    isManagementDisabled?: boolean;
    pluginsConfig?: { name: string; desiredState: string }[];
  };
  /** Boot volumes that are attached, or are becoming so. */
  bootVolumes: string[];
}

const sequenceIn = (keyless: string): number | undefined => {
  try {
    return (JSON.parse(keyless) as KeylessDocumentInput).signature?.sequence;
  } catch {
    return undefined;
  }
};

const documentDifference = ({ document }: DeployedState, { metadata }: FoundState): string | undefined => {
  const keyless = metadata?.keyless;
  if (keyless !== undefined && metadataSha256(keyless) === document.sha256) return undefined;
  const sequence = keyless === undefined ? undefined : sequenceIn(keyless);
  const order =
    sequence === undefined || document.sequence === undefined
      ? ""
      : ` (sequence ${sequence}, deployed ${document.sequence})`;
  const found = keyless === undefined ? "none" : metadataSha256(keyless).slice(0, 12);
  const older = order && sequence! < document.sequence! ? ": somebody put back an older one" : "";
  return `the document in the metadata is not the one that was deployed last${older}: found ${found}, deployed ${document.sha256.slice(0, 12)}${order}`;
};

const bootVolumeDifference = (
  { bootVolume }: DeployedState,
  { bootVolumes }: FoundState,
): string | undefined =>
  bootVolumes.length === 0 || (bootVolumes.length === 1 && bootVolumes[0] === bootVolume)
    ? undefined
    : `the boot volume was replaced: found ${bootVolumes.join(", ")}, deployed ${bootVolume}`;

const agentDifference = ({ agent }: DeployedState, { agentConfig }: FoundState): string | undefined => {
  if (agentConfig?.isManagementDisabled === true) return undefined;
  if (agent.isManagementDisabled) return "the agent's management plugins were turned on";
  const deployed = new Map(agent.pluginsConfigs?.map(({ name, desiredState }) => [name, desiredState]));
  const found = new Map(agentConfig?.pluginsConfig?.map((p) => [p.name, p.desiredState]));
  const on = [...found].filter(([name, state]) => state === "ENABLED" && deployed.get(name) !== "ENABLED");
  // Some are on unless something is said.
  const unsaid = [...deployed].filter(([name, state]) => state === "DISABLED" && !found.has(name));
  const names = [...on, ...unsaid].map(([name]) => name);
  return names.length ? `plugins of the agent were turned on: ${names.join(", ")}` : undefined;
};

const FIXES = {
  "document-replaced": `${DEPLOY_AGAIN} puts the stack's own document back, under a new sequence`,
  "boot-volume-replaced":
    "replace the instance: pulumi up --target-replace with the URN of the machine's Instance; nothing on it can be trusted",
  "agent-changed": `${DEPLOY_AGAIN} turns them off; what ran meanwhile: oci instance-agent command-execution list`,
} as const satisfies Partial<Record<ExplanationCode, string>>;

/**
 * Explains what is not as it was deployed last; undefined where all is. Pure.
 * The first difference gives the code, the others are evidence.
 */
export const explainAltered = (
  deployed: DeployedState,
  found: FoundState,
  instanceId: string,
): Explanation | undefined => {
  const differences = (
    [
      ["boot-volume-replaced", bootVolumeDifference(deployed, found)],
      ["document-replaced", documentDifference(deployed, found)],
      ["agent-changed", agentDifference(deployed, found)],
    ] as const
  ).flatMap(([code, says]) => (says === undefined ? [] : [{ code, says }]));
  const [first, ...others] = differences;
  if (!first) return undefined;
  return because(
    first.code,
    `Somebody changed ${instanceId} after the last deployment: ${first.says}.`,
    `${FIXES[first.code]}; who it was: oci audit event list, UpdateInstance on ${instanceId}`,
    others.map(({ says }) => `and ${says}`),
  );
};

/**
 * Reads the instance and compares it.
 * @returns undefined where nothing differs, or the instance may not be read
 * @throws OciError for failures that are no refusals
 */
export const findAltered = async (
  client: OciClient,
  instanceId: string,
  deployed: DeployedState,
): Promise<Explanation | undefined> => {
  const instance = await readable(client.call("core.GetInstance", { params: { instanceId } }));
  if (!instance) return undefined;
  const { availabilityDomain, compartmentId } = instance.body;
  const attachments = await readable(
    client.list<{ bootVolumeId: string; lifecycleState: string }>("core.ListBootVolumeAttachments", {
      query: {
        availabilityDomain: String(availabilityDomain),
        compartmentId: String(compartmentId),
        instanceId,
      },
    }),
  );
  const attached = (attachments ?? []).filter((a) => /^ATTACH/.test(a.lifecycleState));
  const found = { ...instance.body, bootVolumes: attached.map((a) => a.bootVolumeId) } as FoundState;
  return explainAltered(deployed, found, instanceId);
};
