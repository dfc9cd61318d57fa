/** A refusal proves something only of a target that exists: the deployer looks. @module */
import type { ProbeResult, Verdict } from "../../app/verdict.ts";
import { type OciClient, OciError } from "../../oci/client.ts";

/** How the deployer reads a target, by the type in its OCID. */
const READS: Readonly<Record<string, { operation: string; param: string }>> = {
  vaultsecret: { operation: "vault.GetSecret", param: "secretId" },
  vault: { operation: "keymanagement.GetVault", param: "vaultId" },
  instance: { operation: "core.GetInstance", param: "instanceId" },
};

/** Whether the deployer sees a target; undefined where there is no way to look. */
const exists = async (client: OciClient, id: string): Promise<boolean | undefined> => {
  const read = READS[/^ocid1\.([a-z]+)\./.exec(id)?.[1] ?? ""];
  if (!read) return undefined;
  try {
    await client.call(read.operation, { params: { [read.param]: id } });
    return true;
  } catch (error) {
    if (error instanceof OciError && error.status === 404) return false;
    throw error;
  }
};

/**
 * The verdict with every refused target looked at: a refusal whose target the deployer does not find is
 * unproven, whatever was known when the stack was deployed.
 */
export const judgeTargets = async (client: OciClient, verdict: Verdict): Promise<Verdict> => {
  const probes = await Promise.all(
    verdict.probes.map(async (probe): Promise<ProbeResult> => {
      if (probe.expected !== "refused" || probe.observed !== "refused") return probe;
      if ((await exists(client, probe.target.id)) !== false) return probe;
      return { ...probe, target: { ...probe.target, seen: "nobody" }, ok: false };
    }),
  );
  const unproven = probes.filter((probe, i) => !probe.ok && verdict.probes[i]!.ok);
  if (unproven.length === 0 || !verdict.ok) return { ...verdict, probes };
  return {
    ...verdict,
    probes,
    ok: false,
    cause: "unproven",
    says: `refused, and the target does not exist: ${unproven.map((p) => p.says).join("; ")}`,
    advice: "Deploy again, so that each refused target exists.",
  };
};
