/** OCI's host names behind the proxy: which are served, with which certificates, and what stands beside it. */
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { ProxyAgent, request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failing, hosts } from "../../../local/gateway/interceptors.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { asUser, callSigned, signedHeaders } from "../../support/raw-request.ts";

let oci: LocalOci;
let dispatcher: ProxyAgent;

beforeAll(async () => {
  oci = await startTestOci();
  const ca = readFileSync(oci.addresses.caFile, "utf8");
  dispatcher = new ProxyAgent({ uri: oci.addresses.proxyUrl, requestTls: { ca } });
});
afterAll(async () => {
  await dispatcher.close();
  await oci.close();
});

const HOSTS = [
  "iaas.us-ashburn-1.oraclecloud.com",
  "identity.us-ashburn-1.oraclecloud.com",
  "identity.us-phoenix-1.oci.oraclecloud.com",
  "auth.us-phoenix-1.oraclecloud.com",
  "kms.us-ashburn-1.oraclecloud.com",
  "abcdefgh-management.kms.us-ashburn-1.oraclecloud.com",
  "abcdefgh-crypto.kms.us-phoenix-1.oraclecloud.com",
  "vaults.us-ashburn-1.oci.oraclecloud.com",
  "secrets.vaults.us-ashburn-1.oci.oraclecloud.com",
  "objectstorage.us-ashburn-1.oraclecloud.com",
  "telemetry.us-ashburn-1.oraclecloud.com",
  "telemetry-ingestion.us-ashburn-1.oraclecloud.com",
  "logging.us-ashburn-1.oci.oraclecloud.com",
  "ingestion.logging.us-ashburn-1.oci.oraclecloud.com",
  "audit.us-ashburn-1.oraclecloud.com",
  "inference.generativeai.us-ashburn-1.oci.oraclecloud.com",
];

test("every host name of the served regions ends in TLS with a certificate of its own", async () => {
  for (const host of HOSTS) {
    const { statusCode, headers, body } = await request(`https://${host}/`, { dispatcher });
    await body.dump();
    expect([host, statusCode]).toEqual([host, 401]);
    expect(headers["opc-request-id"]).toBeTruthy();
  }
});

test("metrics are posted at their own host and nowhere else (SDK documentation of PostMetricData)", async () => {
  const app = "compartmentId=ocid1.compartment.oc1..none";
  const at = async (host: string, target: string, body: string): Promise<string> => {
    const url = `https://${host}.us-ashburn-1.oraclecloud.com`;
    const raw = { method: "POST", target, body };
    const headers = signedHeaders(url, raw, asUser(oci.administrator));
    const response = await request(url + target, { method: "POST", headers, body, dispatcher });
    return ((await response.body.json()) as { code: string }).code;
  };
  const post = (host: string) => at(host, "/20180401/metrics", "{}");
  const list = (host: string) => at(host, `/20180401/metrics/actions/listMetrics?${app}`, "{}");
  expect(await post("telemetry")).toBe("NotFound");
  expect(await post("telemetry-ingestion")).toBe("MissingParameter");
  expect(await list("telemetry-ingestion")).toBe("NotFound");
  expect(await list("telemetry")).toBe("NotAuthorizedOrNotFound");
});

/** The response of the proxy to the head of a request. */
const ask = (head: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket: Socket = connectTcp(Number(new URL(oci.addresses.proxyUrl).port), "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
      if (text.startsWith("HTTP/1.1 200")) socket.destroy();
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
    socket.write(head);
  });

test("every other host, port and method is refused by name", async () => {
  for (const target of [
    "example.com:443",
    "oraclecloud.com:443",
    "iaas.eu-frankfurt-1.oraclecloud.com:443",
    "iaas.us-ashburn-1.oraclecloud.com:80",
    "iaas.us-ashburn-1.oraclecloud.com.example.com:443",
    "x.kms.us-ashburn-1.oraclecloud.com:443",
    "127.0.0.1:22",
    "[::1]:443",
    "localhost:443",
  ]) {
    const response = await ask(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
    expect(response.split("\r\n")[0]).toBe(
      `HTTP/1.1 403 ${target} is not served by the local OCI; plugins and packages: fetch them in a shell without env.sh`,
    );
    expect(response).toContain("us-ashburn-1 and us-phoenix-1");
  }
  expect(await ask("GET http://example.com/ HTTP/1.1\r\nhost: example.com\r\n\r\n")).toMatch(
    /^HTTP\/1.1 403 /,
  );
  expect(await ask("nonsense\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
  const served = await ask("CONNECT iaas.us-ashburn-1.oraclecloud.com:443 HTTP/1.1\r\nhost: x\r\n\r\n");
  expect(served).toMatch(/^HTTP\/1.1 200 /);
});

/** The TLS handshake for a name: the certificate's names, or the error's code. */
const handshake = (servername: string): Promise<string> =>
  new Promise((resolve) => {
    const ca = readFileSync(oci.addresses.caFile);
    const socket: TLSSocket = connectTls(
      { port: oci.addresses.tlsPort, host: "127.0.0.1", servername, ca },
      () => {
        const { subjectaltname } = socket.getPeerCertificate();
        socket.destroy();
        resolve(subjectaltname ?? "");
      },
    );
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });

test("certificates are made for served names only", async () => {
  expect(await handshake("iaas.us-ashburn-1.oraclecloud.com")).toBe("DNS:iaas.us-ashburn-1.oraclecloud.com");
  expect(await handshake("example.com")).toMatch(/^ERR_SSL/);
});

test("service and region follow from the Host header, which is signed", async () => {
  const raw = { method: "GET", target: `/20160918/tenancies/${oci.cloud.tenancy.id}` };
  const via = async (host: string) => {
    const headers = signedHeaders(`https://${host}`, raw, asUser(oci.administrator));
    const { statusCode, body } = await request(`https://${host}${raw.target}`, { dispatcher, headers });
    await body.dump();
    return statusCode;
  };
  expect(await via("identity.us-ashburn-1.oci.oraclecloud.com")).toBe(200);
  expect(await via("identity.us-phoenix-1.oraclecloud.com")).toBe(200);
  expect(await via("iaas.us-ashburn-1.oraclecloud.com")).toBe(404);
});

test("a plain listener stands for one host, and leads to plain listeners of vaults", async () => {
  const [home] = oci.cloud.regions;
  const kms = oci.overrides.urlOf("keymanagement", home);
  const create = {
    method: "POST",
    target: "/20180608/vaults",
    body: JSON.stringify({ compartmentId: oci.cloud.tenancy.id, displayName: "v", vaultType: "DEFAULT" }),
  };
  const vault = JSON.parse((await callSigned(kms, create, asUser(oci.administrator))).text);
  expect(vault.managementEndpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const keys = { method: "GET", target: `/20180608/keys?compartmentId=${oci.cloud.tenancy.id}` };
  expect((await callSigned(vault.managementEndpoint, keys, asUser(oci.administrator))).status).toBe(200);
  // Through the proxy the same vault has its names of OCI.
  const host = "kms.us-ashburn-1.oraclecloud.com";
  const get = { method: "GET", target: `/20180608/vaults/${vault.id}` };
  const headers = signedHeaders(`https://${host}`, get, asUser(oci.administrator));
  const { body } = await request(`https://${host}${get.target}`, { dispatcher, headers });
  expect(((await body.json()) as { managementEndpoint: string }).managementEndpoint).toMatch(
    /^https:\/\/[a-z0-9]+-management\.kms\.us-ashburn-1\.oraclecloud\.com$/,
  );
});

test("a service can be made to fail", async () => {
  oci.interceptors.push(failing(hosts(/^auth\./)));
  const response = await request("https://auth.us-ashburn-1.oraclecloud.com/v1/x509", {
    dispatcher,
    method: "POST",
  });
  expect([response.statusCode, ((await response.body.json()) as { code: string }).code]).toEqual([
    503,
    "ServiceUnavailable",
  ]);
  oci.interceptors.pop();
});
