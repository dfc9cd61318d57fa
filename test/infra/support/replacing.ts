/**
 * Which inputs of a resource cannot change without another one in its place: `ForceNew` in
 * terraform-provider-oci 8.23 (`internal/service/…_resource.go`), in Pulumi's names, of what the program sets.
 * A part of an input stands after a dot.
 */
export const replacing: Readonly<Record<string, readonly string[]>> = {
  "oci:Core/vcn:Vcn": ["dnsLabel"],
  "oci:Core/subnet:Subnet": [
    "vcnId",
    "availabilityDomain",
    "dnsLabel",
    "prohibitInternetIngress",
    "prohibitPublicIpOnVnic",
  ],
  "oci:Core/serviceGateway:ServiceGateway": ["vcnId"],
  "oci:Core/routeTable:RouteTable": ["vcnId"],
  "oci:Core/securityList:SecurityList": ["vcnId"],
  "oci:Core/defaultSecurityList:DefaultSecurityList": ["manageDefaultResourceId"],
  "oci:Core/instance:Instance": [
    "availabilityDomain",
    "createVnicDetails.subnetId",
    "createVnicDetails.assignPrivateDnsRecord",
    "createVnicDetails.privateIp",
    "isPvEncryptionInTransitEnabled",
    "hostnameLabel",
    "launchOptions",
    "platformConfig",
    "preemptibleInstanceConfig",
    "sourceDetails.bootVolumeVpusPerGb",
    // CustomizeDiff: these two keys of the metadata, and no other.
    "metadata.user_data",
    "metadata.ssh_authorized_keys",
  ],
  "oci:Kms/vault:Vault": ["vaultType"],
  "oci:Kms/key:Key": ["keyShape", "managementEndpoint", "protectionMode"],
  "oci:Kms/sign:Sign": [
    "cryptoEndpoint",
    "keyId",
    "keyVersionId",
    "message",
    "messageType",
    "signingAlgorithm",
  ],
  "oci:Vault/secret:Secret": ["keyId", "secretName", "vaultId"],
  "oci:ObjectStorage/bucket:Bucket": ["name", "namespace", "storageTier"],
  "oci:ObjectStorage/storageObject:StorageObject": ["bucket", "namespace", "content", "contentType"],
  "oci:ObjectStorage/preauthrequest:Preauthrequest": [
    "accessType",
    "bucket",
    "name",
    "namespace",
    "timeExpires",
    "objectName",
  ],
  "oci:Identity/dynamicGroup:DynamicGroup": ["compartmentId", "name"],
  "oci:Identity/policy:Policy": ["compartmentId", "name"],
  "oci:Identity/tagNamespace:TagNamespace": ["name"],
  "oci:Identity/tag:Tag": ["name", "tagNamespaceId"],
  "oci:Identity/domainsDynamicResourceGroup:DomainsDynamicResourceGroup": ["idcsEndpoint"],
  "pulumi:providers:oci": [],
};
