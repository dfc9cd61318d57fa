import { z } from "zod";
import type { ProbeInput } from "../../document/schema.ts";
import { compartmentId, ocidForm } from "../forms.ts";
import { kind } from "../grant.ts";
import type { Lookup } from "../lookup.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** The key, by OCID. */
  key: ocidForm("key"),
  /** Its vault, by OCID: a key is used at its vault's own host. */
  vault: ocidForm("vault"),
  /** `encrypt`: also data keys; `decrypt`; `sign`. None has another with it. */
  access: z.enum(["encrypt", "decrypt", "sign"]),
  /** OCID of the key's compartment. @default the workload's compartment */
  compartment: compartmentId.optional(),
});
type KeyGrant = z.infer<typeof schema>;

const ACCESS = {
  encrypt: {
    permission: "KEY_ENCRYPT",
    operations: ["keymanagement.Encrypt", "keymanagement.GenerateDataEncryptionKey"],
    label: "encrypt with",
  },
  decrypt: { permission: "KEY_DECRYPT", operations: ["keymanagement.Decrypt"], label: "decrypt with" },
  sign: { permission: "KEY_SIGN", operations: ["keymanagement.Sign"], label: "sign with" },
} as const;

/** Base64 of `keyless`. */
const PLAINTEXT = "a2V5bGVzcw==";

/**
 * Using one key of a vault. Source of permissions and `target.key.id`: policy reference, "Details for the Vault
 * Service". Decrypting and signing are not tried where they are granted: the one wants a ciphertext of the key's, the
 * other the key's algorithm.
 */
export const keyGrant = kind<KeyGrant>({
  key: "key",
  schema,
  id: (g) => `key ${g.key} ${g.access}`,
  label: (g) => `${ACCESS[g.access].label} the key ${g.key}`,
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    const condition = `target.key.id = '${g.key}'`;
    const text = groupStatement(ids.groupId, [ACCESS[g.access].permission], at, [condition]);
    return [{ compartmentId: at, text }];
  },
  allow: (g, ids) => {
    const endpoint = ids.endpoints?.[g.vault];
    return [
      {
        operations: [...ACCESS[g.access].operations],
        where: { "body.keyId": g.key },
        ...(endpoint !== undefined && { endpoint }),
      },
    ];
  },
  probes: (g, ids) => {
    const endpoint = ids.endpoints?.[g.vault];
    const short = g.key.slice(-6);
    const target = { id: g.key, seen: "deployer" } as const;
    const encrypt: ProbeInput = {
      name: `key-${short}-encrypt`,
      says: "encrypt with the key",
      operation: "keymanagement.Encrypt",
      body: { keyId: g.key, plaintext: PLAINTEXT },
      ...(endpoint !== undefined && { endpoint }),
      target,
      expected: g.access === "encrypt" ? "allowed" : "refused",
    };
    const decrypt: ProbeInput = {
      ...encrypt,
      name: `key-${short}-decrypt`,
      says: "decrypt with the key",
      operation: "keymanagement.Decrypt",
      body: { keyId: g.key, ciphertext: PLAINTEXT },
      expected: "refused",
    };
    return g.access === "encrypt"
      ? { allowed: [encrypt], refused: [decrypt] }
      : { allowed: [], refused: [encrypt] };
  },
  lookups: (g, { compartments }): Lookup[] => [
    {
      operation: "keymanagement.GetVault",
      params: { vaultId: g.vault },
      what: `vault ${g.vault}`,
      endpoint: { of: g.vault, member: "cryptoEndpoint" },
    },
    {
      operation: "keymanagement.GetKey",
      params: { keyId: g.key },
      vault: g.vault,
      what: `key ${g.key} in vault ${g.vault}`,
      expectedCompartment: g.compartment ?? compartments.workload,
    },
  ],
  deployerNeeds: [
    { action: "read vaults", why: "vaults of keys that are granted exist", optional: true },
    { action: "read keys", why: "keys that are granted exist", optional: true },
  ],
});
