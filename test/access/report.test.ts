import { expect, test } from "vitest";
import { accessReport, accessSchema, type StackIds } from "../../access/index.ts";

const ids: StackIds = {
  tenancyId: "<tenancy>",
  groupId: "<group>",
  workloadCompartmentId: "<workload compartment>",
  namespace: "<namespace>",
  release: { bucketName: "keyless-dev-release", objectName: "<bundle>" },
  secret: { id: "<secret>", compartmentId: "<security compartment>", seen: "stack" },
  decoy: { id: "<decoy>", seen: "stack" },
  vault: { id: "<vault>", seen: "stack" },
  key: { id: "<key>", managementEndpoint: "<vault's endpoint>", seen: "stack" },
};

test("what reviewers read", () => {
  const access = accessSchema.parse({
    instance: [{ bucket: "reports", access: "read" }],
    clients: {
      "metrics-agent": [{ metrics: "app" }],
      "invoices-export": [{ bucket: "invoices", access: "write", prefix: "2026/" }],
    },
  });
  const matchingRule = "All {instance.id = '<instance>'}";
  expect(accessReport(access, { stack: "dev", ids, matchingRule, context: { tenancyId: "<tenancy>" } })).toBe(
    `# Access of dev

## Who

The members of the dynamic group:

\`\`\`
All {instance.id = '<instance>'}
\`\`\`

## Statements

Attached to <security compartment>:

\`\`\`
Allow dynamic-group id <group> to {SECRET_BUNDLE_READ} in compartment id <security compartment> where target.secret.id = '<secret>'
\`\`\`

Attached to <workload compartment>:

\`\`\`
Allow dynamic-group id <group> to {OBJECT_INSPECT, OBJECT_READ} in compartment id <workload compartment> where target.bucket.name = 'reports'
Allow dynamic-group id <group> to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id <workload compartment> where all {target.bucket.name = 'invoices', target.object.name = '2026/*'}
Allow dynamic-group id <group> to {METRIC_WRITE} in compartment id <workload compartment> where target.metrics.namespace = 'app'
\`\`\`

## The app

- read its own secret
- read objects of the bucket reports, and list its names

## Client invoices-export

- put objects whose names begin with 2026/ into the bucket invoices

## Client metrics-agent

- post metrics to the namespace app

## What the check tries

- read the own secret: allowed
- read the sibling secret's content: refused
- read the secret's metadata: refused
- update the secret: refused
- list the compartment's secrets: refused
- read the vault: refused
- read the key: refused
- read its own instance: refused
- list the compartment's buckets: refused
- list compartments: always
- list the bucket reports: allowed
- put an object into the bucket reports: refused
- read the app's bundle in the release bucket: refused
- invoices-export: put an object into the bucket invoices: allowed
- list the bucket invoices: refused
- put an object into the bucket invoices outside of the prefix: refused
- metrics-agent: post a metric to app: allowed
- post a metric to another namespace: refused
- invoices-export: post a metric to app: refused
- metrics-agent: put an object into the bucket invoices: refused

## Findings

None.
`,
  );
});
