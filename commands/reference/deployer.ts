/**
 * `docs/deployer.md`: the deployer's rights, line by line, and what each line gives beyond its reason.
 * @module
 */
import { deployerStatements, keyStatements } from "../../access/index.ts";
import { code, table } from "./table.ts";

/** The statements with names in place of OCIDs. */
const shown = () =>
  deployerStatements({
    group: "Deployers",
    tenancyId: "<tenancy>",
    compartments: { network: "<network>", security: "<security>", workload: "<workload>" },
    name: "keyless",
  }).map((statement) => ({
    ...statement,
    text: statement.text.replace("compartment id <tenancy>", "tenancy"),
  }));

/** Makes the page. */
export const deployerPage = (): string => `# What the deployer needs

The group that deploys, verifies and removes a stack needs these statements and no others. \`npm run reference\` makes
this page from the table in the code; a test deploys and removes a stack with exactly these, shows which permission each
of them gives to a call that was made, and tries to take over what belongs to others.

- \`keyless\` in \`/keyless*/\` is what the names of your stacks begin with (\`keyless:name\`). Give teams that must not
  touch each other's stacks names that begin differently.
- Leave out the network when \`subnetId\` is set, the vault and key when \`vaultId\` and \`keyId\` are, the lines about
  dynamic groups when \`dynamicGroupId\` is.
- Attach those in the tenancy there, and the others there or in the compartment that they name.

${table(
  ["statement", "for", "what it gives beyond that"],
  shown().map(({ text, why, beyond = "" }) => [code(text), why, beyond]),
)}

## Without rights in the tenancy

Let an administrator make the dynamic group once, and set \`keyless:dynamicGroupId\` to its OCID and \`keyless:homeRegion\`
to the tenancy's home region: then no line in the tenancy is left. The group's rule is its owner's: it has to select the
stack's instances, by their compartment or by a tag.

What remains possible then, and cannot be taken away from who deploys policies: \`manage policies\` in a compartment lets
its holder grant anything in that compartment and those below it, to anybody, himself among them. Give each workload
compartments of its own, with nothing in them that the deployer must not reach.

## With a key of your own

\`keyless:kmsKeyId\` encrypts the release bucket and the boot volume. Where that key lies, the deployer and the two
services need statements of their own, which keyless does not write:

\`\`\`
${keyStatements({ group: "Deployers", keyId: "<key>", compartmentId: "<keys>", region: "<region>" }).join("\n")}
\`\`\`

The key must be an AES key. Without the statements the bucket is refused with \`404 NotAuthorizedOrFoundKmsKey\`, and the
instance with \`404 NotAuthorizedOrNotFound\`. To encrypt what is there already with another key, set \`keyless:kmsKeyId\` to
it: bucket and boot volume are changed in place, and the old key's statements are still needed until that is done.

## The name of a dynamic group in a condition

OCI compares a group's name in every operation on dynamic groups but create and list. Oracle's pages spell the variable
in two ways: the policy reference for identity domains and the list of known issues write \`target.dynamicgroup.name\`,
other pages \`target.dynamic-group.name\`. The first is used here, and has not been tried in a tenancy: a variable that
OCI does not know makes the condition false, so that the first change of the group's rule, or its removal, is refused
with 404. Then write the other one.

## In an identity domain

A group that is not in the Default domain is written with its domain, both in quotes:
\`Allow group 'Domain'/'Deployers' to …\`. So is a dynamic group in the stack's own statements when they name it; those
that keyless writes name its OCID, which needs no domain.

With \`keyless:identityDomain\` the dynamic group is made through the domain's own API. There the statements above are not
known to be enough: the user needs an administrator role of that domain (Identity Domain Administrator can make dynamic
groups) or statements whose condition names the domain (\`target.resource.domain.name\`). Neither has been tried here;
an existing group (\`keyless:dynamicGroupId\`) needs neither.
`;
