import type { OperationPermissions } from "./types.ts";

const all = (...always: string[]): OperationPermissions => ({ mode: "all", always });

const none: OperationPermissions = { mode: "none", always: [] };

/**
 * Operations whose row in the published table is conditional or missing, written out by hand.
 * Sources: the policy reference pages "Details for the Core Services", "… Object Storage …", "… Logging",
 * "… Vault …" on docs.oracle.com; `unverified` where no page lists the operation and a sibling's row is taken.
 * Keys are `service.Operation`.
 */
export const supplement: Readonly<Record<string, OperationPermissions>> = {
  "objectstorage.GetNamespace": {
    mode: "conditional",
    always: [],
    when: { "with compartmentId": ["OBJECTSTORAGE_NAMESPACE_READ"] },
  },
  "objectstorage.PutObject": {
    mode: "conditional",
    always: ["OBJECT_CREATE"],
    when: { exists: ["OBJECT_OVERWRITE"] },
  },
  "objectstorage.CopyObject": {
    mode: "conditional",
    always: ["OBJECT_READ", "OBJECT_CREATE"],
    when: { exists: ["OBJECT_OVERWRITE"] },
  },
  "core.LaunchInstance": {
    mode: "conditional",
    always: ["INSTANCE_CREATE", "INSTANCE_IMAGE_READ", "VNIC_CREATE", "VNIC_ATTACH", "SUBNET_ATTACH"],
    when: {
      nsg: ["NETWORK_SECURITY_GROUP_UPDATE_MEMBERS", "VNIC_ASSOCIATE_NETWORK_SECURITY_GROUP"],
      "compute cluster": ["COMPUTE_CLUSTER_LAUNCH_INSTANCE"],
    },
  },
  "core.TerminateInstance": {
    mode: "conditional",
    always: ["INSTANCE_DELETE", "VNIC_DELETE", "SUBNET_DETACH"],
    when: { volumes: ["VOLUME_ATTACHMENT_DELETE", "VOLUME_WRITE", "INSTANCE_DETACH_VOLUME"] },
  },
  "core.CreateServiceGateway": {
    mode: "conditional",
    always: ["SERVICE_GATEWAY_CREATE", "VCN_READ", "VCN_ATTACH"],
    when: { "route table": ["ROUTE_TABLE_ATTACH"] },
  },
  "core.CreateRouteTable": {
    mode: "conditional",
    always: ["ROUTE_TABLE_CREATE", "VCN_ATTACH"],
    when: {
      "internet gateway": ["INTERNET_GATEWAY_ATTACH"],
      drg: ["DRG_ATTACH"],
      "private ip": ["PRIVATE_IP_ROUTE_TABLE_ATTACH"],
      lpg: ["LOCAL_PEERING_GATEWAY_ATTACH"],
      "nat gateway": ["NAT_GATEWAY_ATTACH"],
      "service gateway": ["SERVICE_GATEWAY_ATTACH"],
    },
  },
  "core.UpdateRouteTable": {
    mode: "conditional",
    always: ["ROUTE_TABLE_UPDATE"],
    when: {
      "internet gateway": ["INTERNET_GATEWAY_ATTACH", "INTERNET_GATEWAY_DETACH"],
      "nat gateway": ["NAT_GATEWAY_ATTACH", "NAT_GATEWAY_DETACH"],
      "service gateway": ["SERVICE_GATEWAY_ATTACH", "SERVICE_GATEWAY_DETACH"],
    },
  },
  "core.DeleteRouteTable": {
    mode: "conditional",
    always: ["ROUTE_TABLE_DELETE", "VCN_DETACH"],
    when: {
      "internet gateway": ["INTERNET_GATEWAY_DETACH"],
      "nat gateway": ["NAT_GATEWAY_DETACH"],
      "service gateway": ["SERVICE_GATEWAY_DETACH"],
    },
  },
  "core.ListIpv6s": {
    mode: "conditional",
    always: ["IPV6_READ"],
    when: { subnet: ["SUBNET_READ"], vnic: ["VNIC_READ"] },
  },
  "core.GetConsoleHistoryContent": all("CONSOLE_HISTORY_READ", "INSTANCE_READ", "INSTANCE_IMAGE_READ"), // ShowConsoleHistoryData
  "core.ListBootVolumeAttachments": all("VOLUME_ATTACHMENT_INSPECT", "INSTANCE_INSPECT"),
  "core.GetBootVolumeAttachment": all("VOLUME_ATTACHMENT_INSPECT", "INSTANCE_INSPECT"),
  "core.ListServices": none, // unverified: no page lists it; the network services' catalogue is the same for everyone
  "core.GetService": none, // unverified, as ListServices
  // unverified: no page names one. A token from before the policy pulls images after it (issue 5 of Oracle's
  // oke-credential-provider-for-ocir), so that the statement counts where the token is used.
  "containerregistry.GetAccessToken": none,
  "objectstorage.ListRetentionRules": all("BUCKET_READ"), // ListRetentionRule
  "secrets.ListSecretBundleVersions": all("SECRET_BUNDLE_INSPECT"),
  "vault.CancelSecretDeletion": all("SECRET_DELETE"), // as ScheduleSecretDeletion
  "loggingingestion.PutLogs": all("LOG_CONTENT_PUSH"),
  "identity.ListTaggingWorkRequests": all("TAG_NAMESPACE_INSPECT"), // ListTaggingWorkRequest
  "logging.GetWorkRequest": none, // in truth the permissions of the operation that made the work request
  "workrequests.GetWorkRequest": none,
  // Listed on no page; a sibling's row is taken.
  "core.GetImageShapeCompatibilityEntry": all("INSTANCE_IMAGE_READ"), // unverified, as GetImage
  "core.ListImageShapeCompatibilityEntries": all("INSTANCE_IMAGE_READ"), // unverified, as GetImage
  "core.UpdateConsoleHistory": all("CONSOLE_HISTORY_CREATE"), // unverified, as CaptureConsoleHistory
  "core.ListNetworkSecurityGroupVnics": all("NETWORK_SECURITY_GROUP_LIST_MEMBERS"), // unverified
  "identity.CreateCustomerSecretKey": all("USER_UPDATE", "USER_SECRETKEY_ADD"), // CreateSecretKey
  "identity.GetUserUIPasswordInformation": all("USER_READ"), // unverified, as ListAuthTokens
  "identity.UpdateUserCapabilities": all("USER_UPDATE"), // unverified, as UpdateUser
  "identity.ImportStandardTags": all("TAG_NAMESPACE_CREATE"), // unverified, as CreateTagNamespace
  "identity.GetStandardTagTemplate": all("TAG_NAMESPACE_INSPECT"), // unverified, as ListTagNamespaces
  "identity.ListStandardTagNamespaces": all("TAG_NAMESPACE_INSPECT"), // unverified, as ListTagNamespaces
  "identity.ListAllowedDomainLicenseTypes": all("DOMAIN_LICENSETYPE_READ"), // unverified: the permission of that name
  "identity.ListIamWorkRequestErrors": all("IAM_WORKREQUEST_READ"), // unverified, as GetIamWorkRequest
  "keymanagement.ScheduleKeyVersionDeletion": all("KEY_DELETE"), // unverified, as ScheduleKeyDeletion
  "keymanagement.CancelKeyVersionDeletion": all("KEY_DELETE"), // unverified, as CancelKeyDeletion
  // unverified, as GetBootVolume and UpdateBootVolume; the key is a target of its own.
  "core.GetBootVolumeKmsKey": all("VOLUME_INSPECT"),
  "core.UpdateBootVolumeKmsKey": all("VOLUME_UPDATE"),
  "core.DeleteBootVolumeKmsKey": all("VOLUME_UPDATE"),
  "identity.ListWorkRequests": all("COMPARTMENT_READ"), // unverified, as GetWorkRequest
  "logging.ChangeLogLogGroup": all("LOG_GROUP_UPDATE"), // unverified, as UpdateLog
  "objectstorage.ListWorkRequestErrors": all("OBJECT_READ"), // unverified, as GetWorkRequest
  "objectstorage.ListWorkRequestLogs": all("OBJECT_READ"), // unverified, as GetWorkRequest
  "logging.ListWorkRequests": all("LOG_GROUP_INSPECT"), // unverified
  "logging.ListWorkRequestErrors": none, // unverified, as GetWorkRequest
  "logging.ListWorkRequestLogs": none, // unverified, as GetWorkRequest
  "workrequests.ListWorkRequestErrors": none, // unverified, as GetWorkRequest
  "workrequests.ListWorkRequestLogs": none, // unverified, as GetWorkRequest
};
