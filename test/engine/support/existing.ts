/** Pieces that exist before a stack, made by somebody else. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { keyStatements } from "../../../access/index.ts";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { OciClient } from "../../../oci/client.ts";
import { makeKeys } from "../../support/vault-keys.ts";

/** OCIDs of what exists. */
export interface Existing {
  subnet: string;
  nsg: string;
  vault: string;
  /** One that deployer and services may use. */
  key: string;
  /** An RSA key of the vault. */
  signingKey: string;
  secret: string;
  decoy: string;
  group: string;
}

export interface ExistingArgs {
  client: OciClient;
  tenancyId: string;
  regionId: string;
  network: string;
  security: string;
  /** Names end in it. */
  suffix: string;
}

type OciBody = Record<string, unknown>;

const untilReady = async (read: () => Promise<{ body: OciBody }>): Promise<OciBody> => {
  for (;;) {
    const { body } = await read();
    if (["AVAILABLE", "ACTIVE", "ENABLED"].includes(String(body["lifecycleState"]))) return body;
    await sleep(10);
  }
};

/** Lets deployer and services use a key of theirs, as its owner does. */
const allowKey = async (args: ExistingArgs, keyId: string): Promise<void> => {
  const { client, regionId, security, suffix } = args;
  const statements = keyStatements({
    group: `id ${WELL_KNOWN.groups.Deployers}`,
    keyId,
    compartmentId: security,
    region: regionId,
  });
  await client.call("identity.CreatePolicy", {
    body: { compartmentId: security, name: `theirs-${suffix}`, description: "Theirs", statements },
  });
};

/** Makes them, and waits until they can be used. */
export const makeExisting = async (args: ExistingArgs): Promise<Existing> => {
  const { client, regionId, network, security, suffix } = args;
  const make = async (operation: string, body: OciBody, more: OciBody = {}): Promise<OciBody> =>
    (await client.call(operation, { body, regionId, ...more })).body;
  const vcnId = (
    await make("core.CreateVcn", {
      compartmentId: network,
      cidrBlocks: ["10.8.0.0/16"],
      displayName: "theirs",
    })
  )["id"];
  const inVcn = { compartmentId: network, vcnId };
  await untilReady(() => client.call("core.GetVcn", { params: { vcnId: String(vcnId) }, regionId }));
  const subnet = await make("core.CreateSubnet", { ...inVcn, cidrBlock: "10.8.1.0/24" });
  const nsg = await make("core.CreateNetworkSecurityGroup", inVcn);
  const { vaultId, keys } = await makeKeys(
    client,
    security,
    [
      ["AES", 32],
      ["RSA", 256],
    ],
    regionId,
  );
  const [keyId, signingKey] = keys as [string, string];
  await allowKey(args, keyId);
  const secret = async (role: string): Promise<string> => {
    const body = await make("vault.CreateSecret", {
      compartmentId: security,
      vaultId,
      keyId,
      secretName: `theirs-${role}-${suffix}`,
      enableAutoGeneration: true,
      secretGenerationContext: {
        generationType: "PASSPHRASE",
        generationTemplate: "SECRETS_DEFAULT_PASSWORD",
        passphraseLength: 32,
      },
    });
    const params = { secretId: String(body["id"]) };
    await untilReady(() => client.call("vault.GetSecret", { params, regionId }));
    return params.secretId;
  };
  const group = await client.call("identity.CreateDynamicGroup", {
    body: {
      compartmentId: args.tenancyId,
      name: `theirs-${suffix}`,
      description: "Theirs",
      matchingRule: `All {instance.compartment.id = '${security}'}`,
    },
  });
  return {
    subnet: String(subnet["id"]),
    nsg: String(nsg["id"]),
    vault: vaultId,
    key: keyId,
    signingKey,
    secret: await secret("secret"),
    decoy: await secret("decoy"),
    group: String(group.body["id"]),
  };
};

/** A tag namespace in the tenancy's root with keys in it. */
export const makeTags = async (
  client: OciClient,
  tenancyId: string,
  name: string,
  keys: readonly string[],
): Promise<void> => {
  const { body } = await client.call("identity.CreateTagNamespace", {
    body: { compartmentId: tenancyId, name, description: "Theirs" },
  });
  for (const key of keys)
    await client.call("identity.CreateTag", {
      params: { tagNamespaceId: String(body["id"]) },
      body: { name: key, description: "Theirs" },
    });
};
