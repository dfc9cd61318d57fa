/** Further statements, the code that they deserve, or "-" before one that they do not. */
export const CASES: [string, string][] = [
  ["ocid-kind", "Allow group id Ops to read buckets in compartment c"],
  ["ocid-kind", "Allow group A to read buckets in compartment id network"],
  ["-ocid-kind", "Allow group A to read buckets in compartment id ocid1.tenancy.oc1..a"],
  ["tenancy-wide", "Allow group A to read buckets in tenancy where target.bucket.name = 'x'"],
  ["-tenancy-wide", "Allow group A to manage users in tenancy"],
  ["-tenancy-wide", "Allow group A to read buckets in tenancy where target.compartment.id = 'x'"],
  ["-tenancy-wide", "Deny group A to read buckets in tenancy"],
  ["manage-too-wide", "Allow group A to manage all-resources in compartment c"],
  [
    "manage-too-wide",
    "Allow group A to manage objects in compartment c where any {request.operation = 'GetObject', request.operation = 'HeadObject'}",
  ],
  [
    "-manage-too-wide",
    "Allow group A to manage objects in compartment c where request.permission in ('OBJECT_READ', 'OBJECT_DELETE')",
  ],
  ["secrets-for-bundles", "Allow dynamic-group A to read secret-family in compartment c"],
  ["-secrets-for-bundles", "Allow dynamic-group A to read secret-bundles in compartment c"],
  [
    "wildcard-in-quotes",
    "Allow group A to read secret-bundles in compartment c where target.secret.name in ('a', 'db-*')",
  ],
  [
    "-wildcard-in-quotes",
    "Allow group A to read objects in compartment c where target.object.name = 'prod/*'",
  ],
  [
    "-wildcard-in-quotes",
    "Allow group A to read buckets in compartment c where target.resource.tag.a.b = '*'",
  ],
  [
    "tautology",
    "Allow group A to use ons-family in compartment c where any {request.operation != /Create*/, request.operation != /Update*/}",
  ],
  [
    "tautology",
    "Allow group A to read buckets in compartment c where any {target.bucket.name = 'a', target.bucket.name != 'A'}",
  ],
  [
    "-tautology",
    "Allow group A to read buckets in compartment c where any {target.resource.tag.a.b != 'x', target.resource.tag.a.b != 'y'}",
  ],
  [
    "-tautology",
    "Allow group A to read buckets in compartment c where any {target.bucket.name != /a*/, target.bucket.name != /ab*/}",
  ],
  [
    "contradiction",
    "Allow group A to read buckets in compartment c where all {target.bucket.name = 'a', any {target.bucket.name = 'b', target.bucket.name = 'c'}}",
  ],
  [
    "contradiction",
    "Allow group A to read buckets in compartment c where all {target.bucket.name = 'ab', target.bucket.name != /a*/}",
  ],
  [
    "contradiction",
    "Allow group A to read buckets in compartment c where all {target.bucket.name in ('a', 'b'), target.bucket.name not in ('A', 'b')}",
  ],
  [
    "contradiction",
    "Allow group A to read buckets in compartment c where all {!target.bucket.name, target.bucket.name = 'x'}",
  ],
  [
    "contradiction",
    "Deny group A to read buckets in compartment c where all {request.operation = 'GetBucket', request.operation = 'ListBuckets'}",
  ],
  [
    "-contradiction",
    "Allow group A to read buckets in compartment c where all {target.resource.tag.a.b = 'x', target.resource.tag.a.b = 'y'}",
  ],
  [
    "-contradiction",
    "Allow group A to read buckets in compartment c where all {target.bucket.name = /a*/, target.bucket.name = /*b/}",
  ],
  [
    "-contradiction",
    "Allow group A to read buckets in compartment c where any {all {target.bucket.name = 'a', target.bucket.name = 'b'}, target.bucket.name = 'c'}",
  ],
  ["ocid-without-id", "Allow dynamic-group 'ocid1.dynamicgroup.oc1..a' to read buckets in compartment c"],
  [
    "unquoted-value",
    "Allow any-user to manage objects in compartment c where all {request.principal.type = 'x', request.principal.compartment.id = ocid1.compartment.oc1..a}",
  ],
  [
    "-unquoted-value",
    "Allow any-user to manage objects in compartment c where request.principal.id = target.agent.id",
  ],
  ["anybody", "Allow any-group to read buckets in compartment c where target.bucket.name = 'x'"],
  ["-anybody", "Deny any-user to read buckets in compartment c"],
  [
    "any-for-all",
    "Allow group A to manage objects in compartment c where any {target.object.name = 'x', request.permission = 'OBJECT_READ'}",
  ],
  [
    "-any-for-all",
    "Allow group A to manage volumes in compartment c where any {request.permission = 'VOLUME_CREATE', target.resource.tag.a.b = 'x'}",
  ],
  ["variable-never-applies", "Allow group A to manage users in tenancy where target.bucket.name = 'x'"],
  [
    "variable-never-applies",
    "Allow group A to {SECRET_BUNDLE_READ} in compartment c where target.object.name = 'x'",
  ],
  ["-variable-never-applies", "Allow group A to use vaults in compartment c where target.secret.name = 'x'"],
  [
    "never-requested",
    "Allow group A to read buckets in compartment c where request.operation = 'DeleteBucket'",
  ],
  [
    "-never-requested",
    "Allow group A to read buckets in compartment c where request.permission != 'BUCKET_DELETE'",
  ],
  ["deny-never-fires", "Deny group 'Default'/Administrators to read buckets in tenancy"],
  ["-deny-never-fires", "Deny group Administrators, B to read buckets in tenancy"],
  [
    "time-format",
    "Allow group A to read buckets in compartment c where request.utc-timestamp.month-of-year = 'June'",
  ],
  [
    "time-format",
    "Allow group A to read buckets in compartment c where request.utc-timestamp.time-of-day between '9am' and '5pm'",
  ],
  [
    "-time-format",
    "Allow group A to read buckets in compartment c where request.utc-timestamp.time-of-day between '09:00' and '2:01:00Z'",
  ],
  ["unknown-variable", "Allow group A to read buckets in compartment c where request.principle.id = 'x'"],
  [
    "unknown-permission",
    "Allow group A to manage buckets in compartment c where request.permission = 'BUCKET_REED'",
  ],
  ["ocid-kind", "Allow group A to read buckets in compartment id ocid1.vault.oc1..a"],
  ["ocid-kind", "Allow group A to use keys in compartment c where target.key.id = 'ocid1.vault.oc1.iad.a'"],
  ["escalation", "Allow any-user to manage dynamic-groups in tenancy"],
  ["outside-decision", "Admit group A of tenancy T to read buckets in tenancy"],
];
