/** A stack, and twenty-odd edits of it as people make them, with what a reviewer must be told. @module */

const T = "ocid1.tenancy.oc1..aaaaaaaatenancy";
const C = "ocid1.compartment.oc1..aaaaaaaaworkload";
const S = "ocid1.compartment.oc1..aaaaaaaasecurity";
const O = "ocid1.compartment.oc1..aaaaaaaaelsewhere";

/** The compartments of the stack's file, and its tenancy. */
export const COMPARTMENTS = { tenancy: T, workload: C, security: S };

/** The stack's file before. */
export const BASE = `config:
  oci:region: us-ashburn-1
  oci:tenancyOcid: ${T}
  keyless:compartmentId: ${C}
  keyless:securityCompartmentId: ${S}
  keyless:name: billing
  keyless:access:
    instance:
      - bucket: reports
        access: read
    clients:
      exporter:
        - bucket: invoices
          access: write
          prefix: 2026/
      agent:
        - metrics: billing
        - raw:
            name: keys
            statement: Allow dynamic-group id <group> to use keys in compartment id ${S} where target.key.id = 'k'
            compartment: ${S}
`;

/** One pull request. */
export interface PullRequest {
  name: string;
  edit: (text: string) => string;
  summary: string;
  /** Every line of the comment that begins with - or +. */
  lines: string[];
}

const replace = (from: string, to: string) => (text: string) => text.replace(from, () => to);

/** The pull requests. */
export const pullRequests: PullRequest[] = [
  {
    name: "widens a raw statement's verb",
    edit: replace("to use keys", "to manage keys"),
    summary: "1 gained",
    lines: [
      `- **dynamic-group billing**: {KEY_BACKUP, KEY_CREATE, KEY_DELETE, KEY_IMPORT, KEY_MOVE, KEY_RESTORE, KEY_ROTATE, KEY_UPDATE} in compartment …security where \`target.key.id = 'k'\`; for example \`BackupKey with target.key.id = 'k'\``,
      `- **info** \`iam/manage-too-wide\` (clients.agent[1]): lets software manage keys, deletion included; name the permissions it needs`,
      `- Allow dynamic-group id <group> to use keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
      `+ Allow dynamic-group id <group> to manage keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
    ],
  },
  {
    name: "narrows a raw statement's verb",
    edit: replace("to use keys", "to read keys"),
    summary: "1 lost",
    lines: [
      `- **dynamic-group billing**: {KEY_DECRYPT, KEY_ENCRYPT, KEY_EXPORT, KEY_SIGN, KEY_VERIFY} in compartment …security where \`target.key.id = 'k'\`; for example \`Decrypt with target.key.id = 'k'\``,
      `- Allow dynamic-group id <group> to use keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
      `+ Allow dynamic-group id <group> to read keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
    ],
  },
  {
    name: "drops a condition",
    edit: replace(" where target.key.id = 'k'", ""),
    summary: "1 gained",
    lines: [
      `- **dynamic-group billing**: use keys in compartment …security where \`any {!target.key.id, target.key.id != 'k'}\`; for example \`Decrypt\``,
      `- Allow dynamic-group id <group> to use keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
      `+ Allow dynamic-group id <group> to use keys in compartment id ${S}   (attached to ${S})`,
    ],
  },
  {
    name: "changes a condition's value",
    edit: replace("target.key.id = 'k'", "target.key.id = 'other'"),
    summary: "1 gained, 1 lost",
    lines: [
      `- **dynamic-group billing**: use keys in compartment …security where \`target.key.id = 'other'\`; for example \`Decrypt with target.key.id = 'other'\``,
      `- **dynamic-group billing**: use keys in compartment …security where \`target.key.id = 'k'\`; for example \`Decrypt with target.key.id = 'k'\``,
      `- Allow dynamic-group id <group> to use keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
      `+ Allow dynamic-group id <group> to use keys in compartment id ${S} where target.key.id = 'other'   (attached to ${S})`,
    ],
  },
  {
    name: "widens a raw statement to the tenancy",
    edit: (t) =>
      t
        .replace(`keys in compartment id ${S}`, "keys in tenancy")
        .replace(`            compartment: ${S}`, `            compartment: ${T}`),
    summary: "2 gained",
    lines: [
      `- **dynamic-group billing**: use keys in the tenancy where \`target.key.id = 'k'\`; for example \`Decrypt with target.key.id = 'k'\``,
      `- **dynamic-group billing**: use keys in compartment …workload where \`target.key.id = 'k'\`; for example \`Decrypt with target.key.id = 'k'\``,
      `- **warning** \`iam/tenancy-wide\` (clients.agent[1]): applies to the whole tenancy; name a compartment if one is meant`,
      `- Allow dynamic-group id <group> to use keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
      `+ Allow dynamic-group id <group> to use keys in tenancy where target.key.id = 'k'   (attached to ${T})`,
    ],
  },
  {
    name: "rule from instance to compartment",
    edit: (t) => `${t}  keyless:selection: compartment\n`,
    summary: "5 gained",
    lines: [
      `- **any other instance in compartment …workload (now in dynamic-group billing)**: use keys in compartment …security where \`target.key.id = 'k'\`; for example \`Decrypt with target.key.id = 'k'\``,
      `- **any other instance in compartment …workload (now in dynamic-group billing)**: {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment …workload where \`all {target.bucket.name = 'invoices', target.object.name = '2026/*'}\`; for example \`CreateMultipartUpload with target.bucket.name = 'invoices', target.object.name = '2026/…'\``,
      `- **any other instance in compartment …workload (now in dynamic-group billing)**: read objects in compartment …workload where \`target.bucket.name = 'reports'\`; for example \`GetObject with target.bucket.name = 'reports'\``,
      `- **any other instance in compartment …workload (now in dynamic-group billing)**: {METRIC_WRITE} in compartment …workload where \`target.metrics.namespace = 'billing'\`; for example \`PostMetricData with target.metrics.namespace = 'billing'\``,
      `- **any other instance in compartment …workload (now in dynamic-group billing)**: {SECRET_BUNDLE_READ} in compartment …security where \`target.secret.id = '<secret>'\`; for example \`GetSecretBundle with target.secret.id = '<secret>'\``,
      "- All {instance.id = '<instance>'}   (selects the stack's instance, and no other)",
      `+ All {instance.compartment.id = '${C}'}   (selects every instance in compartment …workload, not below it)`,
    ],
  },
  {
    name: "rule from instance to tag",
    edit: (t) => `${t}  keyless:selection: tag\n  keyless:tagNamespace: work\n`,
    summary: "5 gained",
    lines: [
      `- **any other instance in compartment …workload (now in dynamic-group billing)**: use keys in compartment …security where \`target.key.id = 'k'\`; for example \`Decrypt with target.key.id = 'k'\``,
      `- **any other instance in compartment …workload (now in dynamic-group billing)**: {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment …workload where \`all {target.bucket.name = 'invoices', target.object.name = '2026/*'}\`; for example \`CreateMultipartUpload with target.bucket.name = 'invoices', target.object.name = '2026/…'\``,
      `- **any other instance in compartment …workload (now in dynamic-group billing)**: read objects in compartment …workload where \`target.bucket.name = 'reports'\`; for example \`GetObject with target.bucket.name = 'reports'\``,
      `- **any other instance in compartment …workload (now in dynamic-group billing)**: {METRIC_WRITE} in compartment …workload where \`target.metrics.namespace = 'billing'\`; for example \`PostMetricData with target.metrics.namespace = 'billing'\``,
      `- **any other instance in compartment …workload (now in dynamic-group billing)**: {SECRET_BUNDLE_READ} in compartment …security where \`target.secret.id = '<secret>'\`; for example \`GetSecretBundle with target.secret.id = '<secret>'\``,
      "- All {instance.id = '<instance>'}   (selects the stack's instance, and no other)",
      `+ All {instance.compartment.id = '${C}', tag.work.role.value = 'billing'}   (selects every instance in compartment …workload with the defined tag work.role = 'billing')`,
    ],
  },
  {
    name: "adds a client",
    edit: (t) => `${t}      mailer:\n        - secret: ocid1.vaultsecret.oc1.iad.aaaaaaaamail\n`,
    summary: "1 gained, 1 gained by clients",
    lines: [
      `- **dynamic-group billing**: {SECRET_BUNDLE_READ} in compartment …security where \`target.secret.id = 'ocid1.vaultsecret.oc1.iad.aaaaaaaamail'\`; for example \`GetSecretBundle with target.secret.id = 'ocid1.vaultsecret.oc1.iad.aaaaaaaamail'\``,
      `- client **mailer** of the proxy: secrets.GetSecretBundle where path.secretId is \`ocid1.vaultsecret.oc1.iad.aaaaaaaamail\``,
      `+ Allow dynamic-group id <group> to {SECRET_BUNDLE_READ} in compartment id ${S} where target.secret.id = 'ocid1.vaultsecret.oc1.iad.aaaaaaaamail'   (attached to ${S})`,
    ],
  },
  {
    name: "removes a client",
    edit: replace(/ {6}agent:[\s\S]*/.exec(BASE)![0], ""),
    summary: "2 lost, 1 lost by clients",
    lines: [
      `- **dynamic-group billing**: use keys in compartment …security where \`target.key.id = 'k'\`; for example \`Decrypt with target.key.id = 'k'\``,
      `- **dynamic-group billing**: {METRIC_WRITE} in compartment …workload where \`target.metrics.namespace = 'billing'\`; for example \`PostMetricData with target.metrics.namespace = 'billing'\``,
      `- client **agent** of the proxy: monitoring.PostMetricData where \`body.metricData.*.namespace\` is \`billing\`, \`body.metricData.*.compartmentId\` is \`${C}\``,
      `- Allow dynamic-group id <group> to {METRIC_WRITE} in compartment id ${C} where target.metrics.namespace = 'billing'   (attached to ${C})`,
      `- Allow dynamic-group id <group> to use keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
    ],
  },
  {
    name: "moves a grant from one client to another",
    edit: (t) =>
      t
        .replace("        - metrics: billing\n", "")
        .replace("          prefix: 2026/\n", "          prefix: 2026/\n        - metrics: billing\n"),
    summary: "1 gained by clients, 1 lost by clients",
    lines: [
      `- client **exporter** of the proxy: monitoring.PostMetricData where \`body.metricData.*.namespace\` is \`billing\`, \`body.metricData.*.compartmentId\` is \`${C}\``,
      `- client **agent** of the proxy: monitoring.PostMetricData where \`body.metricData.*.namespace\` is \`billing\`, \`body.metricData.*.compartmentId\` is \`${C}\``,
    ],
  },
  {
    name: "moves a grant from the app to a client",
    edit: (t) =>
      t
        .replace("      - bucket: reports\n        access: read\n", "")
        .replace("    instance:\n", "    instance: []\n")
        .replace(
          "        - metrics: billing\n",
          "        - metrics: billing\n        - bucket: reports\n          access: read\n",
        ),
    summary: "1 gained by clients",
    lines: [
      `- client **agent** of the proxy: objectstorage.GetObject, objectstorage.HeadObject, objectstorage.ListObjects where path.namespaceName is \`<namespace>\`, path.bucketName is \`reports\``,
    ],
  },
  {
    name: "renames everything: what is there keeps its name",
    edit: replace("keyless:name: billing", "keyless:name: invoicing"),
    summary: "no change of access",
    lines: [],
  },
  {
    name: "reorders",
    edit: (t) =>
      t
        .replace(/ {6}exporter:[\s\S]*?(?= {6}agent:)/, "")
        .concat(/ {6}exporter:[\s\S]*?(?= {6}agent:)/.exec(t)![0]),
    summary: "no change of access",
    lines: [],
  },
  {
    name: "reformats",
    edit: (t) =>
      t.replace(
        "      - bucket: reports\n        access: read\n",
        "      # nightly\n      - { access: read, bucket: 'reports' }\n",
      ),
    summary: "no change of access",
    lines: [],
  },
  {
    name: "respells a raw statement",
    edit: replace(
      "Allow dynamic-group id <group> to use keys",
      "allow  dynamic-group id <group> to USE keys",
    ),
    summary: "no change of access",
    lines: [
      `- Allow dynamic-group id <group> to use keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
      `+ allow  dynamic-group id <group> to USE keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
    ],
  },
  {
    name: "adds tags",
    edit: (t) => `${t}  keyless:freeformTags: { team: billing }\n`,
    summary: "no change of access",
    lines: [],
  },
  {
    name: "read becomes write",
    edit: replace("        access: read", "        access: write"),
    summary: "1 gained, 1 lost",
    lines: [
      `- **dynamic-group billing**: {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment …workload where \`target.bucket.name = 'reports'\`; for example \`CreateMultipartUpload with target.bucket.name = 'reports'\``,
      `- **dynamic-group billing**: read objects in compartment …workload where \`target.bucket.name = 'reports'\`; for example \`GetObject with target.bucket.name = 'reports'\``,
      `- Allow dynamic-group id <group> to {OBJECT_INSPECT, OBJECT_READ} in compartment id ${C} where target.bucket.name = 'reports'   (attached to ${C})`,
      `+ Allow dynamic-group id <group> to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id ${C} where target.bucket.name = 'reports'   (attached to ${C})`,
    ],
  },
  {
    name: "drops a prefix",
    edit: replace("          prefix: 2026/\n", ""),
    summary: "1 gained, 1 gained by clients",
    lines: [
      `- **dynamic-group billing**: {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment …workload where \`all {target.bucket.name = 'invoices', any {!target.object.name, target.object.name != '2026/*'}}\`; for example \`CreateMultipartUpload with target.bucket.name = 'invoices'\``,
      `- client **exporter** of the proxy: objectstorage.PutObject where path.namespaceName is \`<namespace>\`, path.bucketName is \`invoices\``,
      `- Allow dynamic-group id <group> to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id ${C} where all {target.bucket.name = 'invoices', target.object.name = '2026/*'}   (attached to ${C})`,
      `+ Allow dynamic-group id <group> to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id ${C} where target.bucket.name = 'invoices'   (attached to ${C})`,
    ],
  },
  {
    name: "narrows a prefix",
    edit: replace("prefix: 2026/", "prefix: 2026/11/"),
    summary: "1 lost, 1 lost by clients",
    lines: [
      `- **dynamic-group billing**: {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment …workload where \`all {target.bucket.name = 'invoices', all {target.object.name = '2026/*', target.object.name != '2026/11/*'}}\`; for example \`CreateMultipartUpload with target.bucket.name = 'invoices', target.object.name = '2026/…'\``,
      `- client **exporter** of the proxy: objectstorage.PutObject where path.namespaceName is \`<namespace>\`, path.bucketName is \`invoices\`, path.objectName begins with \`2026/\``,
      `- Allow dynamic-group id <group> to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id ${C} where all {target.bucket.name = 'invoices', target.object.name = '2026/*'}   (attached to ${C})`,
      `+ Allow dynamic-group id <group> to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id ${C} where all {target.bucket.name = 'invoices', target.object.name = '2026/11/*'}   (attached to ${C})`,
    ],
  },
  {
    name: "grants another bucket",
    edit: replace(
      "      - bucket: reports\n",
      "      - bucket: archive\n        access: read\n      - bucket: reports\n",
    ),
    summary: "1 gained",
    lines: [
      `- **dynamic-group billing**: read objects in compartment …workload where \`target.bucket.name = 'archive'\`; for example \`GetObject with target.bucket.name = 'archive'\``,
      `+ Allow dynamic-group id <group> to {OBJECT_INSPECT, OBJECT_READ} in compartment id ${C} where target.bucket.name = 'archive'   (attached to ${C})`,
    ],
  },
  {
    name: "moves the workload",
    edit: (t) => `${t}  keyless:workloadCompartmentId: ${O}\n`,
    summary: "3 gained, 3 lost, 1 gained by clients, 1 lost by clients",
    lines: [
      `- **dynamic-group billing**: {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment …lsewhere where \`all {target.bucket.name = 'invoices', target.object.name = '2026/*'}\`; for example \`CreateMultipartUpload with target.bucket.name = 'invoices', target.object.name = '2026/…'\``,
      `- **dynamic-group billing**: read objects in compartment …lsewhere where \`target.bucket.name = 'reports'\`; for example \`GetObject with target.bucket.name = 'reports'\``,
      `- **dynamic-group billing**: {METRIC_WRITE} in compartment …lsewhere where \`target.metrics.namespace = 'billing'\`; for example \`PostMetricData with target.metrics.namespace = 'billing'\``,
      `- client **agent** of the proxy: monitoring.PostMetricData where \`body.metricData.*.namespace\` is \`billing\`, \`body.metricData.*.compartmentId\` is \`${O}\``,
      `- **dynamic-group billing**: {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment …workload where \`all {target.bucket.name = 'invoices', target.object.name = '2026/*'}\`; for example \`CreateMultipartUpload with target.bucket.name = 'invoices', target.object.name = '2026/…'\``,
      `- **dynamic-group billing**: read objects in compartment …workload where \`target.bucket.name = 'reports'\`; for example \`GetObject with target.bucket.name = 'reports'\``,
      `- **dynamic-group billing**: {METRIC_WRITE} in compartment …workload where \`target.metrics.namespace = 'billing'\`; for example \`PostMetricData with target.metrics.namespace = 'billing'\``,
      `- client **agent** of the proxy: monitoring.PostMetricData where \`body.metricData.*.namespace\` is \`billing\`, \`body.metricData.*.compartmentId\` is \`${C}\``,
      `- Allow dynamic-group id <group> to {OBJECT_INSPECT, OBJECT_READ} in compartment id ${C} where target.bucket.name = 'reports'   (attached to ${C})`,
      `- Allow dynamic-group id <group> to {METRIC_WRITE} in compartment id ${C} where target.metrics.namespace = 'billing'   (attached to ${C})`,
      `- Allow dynamic-group id <group> to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id ${C} where all {target.bucket.name = 'invoices', target.object.name = '2026/*'}   (attached to ${C})`,
      `+ Allow dynamic-group id <group> to {OBJECT_INSPECT, OBJECT_READ} in compartment id ${O} where target.bucket.name = 'reports'   (attached to ${O})`,
      `+ Allow dynamic-group id <group> to {METRIC_WRITE} in compartment id ${O} where target.metrics.namespace = 'billing'   (attached to ${O})`,
      `+ Allow dynamic-group id <group> to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id ${O} where all {target.bucket.name = 'invoices', target.object.name = '2026/*'}   (attached to ${O})`,
    ],
  },
  {
    name: "moves to another subnet",
    edit: (t) => `${t}  keyless:subnetId: ocid1.subnet.oc1.iad.aaaaaaaanew\n`,
    summary: "no change of access; replaces instance",
    lines: ["- instance: its subnet cannot change in place"],
  },
  {
    name: "uses an existing group",
    edit: (t) => `${t}  keyless:dynamicGroupId: ocid1.dynamicgroup.oc1..aaaaaaaaothers\n`,
    summary: "5 gained, 5 lost",
    lines: [
      `- **dynamic-group ocid1.dynamicgroup.oc1..aaaaaaaaothers**: use keys in compartment …security where \`target.key.id = 'k'\`; for example \`Decrypt with target.key.id = 'k'\``,
      `- **dynamic-group ocid1.dynamicgroup.oc1..aaaaaaaaothers**: {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment …workload where \`all {target.bucket.name = 'invoices', target.object.name = '2026/*'}\`; for example \`CreateMultipartUpload with target.bucket.name = 'invoices', target.object.name = '2026/…'\``,
      `- **dynamic-group ocid1.dynamicgroup.oc1..aaaaaaaaothers**: read objects in compartment …workload where \`target.bucket.name = 'reports'\`; for example \`GetObject with target.bucket.name = 'reports'\``,
      `- **dynamic-group ocid1.dynamicgroup.oc1..aaaaaaaaothers**: {METRIC_WRITE} in compartment …workload where \`target.metrics.namespace = 'billing'\`; for example \`PostMetricData with target.metrics.namespace = 'billing'\``,
      `- **dynamic-group ocid1.dynamicgroup.oc1..aaaaaaaaothers**: {SECRET_BUNDLE_READ} in compartment …security where \`target.secret.id = '<secret>'\`; for example \`GetSecretBundle with target.secret.id = '<secret>'\``,
      `- **dynamic-group billing**: use keys in compartment …security where \`target.key.id = 'k'\`; for example \`Decrypt with target.key.id = 'k'\``,
      `- **dynamic-group billing**: {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment …workload where \`all {target.bucket.name = 'invoices', target.object.name = '2026/*'}\`; for example \`CreateMultipartUpload with target.bucket.name = 'invoices', target.object.name = '2026/…'\``,
      `- **dynamic-group billing**: read objects in compartment …workload where \`target.bucket.name = 'reports'\`; for example \`GetObject with target.bucket.name = 'reports'\``,
      `- **dynamic-group billing**: {METRIC_WRITE} in compartment …workload where \`target.metrics.namespace = 'billing'\`; for example \`PostMetricData with target.metrics.namespace = 'billing'\``,
      `- **dynamic-group billing**: {SECRET_BUNDLE_READ} in compartment …security where \`target.secret.id = '<secret>'\`; for example \`GetSecretBundle with target.secret.id = '<secret>'\``,
      "- All {instance.id = '<instance>'}   (selects the stack's instance, and no other)",
      "+ ocid1.dynamicgroup.oc1..aaaaaaaaothers   (selects whom its own rule selects: the configuration does not say)",
      `- Allow dynamic-group id <group> to {SECRET_BUNDLE_READ} in compartment id ${S} where target.secret.id = '<secret>'   (attached to ${S})`,
      `- Allow dynamic-group id <group> to {OBJECT_INSPECT, OBJECT_READ} in compartment id ${C} where target.bucket.name = 'reports'   (attached to ${C})`,
      `- Allow dynamic-group id <group> to {METRIC_WRITE} in compartment id ${C} where target.metrics.namespace = 'billing'   (attached to ${C})`,
      `- Allow dynamic-group id <group> to use keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
      `- Allow dynamic-group id <group> to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id ${C} where all {target.bucket.name = 'invoices', target.object.name = '2026/*'}   (attached to ${C})`,
      `+ Allow dynamic-group id ocid1.dynamicgroup.oc1..aaaaaaaaothers to {SECRET_BUNDLE_READ} in compartment id ${S} where target.secret.id = '<secret>'   (attached to ${S})`,
      `+ Allow dynamic-group id ocid1.dynamicgroup.oc1..aaaaaaaaothers to {OBJECT_INSPECT, OBJECT_READ} in compartment id ${C} where target.bucket.name = 'reports'   (attached to ${C})`,
      `+ Allow dynamic-group id ocid1.dynamicgroup.oc1..aaaaaaaaothers to {METRIC_WRITE} in compartment id ${C} where target.metrics.namespace = 'billing'   (attached to ${C})`,
      `+ Allow dynamic-group id ocid1.dynamicgroup.oc1..aaaaaaaaothers to use keys in compartment id ${S} where target.key.id = 'k'   (attached to ${S})`,
      `+ Allow dynamic-group id ocid1.dynamicgroup.oc1..aaaaaaaaothers to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id ${C} where all {target.bucket.name = 'invoices', target.object.name = '2026/*'}   (attached to ${C})`,
    ],
  },
  {
    name: "uses an existing secret",
    edit: (t) => `${t}  keyless:secretId: ocid1.vaultsecret.oc1.iad.aaaaaaaaexisting\n`,
    summary: "1 gained, 1 lost; replaces policy, instance",
    lines: [
      `- **dynamic-group billing**: {SECRET_BUNDLE_READ} in the compartment of the secret where \`target.secret.id = 'ocid1.vaultsecret.oc1.iad.aaaaaaaaexisting'\`; for example \`GetSecretBundle with target.secret.id = 'ocid1.vaultsecret.oc1.iad.aaaaaaaaexisting'\``,
      `- **dynamic-group billing**: {SECRET_BUNDLE_READ} in compartment …security where \`target.secret.id = '<secret>'\`; for example \`GetSecretBundle with target.secret.id = '<secret>'\``,
      "- policy: its compartment cannot change in place",
      "- instance: its signing key cannot change in place",
      `- Allow dynamic-group id <group> to {SECRET_BUNDLE_READ} in compartment id ${S} where target.secret.id = '<secret>'   (attached to ${S})`,
      "+ Allow dynamic-group id <group> to {SECRET_BUNDLE_READ} in compartment id <compartment of the secret> where target.secret.id = 'ocid1.vaultsecret.oc1.iad.aaaaaaaaexisting'   (attached to <compartment of the secret>)",
    ],
  },
  {
    name: "a larger machine",
    edit: (t) => `${t}  keyless:ocpus: "2"\n`,
    summary: "no change of access",
    lines: [],
  },
];
