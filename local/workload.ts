/**
 * The resources that applications in the tenancy already have, so that there is something to be granted: a
 * log, buckets, a secret, a queue, a zone, a repository of images. Made through the API like anybody else's, first of all, so that the OCIDs are the
 * same in every run.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { OciClient } from "../oci/client.ts";
import type { ModelOf } from "./state/models.ts";

/** OCIDs and names of the workload. */
export interface LocalWorkload {
  logGroupId: string;
  logId: string;
  vaultId: string;
  keyId: string;
  secretId: string;
  buckets: readonly string[];
  queueId: string;
  /** The public zone `example.com`. */
  zoneId: string;
  /** The container repository `team/web`. */
  repositoryId: string;
}

const BUCKETS = ["invoices", "reports"];
const POLL_MS = 5;

/** Reads until a resource is in a state. */
const until = async <T extends { lifecycleState?: string; status?: string }>(
  client: OciClient,
  operation: string,
  call: Parameters<OciClient["call"]>[1],
  state: string,
): Promise<T> => {
  for (;;) {
    const { body } = await client.call<T>(operation, call);
    if (body.lifecycleState === state || body.status === state) return body;
    await sleep(POLL_MS);
  }
};

/** Makes what is made by a work request of a service. */
const createBy =
  (client: OciClient, service: "logging" | "queue") =>
  async (operation: string, call: Parameters<OciClient["call"]>[1]): Promise<string> => {
    const { headers } = await client.call(`${service}.${operation}`, call);
    const params = { workRequestId: `${headers["opc-work-request-id"]}` };
    const done = await until<ModelOf<"logworkrequest" | "queueworkrequest">>(
      client,
      `${service}.GetWorkRequest`,
      { params },
      "SUCCEEDED",
    );
    return done.resources[0]!.identifier;
  };

const logging = async (client: OciClient, compartmentId: string) => {
  const create = createBy(client, "logging");
  const logGroupId = await create("CreateLogGroup", { body: { compartmentId, displayName: "app" } });
  const logId = await create("CreateLog", {
    params: { logGroupId },
    body: { displayName: "app", logType: "CUSTOM", isEnabled: true, retentionDuration: 30 },
  });
  return { logGroupId, logId };
};

const secrets = async (client: OciClient, compartmentId: string) => {
  const vault = await client.call<ModelOf<"vault">>("keymanagement.CreateVault", {
    body: { compartmentId, displayName: "applications", vaultType: "DEFAULT" },
  });
  const vaultId = vault.body.id;
  const { managementEndpoint: endpoint } = await until<ModelOf<"vault">>(
    client,
    "keymanagement.GetVault",
    { params: { vaultId } },
    "ACTIVE",
  );
  const key = await client.call<ModelOf<"key">>("keymanagement.CreateKey", {
    endpoint,
    body: { compartmentId, displayName: "applications", keyShape: { algorithm: "AES", length: 32 } },
  });
  const keyId = key.body.id;
  await until(client, "keymanagement.GetKey", { endpoint, params: { keyId } }, "ENABLED");
  const secret = await client.call<ModelOf<"vaultsecret">>("vault.CreateSecret", {
    body: {
      compartmentId,
      vaultId,
      keyId,
      secretName: "smtp-password",
      enableAutoGeneration: true,
      secretGenerationContext: {
        generationType: "PASSPHRASE",
        generationTemplate: "SECRETS_DEFAULT_PASSWORD",
        passphraseLength: 24,
      },
    },
  });
  const secretId = secret.body.id;
  await until(client, "vault.GetSecret", { params: { secretId } }, "ACTIVE");
  return { vaultId, keyId, secretId };
};

/**
 * Makes the workload.
 * @param client signed as an administrator
 */
export const makeWorkload = async (
  client: OciClient,
  compartmentId: string,
  namespaceName: string,
): Promise<LocalWorkload> => {
  const logs = await logging(client, compartmentId);
  const kept = await secrets(client, compartmentId);
  for (const name of BUCKETS)
    await client.call("objectstorage.CreateBucket", {
      params: { namespaceName },
      body: { compartmentId, name },
      // The only one who makes any yet: what is there is what was asked for.
      settle: async () => {
        const made = await client.list<{ name: string }>("objectstorage.ListBuckets", {
          params: { namespaceName },
          query: { compartmentId },
        });
        return made.some((b) => b.name === name) ? { status: 200, headers: {}, body: {} } : undefined;
      },
    });
  const queueId = await createBy(client, "queue")("CreateQueue", {
    body: { compartmentId, displayName: "orders" },
  });
  const zone = await client.call<ModelOf<"dns-zone">>("dns.CreateZone", {
    body: { migrationSource: "NONE", zoneType: "PRIMARY", name: "example.com", compartmentId },
  });
  const repository = await client.call<ModelOf<"containerrepo">>("artifacts.CreateContainerRepository", {
    body: { compartmentId, displayName: "team/web" },
  });
  const [zoneId, repositoryId] = [zone.body.id, repository.body.id];
  return { ...logs, ...kept, buckets: BUCKETS, queueId, zoneId, repositoryId };
};
