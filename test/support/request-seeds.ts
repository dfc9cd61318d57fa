/** Requests that are right, for tests that send them with something changed. */
import { WELL_KNOWN } from "../../local/bootstrap.ts";

const compartmentId = WELL_KNOWN.compartments.app;

/** Bodies that are right, of operations that take one: what is sent is one of them with something changed. */
export const seeds = (id: (type: string) => string): Record<string, object> => {
  const owned = { compartmentId, vcnId: id("vcn") };
  const rule = { direction: "EGRESS", protocol: "6", destination: "10.0.0.0/8" };
  const content = { contentType: "BASE64", content: "eA==" };
  const timeExpires = "2090-01-01T00:00:00Z";
  const updateTags = { freeformTags: { a: "b" } };
  const image = { sourceType: "image", imageId: id("image"), bootVolumeSizeInGBs: 50 };
  return {
    CreateVcn: { compartmentId, cidrBlocks: ["10.0.0.0/16"], dnsLabel: "v" },
    AddVcnCidr: { cidrBlock: "10.30.0.0/16" },
    CreateSubnet: { ...owned, cidrBlock: "10.0.9.0/24", prohibitPublicIpOnVnic: true },
    CreateInternetGateway: { ...owned, isEnabled: true },
    CreateNatGateway: owned,
    CreateServiceGateway: { ...owned, services: [{ serviceId: id("service") }] },
    AttachServiceId: { serviceId: id("service") },
    DetachServiceId: { serviceId: id("service") },
    CreateRouteTable: {
      ...owned,
      routeRules: [{ destination: "0.0.0.0/0", networkEntityId: id("internetgateway") }],
    },
    UpdateRouteTable: { routeRules: [] },
    CreateSecurityList: {
      ...owned,
      ingressSecurityRules: [
        { protocol: "6", source: "10.0.0.0/8", tcpOptions: { destinationPortRange: { min: 1, max: 2 } } },
      ],
      egressSecurityRules: [{ protocol: "all", destination: "0.0.0.0/0" }],
    },
    CreateDhcpOptions: { ...owned, options: [{ type: "SearchDomain", searchDomainNames: ["x.example"] }] },
    CreateNetworkSecurityGroup: owned,
    AddNetworkSecurityGroupSecurityRules: { securityRules: [rule] },
    LaunchInstance: {
      compartmentId,
      availabilityDomain: "Uocm:US-ASHBURN-AD-1",
      shape: "VM.Standard.A1.Flex",
      createVnicDetails: { subnetId: id("subnet"), nsgIds: [id("networksecuritygroup")] },
      sourceDetails: image,
      metadata: { user_data: "eA==" },
    },
    UpdateInstance: { displayName: "x", sourceDetails: image, shapeConfig: { ocpus: 2 } },
    UpdateVnic: { nsgIds: [id("networksecuritygroup")], hostnameLabel: "x" },
    CaptureConsoleHistory: { instanceId: id("instance") },
    CreateVault: { compartmentId, displayName: "v", vaultType: "DEFAULT" },
    CreateKey: { compartmentId, displayName: "k", keyShape: { algorithm: "AES", length: 32 } },
    Encrypt: { keyId: id("key"), plaintext: "eA==" },
    GenerateDataEncryptionKey: {
      keyId: id("key"),
      includePlaintextKey: true,
      keyShape: { algorithm: "AES", length: 32 },
    },
    CreateSecret: {
      compartmentId,
      vaultId: id("vault"),
      keyId: id("key"),
      secretName: "s",
      secretContent: content,
    },
    UpdateSecret: { secretContent: content, currentVersionNumber: 1 },
    CreateBucket: { compartmentId, name: "b" },
    UpdateBucket: updateTags,
    RenameObject: { sourceName: "x", newName: "eA==" },
    CopyObject: {
      sourceObjectName: "x",
      destinationRegion: "us-ashburn-1",
      destinationNamespace: "keylesslocal",
      destinationBucket: "bucket",
      destinationObjectName: "y",
    },
    CreateMultipartUpload: { object: "x" },
    CreatePreauthenticatedRequest: { name: "p", accessType: "AnyObjectReadWrite", timeExpires },
    CreateRetentionRule: { displayName: "r", duration: { timeAmount: 1, timeUnit: "DAYS" } },
    CreateLogGroup: { compartmentId, displayName: "x" },
    CreateLog: { displayName: "x", logType: "CUSTOM" },
    PutLogs: {
      specversion: "1.0",
      logEntryBatches: [
        { source: "s", type: "t", defaultlogentrytime: timeExpires, entries: [{ id: "1", data: "x" }] },
      ],
    },
    PostMetricData: {
      metricData: [
        {
          namespace: "mine",
          compartmentId,
          name: "x",
          dimensions: { a: "b" },
          datapoints: [{ timestamp: new Date().toISOString(), value: 1 }],
        },
      ],
    },
    SummarizeMetricsData: { namespace: "mine", query: 'x[1m]{a = "b"}.mean()' },
  };
};

/** Puts a value in place of one member somewhere in a body; nothing for `undefined`. */
export const mutate = (value: unknown, path: readonly number[], by: unknown): unknown => {
  const [at, ...rest] = path;
  if (at === undefined || typeof value !== "object" || value === null) return by;
  const keys = Object.keys(value);
  if (keys.length === 0) return by;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value };
  const key = keys[at % keys.length]!;
  copy[key] = mutate(copy[key], rest, by);
  return copy;
};

/** Types of resources by path parameter, where they differ in more than `Id`. */
const OTHERS: Record<string, string> = {
  ig: "internetgateway",
  rt: "routetable",
  dhcp: "dhcpoptions",
  secret: "vaultsecret",
  instanceConsoleHistory: "consolehistory",
  workRequest: "coreservicesworkrequest",
};

/** The type of the resource that a path parameter names: `vcnId` → `vcn`. */
export const typeOfParameter = (name: string): string => {
  const stem = name.replace(/Id$/, "");
  return Object.hasOwn(OTHERS, stem) ? OTHERS[stem]! : stem.toLowerCase();
};

/** Members that bodies have, and that no body should have. */
export const MEMBERS = [
  "compartmentId",
  "displayName",
  "vcnId",
  "cidrBlock",
  "cidrBlocks",
  "subnetId",
  "routeRules",
  "securityRules",
  "networkEntityId",
  "destination",
  "destinationType",
  "direction",
  "protocol",
  "source",
  "tcpOptions",
  "metadata",
  "extendedMetadata",
  "shape",
  "shapeConfig",
  "ocpus",
  "sourceDetails",
  "sourceType",
  "imageId",
  "createVnicDetails",
  "nsgIds",
  "availabilityDomain",
  "freeformTags",
  "definedTags",
  "keyShape",
  "algorithm",
  "length",
  "vaultType",
  "vaultId",
  "keyId",
  "secretName",
  "secretContent",
  "content",
  "contentType",
  "stage",
  "name",
  "timeOfDeletion",
  "currentVersionNumber",
  "enableAutoGeneration",
  "secretGenerationContext",
  "accessType",
  "objectName",
  "timeExpires",
  "sourceName",
  "newName",
  "partsToCommit",
  "object",
  "logType",
  "metricData",
  "datapoints",
  "dimensions",
  "namespace",
  "query",
  "plaintext",
  "ciphertext",
  "logEntryBatches",
  "entries",
  "instanceId",
  "services",
  "serviceId",
  "securityRuleIds",
  "statements",
  "matchingRule",
  "description",
  "isEnabled",
  "__proto__",
  "constructor",
  "toString",
];
/** Texts that mean something somewhere. */
export const WORDS = [
  "",
  "x",
  "10.0.0.0/16",
  "10.0.0.0/33",
  "999.1.1.1/8",
  "CIDR_BLOCK",
  "image",
  "BASE64",
  "AES",
  "DEFAULT",
  "../..",
  "%00",
  "\u0000",
  "eA==",
  "2030-01-01T00:00:00Z",
  "all",
  "EGRESS",
  "bucket",
  "s",
  "*",
  "ObjectRead",
  "__proto__",
  "VM.Standard.A1.Flex",
  "Uocm:US-ASHBURN-AD-1",
  compartmentId,
];

/** Query parameters. */
export const QUERY = [
  "compartmentId",
  "limit",
  "page",
  "sortBy",
  "sortOrder",
  "fields",
  "prefix",
  "uploadId",
  "uploadPartNum",
  "action",
  "versionNumber",
  "stage",
  "offset",
  "length",
  "vcnId",
  "displayName",
  "start",
  "delimiter",
  "vaultId",
  "secretName",
];
