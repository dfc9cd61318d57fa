/** A proxy in gateway of the small OCI, with two clients and a log of its audit. @module */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditLine } from "../../app/proxy/observe/audit.ts";
import { type RunningProxy, startProxy } from "../../app/proxy/proxy.ts";
import { type ProxySettingsInput, readProxySettings } from "../../app/proxy/settings.ts";
import type { ProxyDocument } from "../../document/schema.ts";
import type { SocketAddress } from "./raw.ts";
import { type SmallOci, startSmallOci } from "./small-oci/index.ts";

export const SECRET = "ocid1.vaultsecret.oc99.xxt.aaaaaaaasecret";
export const VM = "ocid1.instance.oc99.xxt.aaaaaaaavm";
export const LOG = "ocid1.log.oc99.xxt.aaaaaaaalog";
export const SOME_COMPARTMENT = "ocid1.compartment.oc99..aaaaaaaasome";

/** Two clients: `app` with something of everything, `other` with one bucket. */
export const DOCUMENT: ProxyDocument = {
  clients: {
    app: {
      allow: [
        {
          grant: `secret ${SECRET}`,
          operations: ["secrets.GetSecretBundle"],
          where: { "path.secretId": SECRET },
        },
        {
          grant: "bucket exports write",
          operations: [
            "objectstorage.PutObject",
            "objectstorage.UploadPart",
            "objectstorage.GetObject",
            "objectstorage.HeadObject",
            "objectstorage.DeleteObject",
          ],
          where: {
            "path.namespaceName": "ns",
            "path.bucketName": "exports",
            "path.objectName": { prefix: "daily/" },
          },
        },
        {
          grant: "bucket exports write",
          operations: ["objectstorage.ListObjects"],
          where: {
            "path.namespaceName": "ns",
            "path.bucketName": "exports",
            "query.prefix": { prefix: "daily/" },
          },
        },
        {
          grant: "metrics app",
          operations: ["monitoring.PostMetricData"],
          where: {
            "body.metricData.*.namespace": "app",
            "body.metricData.*.compartmentId": SOME_COMPARTMENT,
          },
        },
        { grant: "logs", operations: ["loggingingestion.PutLogs"], where: { "path.logId": LOG } },
        { grant: `instance ${VM} read`, operations: ["core.GetInstance"], where: { "path.instanceId": VM } },
        {
          grant: "instance self",
          operations: ["core.GetInstance"],
          where: { "path.instanceId": "{instance}" },
        },
        {
          grant: `instance ${VM} power`,
          operations: ["core.InstanceAction"],
          where: { "path.instanceId": VM, "query.action": "SOFTSTOP" },
        },
        {
          grant: "audit",
          operations: ["audit.ListEvents"],
          where: { "query.compartmentId": SOME_COMPARTMENT },
        },
        { grant: "raw update", operations: ["core.UpdateInstance"], where: { "path.instanceId": VM } },
      ],
    },
    other: {
      allow: [
        {
          grant: "bucket other read",
          operations: ["objectstorage.GetObject"],
          where: { "path.namespaceName": "ns", "path.bucketName": "other" },
        },
      ],
    },
  },
};

/** A running proxy with what tests look at. */
export interface TestProxy {
  oci: SmallOci;
  proxy: RunningProxy;
  dir: string;
  port: number;
  socket: (client: string) => SocketAddress;
  token: (client: string) => string;
  /** Audit lines written so far. */
  audit: () => AuditLine[];
  logged: string[];
  close: () => Promise<void>;
}

/** Starts one; everything is below a directory of its own. */
export const startTestProxy = async (
  settings: ProxySettingsInput = {},
  document: ProxyDocument | undefined = DOCUMENT,
  oci?: SmallOci,
): Promise<TestProxy> => {
  const own = oci ?? (await startSmallOci());
  const dir = mkdtempSync(join(tmpdir(), "keyless-proxy-"));
  const caFile = join(dir, "ca.pem");
  writeFileSync(caFile, own.ca);
  const auditFile = join(dir, "audit.jsonl");
  const logged: string[] = [];
  const proxy = await startProxy(
    readProxySettings({
      sockets: { dir },
      loopback: { port: 0 },
      admin: { port: 0 },
      metadata: { baseUrl: own.metadataUrl },
      ...settings,
      tokens: { dir, ...settings.tokens },
      audit: { to: auditFile, ...settings.audit },
      upstream: { caFile, connectTo: `127.0.0.1:${own.tlsPort}`, ...settings.upstream },
    }),
    { current: document },
    { info: (m) => logged.push(m), error: (m) => logged.push(m) },
  );
  return {
    oci: own,
    proxy,
    dir,
    port: proxy.url ? Number(new URL(proxy.url).port) : 0,
    socket: (client) => ({ path: join(dir, `${client}.sock`) }),
    token: (client) => readFileSync(join(dir, `${client}.token`), "utf8"),
    audit: () =>
      readFileSync(auditFile, "utf8")
        .split("\n")
        .filter((l) => l !== "")
        .map((l) => JSON.parse(l) as AuditLine),
    logged,
    close: async () => {
      await proxy.close();
      if (!oci) await own.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** A request's head: request line, Host, further lines. */
export const head = (line: string, ...headers: string[]): string =>
  `${[`${line} HTTP/1.1`, "Host: localhost", ...headers].join("\r\n")}\r\n\r\n`;
