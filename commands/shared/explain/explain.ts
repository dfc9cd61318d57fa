/** Explains a bad or missing verdict from what is really deployed: one cause, and what to do. @module */
import type { Verdict } from "../../../document/verdict.ts";
import type { OciClient } from "../../../oci/client.ts";
import type { Age } from "../verdict/age.ts";
import { readDeployed } from "./deployed.ts";
import { explainRefusal, explainTooMuch } from "./explain-access.ts";
import { explainAge, explainBundle, explainNetwork, explainSecret, explainSilence } from "./explain-state.ts";
import { because, DEPLOY_AGAIN, type Explanation } from "./explanation.ts";

/** Inputs of an explanation. */
export interface ExplainInput {
  tenancyId: string;
  instanceId: string;
  /** The verdict; undefined when none came. */
  verdict: Verdict | undefined;
  /** The serial console's text, for a missing verdict; undefined when it may not be read. */
  console?: string | undefined;
  /** Age of a good verdict, where it counts; undefined when the verdict does not say. */
  age?: Age | undefined;
  /** The last verdict about another document than the deployed one, for a missing verdict. */
  before?: Verdict | undefined;
}

/**
 * Explains a verdict that is bad or missing, or good and too old.
 * @param client signed with the deployer's rights: what it may not read is said to be so
 * @throws OciError for failures that are no refusals
 */
export const explain = async (client: OciClient, input: ExplainInput): Promise<Explanation> => {
  const { verdict, tenancyId, instanceId } = input;
  const deployed = await readDeployed(client, tenancyId, instanceId);
  if (!verdict) return explainSilence(client, deployed, input.console, input.before);
  if (verdict.ok) return explainAge(input.age);
  const { cause, says = "", advice = "" } = verdict;
  const secretId = deployed.document?.check.secretId ?? "";
  const unread = verdict.secret !== undefined && verdict.secret.version === undefined;
  switch (cause) {
    case "clock":
      return because(
        "clock",
        `${says[0]?.toUpperCase()}${says.slice(1)}: OCI refuses signatures made more than 5 minutes off.`,
        "on the instance: sudo chronyc makestep, with 169.254.169.254 as the time source in /etc/chrony.conf",
      );
    case "token":
      return (
        (await explainNetwork(client, deployed)) ??
        because(
          "auth-service",
          `The instance could not get a security token, and its subnet is routed to Oracle's services: the auth service did not give one (${says}).`,
          "look at OCI's status page for Identity in this region; the check tries again when the instance restarts: oci compute instance action --action SOFTRESET",
          ["the subnet's routes lead to Oracle's services, or may not be read"],
        )
      );
    case "not-authorised":
    case "not-active": {
      const state = await explainSecret(client, deployed);
      if (unread) return state ?? explainRefusal(deployed, "secrets.GetSecretBundle", { secretId }, secretId);
      const refused = verdict.probes.find((p) => p.expected === "allowed" && p.observed === "refused");
      const params = deployed.document?.check.probes.find((p) => p.name === refused?.name)?.params ?? {};
      if (refused) return explainRefusal(deployed, refused.operation, params, refused.target.id);
      return state ?? because("not-active", says, advice);
    }
    case "too-much-allowed":
      return explainTooMuch(
        deployed,
        verdict.probes.filter((p) => p.expected === "refused" && p.observed === "allowed"),
      );
    case "unproven": {
      const absent = verdict.probes.filter((p) => p.expected === "refused" && !p.ok);
      return because(
        "target-absent",
        `Refused, but there is nothing that could be refused: ${absent.map((p) => `${p.says} (${p.target.id})`).join("; ")} does not exist, or the deployer may not see it.`,
        `${DEPLOY_AGAIN} makes the stack's own; an existing one is named by keyless:decoyId, keyless:secretId or keyless:vaultId`,
      );
    }
    case "document":
      return because(
        "document-refused",
        `The instance ${instanceId} refused the document in its metadata${deployed.documentProblem ? `: ${deployed.documentProblem}` : `: ${says.replace(/^.*?refused: /, "")}`}. Whoever may update the instance can write it, and cannot sign.`,
        `${DEPLOY_AGAIN} signs and puts the right one there; who it was: oci audit event list, UpdateInstance on ${instanceId}`,
      );
    case "bundle":
      return explainBundle(client, deployed, says);
    default:
      return because(cause ?? "unknown", says, advice || DEPLOY_AGAIN);
  }
};
