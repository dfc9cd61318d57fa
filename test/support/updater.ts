/** Somebody who may update instances, and nothing else. @module */
import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import { clientAs, type LocalClient } from "../../local/client.ts";
import type { LocalOci } from "../../local/index.ts";

/**
 * A new user in a group with `use instances` in the compartment of the local stack; what signs as that user.
 * @param where a condition of the statement
 */
export const makeUpdater = async (local: LocalOci, where?: string): Promise<LocalClient> => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const administrator = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
  const make = async (operation: string, body: object, params = {}): Promise<string> =>
    String((await administrator.call<Record<string, unknown>>(operation, { params, body })).body["id"]);
  const root = WELL_KNOWN.tenancy;
  const about = (name: string) => ({ compartmentId: root, name, description: name });
  const userId = await make("identity.CreateUser", about("updater"));
  const groupId = await make("identity.CreateGroup", about("Updaters"));
  await make("identity.AddUserToGroup", { userId, groupId });
  await make("identity.CreatePolicy", {
    ...about("updaters"),
    statements: [
      `Allow group Updaters to use instances in compartment app${where === undefined ? "" : ` where ${where}`}`,
    ],
  });
  const key = publicKey.export({ type: "spki", format: "pem" }).toString();
  await make("identity.UploadApiKey", { key }, { userId });
  await administrator.close();
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  const fingerprint = createHash("md5").update(der).digest("hex").match(/../g)!.join(":");
  const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const user = { tenancyId: root, userId, fingerprint, privateKeyPem, region: local.deployer.region };
  return clientAs(user, local.addresses, local.cloud.realm.domain);
};
