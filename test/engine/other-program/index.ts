/** Somebody else's program: the resource types that the recorded traffic of the provider has, and some beside. */
import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import { machine } from "./machine.ts";
import { network } from "./network.ts";

const tenancyId = process.env["OCI_TENANCY_OCID"]!;

export default async () => {
  const { compartments } = await oci.identity.getCompartments({
    compartmentId: tenancyId,
    filters: [{ name: "name", values: ["app"] }],
  });
  const compartmentId = compartments[0]!.id;
  const { namespace } = await oci.objectstorage.getNamespace({ compartmentId: tenancyId });

  const logGroup = new oci.logging.LogGroup("group", { compartmentId, displayName: "group" });
  new oci.logging.Log("log", {
    displayName: "log",
    logGroupId: logGroup.id,
    logType: "CUSTOM",
    retentionDuration: 30,
    isEnabled: true,
  });

  const tags = new oci.identity.TagNamespace("tags", { compartmentId, name: "other", description: "Other" });
  const role = new oci.identity.Tag("role", {
    tagNamespaceId: tags.id,
    name: "role",
    description: "What a machine is for",
    validator: { validatorType: "ENUM", values: ["web", "db"] },
  });
  const tag = pulumi.all([tags.name, role.name]).apply(([space, key]) => ({ [`${space}.${key}`]: "web" }));

  const group = new oci.identity.DynamicGroup("machines", {
    compartmentId: tenancyId,
    name: "other-machines",
    description: "Machines",
    matchingRule: `Any {instance.compartment.id = '${compartmentId}'}`,
  });
  new oci.identity.Policy("policy", {
    compartmentId,
    name: "other-policy",
    description: "What machines may do",
    statements: [
      pulumi.interpolate`Allow dynamic-group ${group.name} to read secret-bundles in compartment app`,
      pulumi.interpolate`allow dynamic-group id ${group.id} to read objects in compartment id ${compartmentId} where target.bucket.name='other'`,
    ],
  });

  const bucket = new oci.objectstorage.Bucket("bucket", {
    compartmentId,
    namespace,
    name: "other",
    metadata: { made: "here" },
    objectEventsEnabled: true,
  });
  const object = new oci.objectstorage.StorageObject("object", {
    namespace,
    bucket: bucket.name,
    object: "dir/hello world.txt",
    content: "hello",
    contentType: "text/plain",
    metadata: { made: "here" },
  });
  const request = new oci.objectstorage.Preauthrequest("request", {
    namespace,
    bucket: bucket.name,
    name: "request",
    accessType: "ObjectRead",
    objectName: object.object,
    timeExpires: "2099-01-01T00:00:00Z",
  });

  const vault = new oci.kms.Vault("vault", { compartmentId, displayName: "other", vaultType: "DEFAULT" });
  const { managementEndpoint } = vault;
  const key = new oci.kms.Key("key", {
    compartmentId,
    displayName: "aes",
    managementEndpoint,
    keyShape: { algorithm: "AES", length: 32 },
    protectionMode: "SOFTWARE",
  });
  new oci.kms.Key("rsa", {
    compartmentId,
    displayName: "rsa",
    managementEndpoint,
    keyShape: { algorithm: "RSA", length: 256 },
  });
  const secret = new oci.vault.Secret("secret", {
    compartmentId,
    vaultId: vault.id,
    keyId: key.id,
    secretName: "other",
    secretContent: { contentType: "BASE64", content: Buffer.from("hello").toString("base64") },
    metadata: { made: "here" },
  });
  const bundle = secret.id.apply((secretId) => oci.secrets.getSecretbundle({ secretId }));

  const placed = await network(compartmentId);
  const vm = await machine({ compartmentId, tenancyId, definedTags: tag, ...placed });
  return {
    content: bundle.apply((b) => Buffer.from(b.secretBundleContents[0]!.content, "base64").toString()),
    privateIp: vm.privateIp,
    publicIp: vm.publicIp,
    uri: request.accessUri,
  };
};
