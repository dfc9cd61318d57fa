/** Explains by the state of things: secret, key, vault, network, bundle, machine. @module */
import { createHash } from "node:crypto";
import { metadataSha256 } from "../../../document/digest.ts";
import type { Verdict } from "../../../document/verdict.ts";
import type { OciClient } from "../../../oci/client.ts";
import type { OciModel } from "../oci-model.ts";
import type { Age } from "../verdict/age.ts";
import { beforeTheChange } from "../verdict/show-verdict.ts";
import type { ExplanationCode } from "./codes.ts";
import { type Deployed, readable } from "./deployed.ts";
import { because, DEPLOY_AGAIN, type Explanation } from "./explanation.ts";

/** Explains that secret, key or vault cannot be used; undefined when they can. */
export const explainSecret = async (
  client: OciClient,
  deployed: Deployed,
): Promise<Explanation | undefined> => {
  const secretId = deployed.document?.check.secretId ?? "unknown";
  const { secret } = deployed;
  if (!secret)
    return because(
      "secret-absent",
      `The secret ${secretId} does not exist, or you may not read it.`,
      DEPLOY_AGAIN,
    );
  const vaultId = String(secret["vaultId"]);
  const vault = (await readable(client.call("keymanagement.GetVault", { params: { vaultId } })))?.body;
  const endpoint = vault && String(vault["managementEndpoint"]);
  const keyId = String(secret["keyId"]);
  const key =
    endpoint && (await readable(client.call("keymanagement.GetKey", { params: { keyId }, endpoint })))?.body;
  const cancel: Record<string, string> = {
    vault: `oci kms management vault cancel-deletion --vault-id ${vaultId}`,
    key: `oci kms management key cancel-deletion --key-id ${keyId} --endpoint ${endpoint}`,
    secret: `oci vault secret cancel-secret-deletion --secret-id ${secretId}`,
  };
  const keyVersionId = key ? String(key["currentKeyVersion"]) : "";
  const keyVersion =
    key &&
    (
      await readable(
        client.call("keymanagement.GetKeyVersion", { params: { keyId, keyVersionId }, endpoint: endpoint! }),
      )
    )?.body;
  const states: [ExplanationCode, string, string, OciModel | undefined | "", string][] = [
    ["vault-not-active", "vault", vaultId, vault, "ACTIVE"],
    ["key-not-active", "key", keyId, key, "ENABLED"],
    ["key-version-not-active", "key version", keyVersionId, keyVersion, "ENABLED"],
    ["secret-not-active", "secret", secretId, secret, "ACTIVE"],
  ];
  for (const [code, what, id, model, good] of states) {
    const state = model ? String(model["lifecycleState"]) : good;
    if (state === good || state === "UPDATING") continue;
    const until = model ? model["timeOfDeletion"] : undefined;
    const deleted = state.includes("DELET");
    return because(
      code,
      `The ${what} ${id} is ${state}${until ? `, to be deleted on ${String(until).slice(0, 10)}` : ""}: OCI answers as if the secret were not there.`,
      deleted && cancel[what] ? cancel[what] : `bring the ${what} to ${good}, or deploy with another one`,
    );
  }
  const expiry = secret["timeOfCurrentVersionExpiry"];
  if (typeof expiry === "string" && Date.parse(expiry) < Date.now())
    return because(
      "version-expired",
      `Version ${secret["currentVersionNumber"]} of the secret ${secretId} expired on ${expiry.slice(0, 10)}; a rule of the secret may block reading it since then.`,
      `a new version: oci vault secret update-base64 --secret-id ${secretId} --secret-content-content …`,
    );
  return undefined;
};

/**
 * Explains that the instance's subnet does not lead to Oracle's services; undefined when it does, or may not
 * be read.
 */
export const explainNetwork = async (
  client: OciClient,
  deployed: Deployed,
): Promise<Explanation | undefined> => {
  const compartmentId = String(deployed.instance?.["compartmentId"] ?? "");
  const query = { compartmentId, instanceId: deployed.instanceId };
  const attachments = await readable(client.list<OciModel>("core.ListVnicAttachments", { query }));
  const subnetId = attachments?.map((a) => a["subnetId"]).find((id) => typeof id === "string");
  if (typeof subnetId !== "string") return undefined;
  const subnet = (await readable(client.call("core.GetSubnet", { params: { subnetId } })))?.body;
  if (!subnet) return undefined;
  const rtId = String(subnet["routeTableId"]);
  const table = (await readable(client.call("core.GetRouteTable", { params: { rtId } })))?.body;
  if (!table) return undefined;
  const rules = (table["routeRules"] ?? []) as OciModel[];
  const toServices = rules.filter(
    (r) => r["destinationType"] === "SERVICE_CIDR_BLOCK" && String(r["destination"]).startsWith("all-"),
  );
  const anywhere = rules.some((r) => r["destination"] === "0.0.0.0/0");
  if (toServices.length === 0 && !anywhere)
    return because(
      "no-route",
      `The subnet ${subnetId} has no route to Oracle's services: its route table ${rtId} has ${rules.length ? rules.map((r) => r["destination"]).join(", ") : "no rules"}.`,
      "add a route rule for “All … Services in Oracle Services Network” to a service gateway of the VCN, or leave keyless:subnetId out",
    );
  for (const rule of toServices) {
    const serviceGatewayId = String(rule["networkEntityId"]);
    const gateway = (await readable(client.call("core.GetServiceGateway", { params: { serviceGatewayId } })))
      ?.body;
    if (gateway?.["blockTraffic"] === true)
      return because(
        "gateway-blocked",
        `The service gateway ${serviceGatewayId} blocks traffic.`,
        `oci network service-gateway update --service-gateway-id ${serviceGatewayId} --block-traffic false`,
      );
  }
  return undefined;
};

/** The bucket and object behind a pre-authenticated request's URL. */
const placeOf = (
  url: string,
): { namespaceName: string; bucketName: string; objectName: string } | undefined => {
  const found = /\/n\/([^/]+)\/b\/([^/]+)\/o\/(.+)$/.exec(url);
  if (!found) return undefined;
  const [namespaceName, bucketName, objectName] = found.slice(1).map(decodeURIComponent) as [
    string,
    string,
    string,
  ];
  return { namespaceName, bucketName, objectName };
};

/**
 * Explains that the bundle could not be fetched, or is not what it must be.
 * @param says the verdict's words
 */
export const explainBundle = async (
  client: OciClient,
  deployed: Deployed,
  says: string,
): Promise<Explanation> => {
  const { bundle } = deployed.document ?? {};
  const place = bundle && placeOf(bundle.url);
  if (!bundle || !place)
    return because("no-bundle", "The instance's metadata names no bundle.", DEPLOY_AGAIN);
  const { objectName, ...params } = place;
  const at = `${params.bucketName}/${objectName}`;
  const object = await readable(client.call<unknown>("objectstorage.GetObject", { params: place }));
  if (!object) return because("bundle-absent", `The object ${at} is not there.`, DEPLOY_AGAIN);
  const requests = await readable(
    client.list<OciModel>("objectstorage.ListPreauthenticatedRequests", { params }),
  );
  // One for the object, or one for every object: the stack's own is of the second kind.
  const expired = requests?.filter(
    ({ objectName: of, accessType }) =>
      of === objectName || (!of && /^AnyObjectRead/.test(String(accessType))),
  );
  if (/SHA-256/.test(says)) {
    const text = typeof object.body === "string" ? object.body : JSON.stringify(object.body);
    const found = createHash("sha256").update(text).digest("hex");
    const stored =
      found === bundle.sha256
        ? "The stored object is right, what the instance got was changed on the way"
        : `The stored object has SHA-256 ${found}`;
    return because(
      "bundle-changed",
      `The app's bundle is not the one that was deployed, and was not started. ${stored}; the metadata says ${bundle.sha256}.`,
      `${DEPLOY_AGAIN}; then find out who wrote it: oci audit event list, PutObject on ${at}`,
    );
  }
  if (expired && !expired.some((r) => Date.parse(String(r["timeExpires"])) > Date.now()))
    return because(
      "request-expired",
      expired.length
        ? `The pre-authenticated request for ${at} expired on ${String(expired[0]!["timeExpires"]).slice(0, 10)}.`
        : `There is no pre-authenticated request for ${at}.`,
      DEPLOY_AGAIN,
    );
  return (
    (await explainNetwork(client, deployed)) ??
    because(
      "object-storage",
      `Object and request are there (${at}), and the instance could not fetch it: ${says}.`,
      "npm run verify again; if it stays, look at the instance's security lists: HTTPS out to Oracle's services",
    )
  );
};

/** Explains that a good verdict does not count: it is too old, or names no time. */
export const explainAge = (age: Age | undefined): Explanation =>
  because(
    "proof-too-old",
    age
      ? `The last proof is ${age.ageS} s old; a check that runs says within ${age.limitS} s that it is so.`
      : "The verdict does not say when it was proved.",
    "on the instance: systemctl status keyless-check, journalctl -u keyless-check; sudo systemctl restart keyless-check",
  );

/**
 * Explains that there is no verdict about what is deployed now.
 * @param before the last one about another document, where there is one
 */
export const explainSilence = async (
  client: OciClient,
  deployed: Deployed,
  console: string | undefined,
  before: Verdict | undefined,
): Promise<Explanation> => {
  const { instance, instanceId } = deployed;
  const stateOf = instance && String(instance["lifecycleState"]);
  if (stateOf !== "RUNNING")
    return because(
      "not-running",
      `The instance ${instanceId} is ${stateOf ?? "absent, or you may not read it"}.`,
      instance ? `oci compute instance action --action START --instance-id ${instanceId}` : DEPLOY_AGAIN,
    );
  if (console === undefined)
    return because(
      "console-unreadable",
      `The console of ${instanceId} may not be read with your rights, and the verdict stands nowhere else.`,
      `a statement for your group: Allow group … to manage console-histories in compartment id ${instance!["compartmentId"]}`,
    );
  const metadata = instance!["metadata"] as Record<string, string> | undefined;
  if (!metadata?.["user_data"])
    return because(
      "no-user-data",
      "The instance has no user_data: nothing starts the check.",
      "pulumi up --replace the instance",
    );
  if (!deployed.document)
    return because(
      "no-document",
      "The metadata key keyless is absent, or is not this version's.",
      DEPLOY_AGAIN,
    );
  const network = await explainNetwork(client, deployed);
  if (network) return network;
  if (before)
    return because(
      "not-said-since-change",
      `The check has come to no verdict about the document that is deployed now (${metadataSha256(metadata["keyless"]!).slice(0, 12)}): what it said last is about another one, of an earlier start, or not what was found since.`,
      "npm run verify -- --watch; on the instance: journalctl -u keyless-check says what it waits for",
      [beforeTheChange(before)],
    );
  const ran = /Cloud-init v\.|cloud-init\[/i.test(console);
  const finished = /Cloud-init v\.[^\n]*finished/i.test(console);
  const says = finished
    ? "user_data ran to its end, and the check has said nothing"
    : ran
      ? "user_data is still running, or stopped"
      : console.trim() === ""
        ? "the console is empty: the machine has not booted yet"
        : "nothing on the console tells of user_data";
  return because(
    "silent",
    `No verdict: ${says}.`,
    "npm run verify -- --watch; on the console: oci compute console-history get-content",
    [...console.trimEnd().split("\n").slice(-5)],
  );
};
