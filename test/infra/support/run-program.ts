import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { unwrap } from "../../../engine/unwrap.ts";
import program from "../../../infra/index.ts";
import { replacing } from "./replacing.ts";

/** One registered resource, its inputs without secret envelopes. */
export interface Registered {
  type: string;
  name: string;
  /** URN and id of an explicit provider. */
  provider: string | undefined;
  inputs: Record<string, unknown>;
  /** Inputs as they were sent, with the envelopes. */
  raw: Record<string, unknown>;
  /** Follows from the inputs that replace it: another id is another resource. */
  id: string;
}

/** A run of the program. */
export interface ProgramRun {
  resources: Registered[];
  calls: { token: string; inputs: Record<string, unknown> }[];
  /** Outputs awaited, and which of them are secret. */
  outputs: Record<string, unknown>;
  secretOutputs: string[];
}

const OF = "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffgggggggg";
/** An OCID whose last characters are given. */
export const ocid = (type: string, end: string): string =>
  `ocid1.${type}.oc1.${["tenancy", "compartment"].includes(type) ? "" : "iad"}.${OF}${end}`;

const part = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((v, key) => (v as Record<string, unknown> | undefined)?.[key], value);

const idOf = (type: string, name: string, inputs: Record<string, unknown>): string => {
  const rules = replacing[type];
  if (!rules) throw new Error(`no rules for ${type} in replacing.ts`);
  const seed = JSON.stringify([type, name, ...rules.map((rule) => part(inputs, rule))]);
  return ocid(
    type.split(":").at(-1)!.toLowerCase(),
    createHash("sha256").update(seed).digest("hex").slice(0, 8),
  );
};

type Pair = { publicKey: string; privateKey: string };

/** Kept beside the modules: a test that loads them anew still sees the keys of the same tenancy. */
const kept = globalThis as { keylessTestKeys?: Map<string, Pair> };
kept.keylessTestKeys ??= new Map<string, Pair>();
const pairs = kept.keylessTestKeys;

/** The key pair behind a key version: the same for the same OCID. */
const pairOf = (keyVersionId: string): Pair => {
  const pair =
    pairs.get(keyVersionId) ??
    generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
  pairs.set(keyVersionId, pair);
  return pair;
};

/** A key version's public half, PEM. */
const publicKeyOf = (keyVersionId: string): string => pairOf(keyVersionId).publicKey;

/** The result of the vault's Sign: SHA_256_RSA_PKCS1_V1_5 over the message. */
const signed = ({ message, keyVersionId }: Record<string, unknown>): string =>
  sign("sha256", Buffer.from(String(message), "base64"), pairOf(String(keyVersionId)).privateKey).toString(
    "base64",
  );

const computed = (type: string, id: string, inputs: Record<string, unknown>): Record<string, unknown> => ({
  ...(type.endsWith(":Tag") && { timeCreated: "2026-01-31 12:00:00 +0000 UTC" }),
  ...(type.endsWith(":Bucket") && { bucketId: id.replace(/.{8}$/, "nocasing") }),
  ...(type.endsWith(":Vault") && {
    managementEndpoint: `https://${id.slice(-8)}-management.kms.example`,
    cryptoEndpoint: `https://${id.slice(-8)}-crypto.kms.example`,
  }),
  // The program ignores changes of the protection: the key stays the same one.
  ...(type.endsWith(":Key") && {
    currentKeyVersion: ocid(
      "keyversion",
      `${JSON.stringify(inputs["keyShape"])} ${inputs["managementEndpoint"]}`,
    ),
  }),
  ...(type.endsWith(":Instance") && { bootVolumeId: id.replace(".instance.", ".bootvolume.") }),
  ...(type.endsWith(":Sign") && { signature: signed(inputs) }),
  ...(type.endsWith(":Preauthrequest") && {
    accessUri: `/p/bearer-part/${id.slice(-8)}`,
    fullPath: "secret too",
  }),
  ...(type.endsWith(":DomainsDynamicResourceGroup") && { ocid: ocid("dynamicgroup", "domaingr") }),
});

/** What the hosts of an existing vault begin with. */
const vaultName = (vaultId: unknown): string => (String(vaultId).endsWith("other") ? "other" : "theirs");

/** Results of the data sources, by name; a test may put its own in place of any. */
export const results: Readonly<Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>> =
  {
    getNamespace: () => ({ namespace: "ns" }),
    getAvailabilityDomains: () => ({
      availabilityDomains: [1, 2, 3].map((n) => ({ name: `Uocm:US-ASHBURN-AD-${n}` })),
    }),
    getImages: ({ operatingSystemVersion }) => ({
      images: [
        { id: ocid("image", "custom"), compartmentId: "somebody's", displayName: "Oracle-Linux-9-mine" },
        { id: ocid("image", "gpu"), compartmentId: "", displayName: "Oracle-Linux-9.6-Gen2-GPU-2026" },
        {
          id: ocid("image", `ol${operatingSystemVersion}`),
          compartmentId: "",
          displayName: "Oracle-Linux-9.6",
        },
      ],
    }),
    getShapes: () => ({
      shapes: [
        { name: "VM.Standard.A1.Flex", platformConfigOptions: [] },
        {
          name: "VM.Standard.E5.Flex",
          platformConfigOptions: [{ type: "AMD_VM", secureBootOptions: [{ allowedValues: [true, false] }] }],
        },
      ],
    }),
    getServices: () => ({
      services: [
        { id: "ocid1.service.oc1.iad.storage", cidrBlock: "oci-iad-objectstorage" },
        { id: "ocid1.service.oc1.iad.all", cidrBlock: "all-iad-services-in-oracle-services-network" },
      ],
    }),
    getRegionSubscriptions: () => ({
      regionSubscriptions: [
        { isHomeRegion: false, regionName: "us-phoenix-1" },
        { isHomeRegion: true, regionName: "us-ashburn-1" },
      ],
    }),
    getSecret: () => ({
      compartmentId: ocid("compartment", "main"),
      vaultId: ocid("vault", "theirs"),
      keyId: ocid("key", "theirs"),
    }),
    getVault: ({ vaultId }) => ({
      id: vaultId,
      managementEndpoint: `https://${vaultName(vaultId)}-management.kms.example`,
      cryptoEndpoint: `https://${vaultName(vaultId)}-crypto.kms.example`,
    }),
    getKeys: () => ({ keys: [] }),
    getKey: ({ keyId }) => ({
      id: keyId,
      compartmentId: ocid("compartment", "main"),
      currentKeyVersion: ocid("keyversion", String(keyId).slice(-8)),
      keyShapes: [{ algorithm: "RSA", length: 256 }],
    }),
    getKeyVersion: ({ keyVersionId }) => ({ publicKey: publicKeyOf(String(keyVersionId)) }),
    getInstances: () => ({ instances: [] }),
    getDomain: () => ({ url: "https://idcs-abc.identity.oraclecloud.com:443" }),
    getBucket: () => ({ compartmentId: ocid("compartment", "main") }),
    getLogGroup: () => ({ compartmentId: ocid("compartment", "main") }),
    getLogGroups: () => ({
      logGroups: [{ id: ocid("loggroup", "other") }, { id: ocid("loggroup", "audit") }],
    }),
    getLogs: ({ logGroupId }) => ({
      logs: logGroupId === ocid("loggroup", "audit") ? [{ id: ocid("log", "audit") }] : [],
    }),
    getLog: () => ({ compartmentId: ocid("compartment", "main") }),
    getInstance: () => ({ compartmentId: ocid("compartment", "main") }),
    getCompartment: () => ({ name: "theirs" }),
    // A stack that was never deployed.
    readStackOutputs: () => ({ outputs: {} }),
  };

/** The settings without which there is no stack. */
export const minimal: Readonly<Record<string, string>> = {
  "oci:region": "us-ashburn-1",
  "oci:tenancyOcid": ocid("tenancy", "root"),
  "keyless:compartmentId": ocid("compartment", "main"),
};

const settle = async (
  outputs: Record<string, unknown>,
): Promise<Pick<ProgramRun, "outputs" | "secretOutputs">> => {
  const secretOutputs: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(outputs)) {
    const output = pulumi.output(value);
    if (await pulumi.isSecret(output)) secretOutputs.push(name);
    values[name] = await new Promise((done) => pulumi.unsecret(output).apply(done));
  }
  return { outputs: values, secretOutputs };
};

/** Runs the program on a mock monitor, which makes nothing; everything it registers is kept. */
export const runProgram = async (
  config: Readonly<Record<string, string>>,
  options: {
    secretKeys?: readonly string[];
    results?: typeof results;
    stack?: string;
    /** A preview, in which the outputs of these types are not known. */
    preview?: { unknown: readonly string[] };
    /** Type of the resources that take their time: what depends on them is registered later. */
    slow?: string;
    /** Called with the type of each resource when it is registered. */
    onResource?: (type: string) => void;
  } = {},
): Promise<ProgramRun> => {
  const resources: Registered[] = [];
  const calls: ProgramRun["calls"] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ type, name, provider, inputs: raw, custom }) => {
        if (options.slow && type.endsWith(`:${options.slow}`)) await sleep(200);
        const inputs = unwrap(raw) as Record<string, unknown>;
        if (custom === false || type.startsWith("keyless:")) return { id: undefined, state: raw };
        const id = idOf(type, name, inputs);
        options.onResource?.(type);
        resources.push({ type, name, provider, inputs, raw, id });
        const unknown = options.preview?.unknown.some((end) => type.endsWith(`:${end}`));
        return { id, state: { ...raw, ...(!unknown && computed(type, id, inputs)) } };
      },
      call: ({ token, inputs }) => {
        calls.push({ token, inputs });
        const result = { ...results, ...options.results }[token.split(":").at(-1)!];
        if (!result) throw new Error(`no result for ${token}`);
        return result(inputs);
      },
    },
    "keyless",
    options.stack ?? "dev",
    options.preview !== undefined,
    "organization",
  );
  pulumi.runtime.setAllConfig({ ...config }, [...(options.secretKeys ?? [])]);
  const settled = await settle(await program());
  await pulumi.runtime.disconnect();
  return { resources, calls, ...settled };
};

/** The one resource of a type (and, where there are several, of a name). */
export const only = (run: ProgramRun, type: string, name?: string): Registered => {
  const found = run.resources.filter((r) => r.type.endsWith(`:${type}`) && (!name || r.name === name));
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}`);
  return found[0]!;
};
