/**
 * Whole life cycles with Terraform and the real OCI provider: what is applied is found unchanged by a plan, and
 * goes without a trace. The configurations have the resources of the provider's own examples `identity`,
 * `object_storage`, `vault_secret`, `networking/vcn_default` and `kms` (signatures).
 */
import { generateKeyPairSync } from "node:crypto";
import { expect } from "vitest";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import { skipFor } from "../support/skip.ts";
import { skipReason, terraformRun } from "./support/terraform.ts";

const { it } = skipFor(skipReason);

const compartment = { compartment_id: WELL_KNOWN.compartments.app };
const region = "us-ashburn-1";

interface LifeCycle {
  variables: Readonly<Record<string, string>>;
  found: Readonly<Record<string, unknown>>;
  /** Whether the provider needs a second apply, because what it calls a create only reads. */
  twice?: boolean;
  /** What a destroy leaves: the provider has no way to remove it. */
  left?: readonly string[];
}

const publicKey = (): string =>
  generateKeyPairSync("rsa", { modulusLength: 2048 })
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();

const lifeCycles: Readonly<Record<string, LifeCycle>> = {
  identity: {
    variables: { ...compartment, tenancy_id: WELL_KNOWN.tenancy, region, public_key: publicKey() },
    found: { users: 1, keys: 1, smtp: 1, sources: 1, home: region, password: "ACTIVE" },
    // Imported standard tags.
    left: ["tagdefinition", "tagdefinition", "tagnamespace"],
  },
  "object-storage": {
    variables: {
      ...compartment,
      tenancy_id: WELL_KNOWN.tenancy,
      region,
      expires: `${new Date().getUTCFullYear() + 1}-12-01T00:00:00Z`,
    },
    // Namespace metadata.
    twice: true,
    found: { content: "<p>hello</p>", length: 12, objects: 2, versions: 1, buckets: 1, s3: true },
  },
  secrets: {
    variables: compartment,
    found: { secrets: 5, name: "engine-named", content: "not a secret", versions: 1 },
  },
  network: { variables: compartment, found: { table: true } },
  signing: { variables: compartment, found: { rsa: true, tampered: false, publicKey: true } },
};

for (const [name, { variables, found, twice, left = [] }] of Object.entries(lifeCycles))
  it(`${name} is applied, found unchanged, and destroyed`, async () => {
    const run = await terraformRun(name, variables);
    try {
      if (twice) await run.apply();
      expect(await run.apply()).toEqual(found);
      await run.expectNoChanges();
      expect(await run.destroy()).toEqual(left);
    } finally {
      await run.close();
    }
  });
