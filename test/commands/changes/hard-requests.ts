/** Pull requests whose text says little of what they do, or that are written to be misread. @module */
import { BASE, COMPARTMENTS } from "./pull-requests.ts";

const { tenancy: T, workload: C, security: S } = COMPARTMENTS;

/** One of them. */
export interface HardRequest {
  name: string;
  /** @default the stack of the typical pull requests */
  before?: string;
  /** Undefined: the stack's file is deleted. */
  after: (text: string) => string | undefined;
  summary: string;
  says: string[];
  never?: string[];
}

const raw = (name: string, statement: string, more = ""): string =>
  `        - raw:\n            name: ${name}\n            statement: ${JSON.stringify(statement)}\n            compartment: ${S}\n${more}`;
const onKeys = (condition: string): string =>
  `Allow dynamic-group id <group> to use keys in compartment id ${S} where ${condition}`;
const with_ = (lines: string) => (text: string) => text + lines;

const TAGGED = `${BASE}  keyless:selection: tag\n  keyless:tagNamespace: work\n`;
/** Five variables of nine values each: more combinations than are looked at. */
const manyValues = [
  "target.key.id",
  "request.region",
  "target.vault.id",
  "request.operation",
  "request.networkSource.name",
].map((variable) => `all {${Array.from({ length: 9 }, (_, i) => `${variable} != 'v${i}'`).join(", ")}}`);
const EVIL = "`|@octocat <!-- x --> ```";

export const hardRequests: HardRequest[] = [
  {
    name: "the selecting tag gets another value",
    before: TAGGED,
    after: with_("  keyless:tagValue: other\n"),
    summary: "5 gained, 5 lost",
    says: ["(now in dynamic-group billing)", "(no longer in dynamic-group billing)", "work.role = 'other'"],
  },
  {
    name: "a tag's rule becomes a compartment's",
    before: TAGGED,
    after: (t) =>
      t.replace("selection: tag", "selection: compartment").replace("  keyless:tagNamespace: work\n", ""),
    summary: "5 gained",
    says: ["+ All {instance.compartment.id = "],
  },
  {
    name: "a new tag namespace takes the stack's new name",
    before: `${BASE}  keyless:selection: tag\n`,
    after: (t) => t.replace("keyless:name: billing", "keyless:name: invoicing"),
    summary: "5 gained, 5 lost; replaces tag namespace",
    says: ["tag namespace: its name cannot change in place"],
  },
  {
    name: "one existing secret is swapped for another",
    before: `${BASE}  keyless:secretId: ocid1.vaultsecret.oc1.iad.aaaaone\n`,
    after: (t) => t.replace("aaaaone", "aaaatwo"),
    summary: "1 gained, 1 lost; replaces instance",
    says: ["target.secret.id = 'ocid1.vaultsecret.oc1.iad.aaaatwo'"],
  },
  {
    name: "a client is renamed",
    after: (t) => t.replace("      exporter:", "      exporter2:"),
    summary: "1 gained by clients, 1 lost by clients",
    says: ["client **exporter2**", "client **exporter**"],
  },
  {
    name: "the region moves: the same access, everything else anew",
    after: (t) => t.replace("us-ashburn-1", "us-phoenix-1"),
    summary: "no change of access; replaces network, vault, key, secret, decoy, release bucket, instance",
    says: ["- instance: its region cannot change in place"],
  },
  {
    name: "the region is named for the first time",
    before: BASE.replace("  oci:region: us-ashburn-1\n", ""),
    after: (t) => t.replace("config:\n", "config:\n  oci:region: us-phoenix-1\n"),
    summary: "no change of access",
    says: [],
  },
  {
    name: "the tenancy moves: nothing is what it was",
    after: (t) => t.replace(T, `${T}b`),
    summary:
      "5 gained, 5 lost; replaces dynamic group, policy, network, vault, key, secret, decoy, release bucket, instance",
    says: ["- dynamic group: its tenancy cannot change in place"],
  },
  {
    name: "the tenancy is named for the first time",
    before: BASE.replace(`  oci:tenancyOcid: ${T}\n`, ""),
    after: (t) => t.replace("config:\n", `config:\n  oci:tenancyOcid: ${T}\n`),
    summary: "no change of access",
    says: [],
  },
  {
    name: "two compartments are swapped",
    after: (t) => t.replace(C, "swap").replaceAll(S, C).replace("swap", S),
    summary: "5 gained, 5 lost, 1 gained by clients, 1 lost by clients; replaces policy",
    says: ["{SECRET_BUNDLE_READ} in compartment …workload", "policy: its compartment cannot change in place"],
  },
  {
    name: "a condition is added beside another one",
    after: (t) =>
      t.replace("where target.key.id = 'k'", "where all {target.key.id = 'k', request.region = 'iad'}"),
    summary: "1 lost",
    says: ["where `all {target.key.id = 'k', request.region != 'iad'}`"],
  },
  {
    name: "all becomes any",
    before: BASE.replace(
      "where target.key.id = 'k'",
      "where all {target.key.id = 'k', request.region = 'iad'}",
    ),
    after: (t) => t.replace("where all {", "where any {"),
    summary: "1 gained",
    says: ["use keys in compartment …security where"],
  },
  {
    name: "= becomes !=",
    after: (t) => t.replace("target.key.id = 'k'", "target.key.id != 'k'"),
    summary: "1 gained, 1 lost",
    says: [],
  },
  {
    name: "a tautology in place of a condition",
    after: (t) =>
      t.replace("where target.key.id = 'k'", "where any {target.key.id = 'k', target.key.id != 'k'}"),
    summary: "1 gained",
    says: ["where `target.key.id != 'k'`"],
  },
  {
    name: "a verb in place of the same permissions by name",
    before: BASE.replace("to use keys", "to {KEY_INSPECT, KEY_READ} "),
    after: (t) => t.replace("to {KEY_INSPECT, KEY_READ} ", "to {KEY_READ, KEY_INSPECT} "),
    summary: "no change of access",
    says: [],
  },
  {
    name: "a statement that denies",
    after: with_(raw("no", onKeys("target.key.id = 'k'").replace("Allow", "Deny"))),
    summary: "1 lost",
    says: ["where `target.key.id = 'k'`", "+ Deny dynamic-group id <group> to use keys"],
  },
  {
    name: "everything, in the whole tenancy",
    after: (t) =>
      t + raw("wild", "Allow dynamic-group id <group> to manage all-resources in tenancy").replace(S, T),
    summary: "8 gained",
    says: ["in the tenancy", "… and ", "iam/manage-too-wide"],
  },
  {
    name: "a client gets an operation without any constraint",
    after: with_("            operations: [keymanagement.GetKey]\n"),
    summary: "1 gained by clients",
    says: ["client **agent** of the proxy: keymanagement.GetKey, whatever the request asks for"],
  },
  {
    name: "a value becomes the beginning of values",
    before: `${BASE}            operations: [keymanagement.GetKey]\n            where: { path.keyId: ocid1.key.oc1.iad.x }\n`,
    after: (t) => t.replace("path.keyId: ocid1.key.oc1.iad.x", "path.keyId: { prefix: ocid1.key }"),
    summary: "1 gained by clients",
    says: ["path.keyId begins with `ocid1.key`"],
  },
  {
    name: "a finding is switched off",
    after: with_("  keyless:severities: { raw-grant: off }\n"),
    summary: "no change of access",
    says: ["Findings switched off:", "`raw-grant`"],
  },
  {
    name: "a finding becomes an error",
    after: with_("  keyless:severities: { raw-grant: error }\n"),
    summary: "no change of access",
    says: ["- **error** `raw-grant` (clients.agent[1])"],
  },
  {
    name: "an existing vault and key",
    after: with_(
      "  keyless:vaultId: ocid1.vault.oc1.iad.x.aaaa\n  keyless:keyId: ocid1.key.oc1.iad.x.aaaa\n",
    ),
    summary: "no change of access; replaces secret, decoy, instance",
    says: ["- secret: its vault and its key cannot change in place"],
  },
  {
    name: "more combinations of values than are looked at, reordered",
    before: BASE + raw("big", onKeys(`any {${manyValues.join(", ")}}`)),
    after: (t) => t.replace(manyValues.join(", "), [...manyValues].reverse().join(", ")),
    summary: "2 not to be compared",
    says: ["not wholly compared, its conditions have more combinations of values than are looked at: Allow"],
    never: ["no change of access", "No change of access"],
  },
  {
    name: "a resource type that no table knows",
    after: with_(raw("new", `Allow dynamic-group id <group> to use frobnicators in compartment id ${S}`)),
    summary: "1 not to be compared",
    says: ["look at it yourself"],
  },
  {
    name: "Markdown, a mention and a comment in a condition",
    after: with_(raw("evil", onKeys(`target.key.id = '${EVIL}'`))),
    summary: "1 gained",
    says: [`\`\`\`\`target.key.id = '${EVIL}'\`\`\`\``, "\n````diff\n"],
  },
  {
    name: "Markdown, a mention and a comment in the beginning of names",
    after: (t) => t.replace("prefix: 2026/", 'prefix: "@octocat|`<!-- -->"'),
    summary: "1 gained, 1 lost, 1 gained by clients, 1 lost by clients",
    says: ["path.objectName begins with ``@octocat|`<!-- -->``"],
  },
  {
    name: "the stack is removed",
    after: () => undefined,
    summary: "removed; 5 lost, 2 lost by clients",
    says: ["- All {instance.id = '<instance>'}"],
  },
];
