import { z } from "zod";
import { findingOf } from "../finding-codes.ts";
import { compartmentId, ocidForm } from "../forms.ts";
import { kind } from "../grant.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** The secret, by OCID. */
  secret: ocidForm("vaultsecret"),
  /** OCID of the secret's compartment. @default the compartment of the stack's own secret */
  compartment: compartmentId.optional(),
});

/** Reading one secret's content by its OCID. */
export const secretGrant = kind<z.infer<typeof schema>>({
  key: "secret",
  schema,
  id: (g) => `secret ${g.secret} read`,
  label: (g) => `read the content of the secret ${g.secret}`,
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.secret.compartmentId;
    const condition = `target.secret.id = '${g.secret}'`;
    return [
      { compartmentId: at, text: groupStatement(ids.groupId, ["SECRET_BUNDLE_READ"], at, [condition]) },
    ];
  },
  allow: (g) => [{ operations: ["secrets.GetSecretBundle"], where: { "path.secretId": g.secret } }],
  probes: (g) => ({
    allowed: [
      {
        name: `secret-${g.secret.slice(-6)}-content`,
        says: "read the granted secret's content",
        operation: "secrets.GetSecretBundle",
        params: { secretId: g.secret },
        target: { id: g.secret, seen: "deployer" },
        expected: "allowed",
      },
    ],
    refused: [
      {
        name: `secret-${g.secret.slice(-6)}-metadata`,
        says: "read the granted secret's metadata",
        operation: "vault.GetSecret",
        params: { secretId: g.secret },
        target: { id: g.secret, seen: "deployer" },
        expected: "refused",
      },
    ],
  }),
  findings: (g, { decoyId }) =>
    g.secret === decoyId
      ? [findingOf("decoy-granted", "the decoy is there to be refused; grant another secret")]
      : [],
  lookups: (g, { compartments }) => [
    {
      operation: "vault.GetSecret",
      params: { secretId: g.secret },
      what: `secret ${g.secret}`,
      expectedCompartment: g.compartment ?? compartments.security,
    },
  ],
});
