/** Every call that the real provider was seen to make, in its order: same statuses, every member its SDK requires. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import type { LocalOci } from "../../local/index.ts";
import { matchOperation } from "../../oci/operations/index.ts";
import { startTestOci } from "../support/local-oci.ts";
import { missingMembers } from "../support/required-members.ts";
import { type SignedResponse, signedCall } from "../support/signed-call.ts";

const LOG = new URL("../../data/provider-traffic.log", import.meta.url);

interface Line {
  section: string;
  method: string;
  target: string;
  status: number;
  body?: string;
  token?: string;
}

const read = (): Line[] => {
  let section = "";
  const lines: Line[] = [];
  for (const text of readFileSync(LOG, "utf8").split("\n")) {
    if (text.startsWith("## ")) section = text.slice(3);
    const found = /^([A-Z]+) (.+) -> (\d{3}) sig=OK\[.*?\](?: sha=OK)? \{([^}]*)\}(?: body=(.*))?$/.exec(
      text,
    );
    if (!found) continue;
    const [, method, target, status, headers, body] = found;
    const token = /opc-retry-token=(\S+)/.exec(headers!)?.[1];
    lines.push({
      section,
      method: method!,
      target: target!,
      status: Number(status),
      ...(body !== undefined && { body }),
      ...(token && { token }),
    });
  }
  return lines;
};

/** The log cuts bodies off: how those that it cut go on. */
const CUT: Record<string, (known: (id: string) => string) => unknown> = {
  "CREATE oci_core_route_table": (id) => ({
    compartmentId: id("ocid1.compartment.oc1..aaaacomp"),
    routeRules: [
      {
        destination: "0.0.0.0/0",
        destinationType: "CIDR_BLOCK",
        networkEntityId: id("ocid1.internetgateway.oc1.iad.internetgateway13"),
      },
    ],
    vcnId: id("ocid1.vcn.oc1.iad.vcn6"),
  }),
  "CREATE oci_core_security_list": (id) => ({
    compartmentId: id("ocid1.compartment.oc1..aaaacomp"),
    egressSecurityRules: [{ destination: "0.0.0.0/0", protocol: "all" }],
    ingressSecurityRules: [
      {
        isStateless: false,
        protocol: "6",
        source: "0.0.0.0/0",
        tcpOptions: { destinationPortRange: { max: 22, min: 22 } },
      },
    ],
    vcnId: id("ocid1.vcn.oc1.iad.vcn6"),
  }),
  "CREATE oci_core_subnet": (id) => ({
    cidrBlock: "10.0.1.0/24",
    compartmentId: id("ocid1.compartment.oc1..aaaacomp"),
    displayName: "s",
    dnsLabel: "app",
    routeTableId: id("ocid1.routetable.oc1.iad.routetable25"),
    securityListIds: [id("ocid1.securitylist.oc1.iad.securitylist29")],
    vcnId: id("ocid1.vcn.oc1.iad.vcn6"),
  }),
  "CREATE oci_core_network_security_group_security_rule": () => ({
    securityRules: [
      {
        direction: "INGRESS",
        protocol: "6",
        source: "0.0.0.0/0",
        sourceType: "CIDR_BLOCK",
        tcpOptions: { destinationPortRange: { max: 8080, min: 8080 } },
      },
    ],
  }),
  "CREATE oci_core_instance": (id) => ({
    availabilityDomain: "Uocm:US-ASHBURN-AD-1",
    compartmentId: id("ocid1.compartment.oc1..aaaacomp"),
    createVnicDetails: {
      assignPublicIp: true,
      nsgIds: [id("ocid1.networksecuritygroup.oc1.iad.networksecuritygroup37")],
      subnetId: id("ocid1.subnet.oc1.iad.subnet33"),
    },
    displayName: "i",
    metadata: { user_data: "IyEvYmluL3No" },
    shape: "VM.Standard.A1.Flex",
    shapeConfig: { memoryInGBs: 6, ocpus: 1 },
    sourceDetails: { imageId: id("image"), sourceType: "image" },
  }),
  "CREATE oci_identity_dynamic_group": () => ({
    compartmentId: WELL_KNOWN.tenancy,
    description: "d",
    matchingRule: `ANY {instance.compartment.id = '${WELL_KNOWN.compartments.app}'}`,
    name: "dg",
  }),
  "CREATE oci_identity_policy": () => ({
    compartmentId: WELL_KNOWN.compartments.app,
    description: "d",
    name: "pol",
    statements: [
      `Allow dynamic-group dg to read secret-family in compartment id ${WELL_KNOWN.compartments.app}`,
    ],
  }),
  "CREATE oci_vault_secret": (id) => ({
    compartmentId: id("ocid1.compartment.oc1..aaaacomp"),
    enableAutoGeneration: false,
    keyId: id("ocid1.key.oc1.iad.key81"),
    secretContent: { content: "aGk=", contentType: "BASE64" },
    secretName: "s1",
    vaultId: id("ocid1.vault.oc1.iad.vault76"),
  }),
};

const SERVICES: [RegExp, string][] = [
  [/^\/n(\/|\?|$)/, "objectstorage"],
  [/^\/20200531\//, "logging"],
  [/^\/20180608\/secrets/, "vault"],
  [/^\/20180608\//, "keymanagement"],
];

const names = new Map<string, string>([
  ["ocid1.tenancy.oc1..aaaatenancy", WELL_KNOWN.tenancy],
  ["ocid1.compartment.oc1..aaaacomp", WELL_KNOWN.compartments.app],
]);

const known = (id: string): string => names.get(id) ?? id;

const translated = (text: string): string => {
  const plain = [...names].reduce((t, [theirs, ours]) => t.replaceAll(theirs, ours), text);
  return plain.replace("/n/ns1/", "/n/keylesslocal/").replace("/n/ns1", "/n/keylesslocal");
};

/** The object's id in the log, from the calls that follow a create. */
const idAfter = (lines: Line[], at: number): string | undefined => {
  const collection = lines[at]!.target;
  const next = lines.slice(at + 1).find((l) => l.method !== "POST" && l.target.startsWith(`${collection}/`));
  return next?.target.slice(collection.length + 1).split("?")[0];
};

let oci: LocalOci;
beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0 } });
});
afterAll(() => oci.close());

const learn = async (
  lines: Line[],
  at: number,
  response: SignedResponse,
  vaultUrl: { value: string },
): Promise<void> => {
  const { section, method, target } = lines[at]!;
  if (section === "DATA oci_core_services")
    names.set(
      "ocid1.service.oc1.iad.all",
      response.body.find((s: { name: string }) => s.name.startsWith("All ")).id,
    );
  if (section === "DATA oci_core_images") names.set("image", response.body[0].id);
  if (target.startsWith("/20160918/bootVolumeAttachments"))
    names.set("ocid1.bootvolume.b1", response.body[0].bootVolumeId);
  if (target.startsWith("/20160918/vnicAttachments"))
    names.set("ocid1.vnic.oc1.iad.v1", response.body[0].vnicId);
  if (method === "DELETE" && /orkRequests\//.test(lines[at + 1]?.target ?? "")) {
    names.set(lines[at + 1]!.target.split("/").at(-1)!, response.headers.get("opc-work-request-id")!);
  }
  if (method !== "POST") return;
  if (section === "CREATE oci_core_network_security_group_security_rule")
    names.set('"A41"', JSON.stringify(response.body.securityRules[0].id));
  const work = response.headers.get("opc-work-request-id");
  if (work && response.status === 202) {
    names.set(lines[at + 1]!.target.split("/").at(-1)!, work);
    const status = await signedCall(oci, "logging", "GET", `/20200531/workRequests/${work}`);
    names.set(idAfter(lines, at)!, status.body.resources[0].identifier);
  }
  if (!section.startsWith("CREATE")) return;
  if (section === "CREATE oci_kms_vault") {
    const host = new URL(response.body.managementEndpoint);
    vaultUrl.value = host.origin;
  }
  const theirs = section === "CREATE oci_objectstorage_preauthrequest" ? "PARID+/=100" : idAfter(lines, at);
  const ours = theirs === "PARID+/=100" ? encodeURIComponent(response.body.id) : response.body?.id;
  if (theirs && ours && /^(ocid1\.|PARID)/.test(theirs)) names.set(theirs, ours);
};

test("every call of the provider gets the response that the provider expects", async () => {
  const lines = read();
  expect(lines.length).toBeGreaterThan(100);
  const vaultUrl = { value: "" };
  const wrong: string[] = [];
  for (const [at, line] of lines.entries()) {
    const target = translated(line.target);
    const service =
      SERVICES.find(([pattern]) => pattern.test(target))?.[1] ??
      ["identity", "core"].find((s) => matchOperation(s, line.method, target.split("?")[0]!))!;
    const object = service === "objectstorage" && line.method === "PUT";
    const cut = CUT[line.section];
    const body =
      line.body === undefined
        ? undefined
        : object
          ? Buffer.from(line.body)
          : cut && line.method === "POST"
            ? cut(known)
            : JSON.parse(translated(line.body));
    const onVault = target.startsWith("/20180608/keys");
    const response = await signedCall(oci, service, line.method, target, {
      ...(body !== undefined && { body }),
      ...(onVault && { url: vaultUrl.value }),
      headers: {
        ...(line.token && { "opc-retry-token": line.token }),
        ...(object && { "content-type": "text/plain" }),
      },
    });
    const what = `${line.section}: ${line.method} ${line.target}`;
    if (response.status !== line.status)
      wrong.push(`${what}: ${response.status} ${response.text}, not ${line.status}`);
    else {
      const operation = matchOperation(service, line.method, target.split("?")[0]!)?.operation;
      if (operation && line.status < 300 && response.body !== undefined)
        wrong.push(...missingMembers(operation, response.body).map((m) => `${what}: without ${m}`));
      await learn(lines, at, response, vaultUrl);
    }
  }
  expect(wrong).toEqual([]);
});
