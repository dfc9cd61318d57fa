/**
 * Requests meant to escape grants as they are declared: each client has the rules that its grants compile to, and
 * asks for what is next to them.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allowRules } from "../../../access/compile.ts";
import { accessSchema } from "../../../access/schema.ts";
import type { ProxyDocument } from "../../../document/schema.ts";
import { attack, noneIsSigned } from "../../support/attack.ts";
import {
  head,
  LOG,
  SECRET,
  SOME_COMPARTMENT,
  startTestProxy,
  type TestProxy,
  VM,
} from "../../support/proxy.ts";

const GROUP = "ocid1.loggroup.oc99.xxt.aaaaaaaagroup";
const other = (id: string): string => `${id.slice(0, -2)}zz`;

const access = accessSchema.parse({
  clients: {
    secret: [{ secret: SECRET }],
    reader: [{ bucket: "exports", access: "read", prefix: "daily/", list: true }],
    writer: [{ bucket: "exports", access: "write", prefix: "daily/" }],
    whole: [{ bucket: "exports", access: "read" }],
    plus: [{ bucket: "exports", access: "read", prefix: "a+b/", list: true }],
    space: [{ bucket: "exports", access: "read", prefix: "my files/", list: true }],
    accent: [{ bucket: "exports", access: "read", prefix: "cafe" }],
    metrics: [{ metrics: "app", compartment: SOME_COMPARTMENT }],
    logs: [{ logs: LOG, group: GROUP }],
    look: [{ instance: VM, access: "read" }],
    power: [{ instance: VM, access: "power" }],
    audit: [{ audit: SOME_COMPARTMENT }],
  },
});
const allowed = allowRules(access, {
  tenancyId: "ocid1.tenancy.oc99..aaaaaaaatenancy",
  groupId: "ocid1.dynamicgroup.oc99..aaaaaaaagroup",
  workloadCompartmentId: SOME_COMPARTMENT,
  namespace: "ns",
  release: { bucketName: "release", objectName: "app.cjs" },
  secret: { id: SECRET, compartmentId: SOME_COMPARTMENT, seen: "stack" },
  decoy: { id: other(SECRET), seen: "stack" },
  vault: { id: "ocid1.vault.oc99.xxt.a", seen: "stack" },
  key: { id: "ocid1.key.oc99.xxt.a", managementEndpoint: "https://x", seen: "stack" },
}) as ProxyDocument["clients"];

const O = "/objectstorage/n/ns/b/exports/o";
const I = "/core/20160918/instances";
const A = "/audit/20190901/auditEvents";
const C = SOME_COMPARTMENT;
const METRICS = "POST /monitoring/20180401/metrics";

/** Request lines that a client's grants allow: what the attempts are variations of. */
const good: Record<string, readonly string[]> = {
  secret: [`GET /secrets/20190301/secretbundles/${SECRET}?stage=CURRENT`],
  reader: [`GET ${O}/daily/a+b`, `HEAD ${O}/daily%2Fx`, `GET ${O}?prefix=daily/&delimiter=%2F&fields=name`],
  writer: [`PUT ${O}/daily/x`, `PUT ${O}/daily/caf%C3%A9`],
  whole: [`GET ${O}/any/thing`, `GET ${O}`, `GET ${O}?prefix=x`],
  plus: [`GET ${O}/a%2Bb/x`, `GET ${O}?prefix=a%2Bb/`],
  space: [`GET ${O}/my%20files/x`, `GET ${O}?prefix=my%20files/`],
  accent: [`GET ${O}/cafes`, `GET ${O}/cafe/%C3%A9`],
  logs: [`POST /loggingingestion/20200831/logs/${LOG}/actions/push`],
  look: [`GET ${I}/${VM}`],
  power: ["START", "STOP", "RESET", "SOFTSTOP", "SOFTRESET"].map((a) => `POST ${I}/${VM}?action=${a}`),
  audit: [`GET ${A}?compartmentId=${C}&startTime=2026-01-01T00:00:00Z&endTime=2026-01-01T01:00:00Z`],
};

const attempts: Record<string, readonly string[]> = {
  secret: [
    `GET /secrets/20190301/secretbundles/%6F${SECRET.slice(1)}`,
    `GET /secrets/20190301/secretbundles/${SECRET.replace(".", "%2E")}`,
    `GET /secrets/20190301/secretbundles/${SECRET}.`,
    `GET /secrets/20190301/secretbundles/.${SECRET}`,
    `GET /secrets/20190301/secretbundles/${SECRET}%CC%81`,
    `GET /secrets/20190301/secretbundles/${SECRET}%E2%80%8D`,
    `GET /secrets/20190301/secretbundles/${SECRET}+`,
    `GET /secrets/20190301/secretbundles/${SECRET}@x`,
    `GET /secrets/20190301/secretbundles/${SECRET}:x`,
    `GET /secrets/20190301/secretbundles/${SECRET}$x`,
    `GET /secrets/20190301/secretbundles/(${SECRET})`,
    `GET /secrets/20190301/secretbundles/'${SECRET}'`,
    `GET /secrets/20190301/secretbundles/*`,
    `GET /secrets/20190301/secretbundles/~${SECRET}`,
    `GET /secrets/20190301/secretbundles/actions/getByName?secretName=x`,
    `POST /secrets/20190301/secretbundles/actions/getByName?secretName=x&vaultId=y`,
    `POST /secrets/20190301/secretbundles/${SECRET}`,
    `GET /secrets/20190301/secretbundles/${SECRET}/versions?limit=1`,
    `GET /secrets/20180608/secretbundles/${SECRET}`,
    `GET /secrets/secretbundles/${SECRET}`,
    `GET /secrets/20190301/20190301/secretbundles/${SECRET}`,
    `GET /vault/20190301/secretbundles/${SECRET}`,
    `GET /SECRETS/20190301/secretbundles/${SECRET}`,
    `GET /secrets./20190301/secretbundles/${SECRET}`,
    `GET /secrets:443/20190301/secretbundles/${SECRET}`,
    `GET /secrets@evil.example/20190301/secretbundles/${SECRET}`,
    `GET /__proto__/20190301/secretbundles/${SECRET}`,
    `GET /constructor/20190301/secretbundles/${SECRET}`,
  ],
  reader: [
    `PUT ${O}/daily/x`,
    `DELETE ${O}/daily/x`,
    `POST ${O}/daily/x`,
    `PATCH ${O}/daily/x`,
    `GET ${O}/daily`,
    `GET ${O}/dail`,
    `GET ${O}/%64aily/x`,
    `GET ${O}/daily%252Fx`,
    `GET ${O}/dAily/x`,
    `GET ${O}/+daily/x`,
    `GET ${O}/%20daily/x`,
    `GET ${O}/daily%20/x`,
    `GET ${O}/daily+/x`,
    `GET ${O}/daily/..%20/x`,
    `GET ${O}/daily/%20../x`,
    `GET ${O}/daily/..%09/x`,
    `GET ${O}/daily/..%C2%A0/x`,
    `GET ${O}/daily/%E2%80%A4%E2%80%A4/x`,
    `GET ${O}/daily/%EF%BC%8F..%EF%BC%8Fx`,
    `GET ${O}/daily/%EF%B9%A8..%EF%B9%A8x`,
    `GET ${O}/daily%EF%BC%8Fx`,
    `GET ${O}/%EF%BD%84aily/x`,
    `GET ${O}/daily/%25252E%25252E/x`,
    `GET ${O}/daily/%f0%80%80%ae%f0%80%80%ae/x`,
    `GET ${O}/daily/%fc%80%80%80%80%ae/x`,
    `GET ${O}?prefix=daily`,
    `GET ${O}?prefix=daily%252F`,
    `GET ${O}?prefix=%64aily/`,
    `GET ${O}?prefix=daily/../`,
    `GET ${O}?prefix=daily/%2E%2E/`,
    `GET ${O}?prefix=daily/%252e%252e/`,
    `GET ${O}?prefix=daily/%5C..%5C`,
    `GET ${O}?prefix=daily/&prefix[]=`,
    `GET ${O}?prefix=daily/&prefix.x=`,
    `GET ${O}?prefix=daily/&pre-fix=`,
    `GET ${O}?prefix=daily/&PREFIX=`,
    `GET ${O}?prefix=daily/&%EF%BD%90refix=`,
    `GET ${O}?prefix=daily/%26prefix=`,
    `GET ${O}?prefix=daily/&delimiter=x%26prefix=`,
    `GET ${O}?prefix=daily/&delimiter=x%2526prefix%253D`,
    `GET ${O}?prefix=daily/&start=x%3Bprefix=`,
    `GET ${O}?prefix=daily/%23&x=1%23prefix=`,
    `GET ${O}?delimiter=/`,
    `GET ${O}?start=a&end=z`,
    `GET /objectstorage/n/ns/b/exports/objectversions?prefix=daily/`,
    `GET /objectstorage/n/ns/b/exports/u?prefix=daily/`,
    `GET /objectstorage/n/ns/b/exports/u/daily/x?uploadId=1`,
    `POST /objectstorage/n/ns/b/exports/u`,
    `PUT /objectstorage/n/ns/b/exports/u/daily/x?uploadId=1&uploadPartNum=1`,
    `GET /objectstorage/n/ns/b/exports/p/`,
    `POST /objectstorage/n/ns/b/exports/p/`,
    `POST /objectstorage/n/ns/b/exports/actions/copyObject`,
    `POST /objectstorage/n/ns/b/exports/actions/renameObject`,
    `POST /objectstorage/n/ns/b/exports/actions/restoreObjects`,
    `POST /objectstorage/n/ns/b/exports/actions/updateObjectStorageTier`,
    `POST /objectstorage/n/ns/b/exports/actions/reencrypt`,
    `GET /objectstorage/n/ns/b/exports/replicationPolicies`,
    `GET /objectstorage/n/NS/b/exports/o/daily/x`,
    `GET /objectstorage/n//b/exports/o/daily/x`,
    `GET /objectstorage/b/exports/o/daily/x`,
    `GET /objectstorage/exports/daily/x`,
    `GET /objectstorage/p/abc/n/ns/b/exports/o/daily/x`,
    `GET /objectstorage/p%2Fabc/n/ns/b/exports/o/daily/x`,
  ],
  writer: [
    `GET ${O}/daily/x`,
    `HEAD ${O}/daily/x`,
    `DELETE ${O}/daily/x`,
    `GET ${O}?prefix=daily/`,
    `PUT ${O}/other/x`,
    `PUT ${O}/daily/../other/x`,
    `PUT ${O}/daily%2F..%2Fother`,
    `PUT ${O}?objectName=daily/x`,
    `PUT ${O}/`,
    `POST /objectstorage/n/ns/b/exports/u`,
    `PUT /objectstorage/n/ns/b/exports/u/daily/x?uploadId=1&uploadPartNum=1`,
    `POST /objectstorage/n/ns/b/exports/u/daily/x?uploadId=1`,
    `DELETE /objectstorage/n/ns/b/exports/u/daily/x?uploadId=1`,
    `PUT ${O}/daily/x?_method=DELETE`,
    `PUT ${O}/daily/x?method=DELETE`,
    `PUT ${O}/daily/x?X-HTTP-Method-Override=DELETE`,
    `PUT ${O}/daily/x?_METHOD=DELETE`,
  ],
  plus: [
    `GET ${O}/a+b/x`,
    `GET ${O}/a%20b/x`,
    `GET ${O}/a%2Bb/x+y`,
    `GET ${O}?prefix=a+b/`,
    `GET ${O}?prefix=a%20b/`,
  ],
  space: [
    `GET ${O}/my+files/x`,
    `GET ${O}/my%2Bfiles/x`,
    `GET ${O}?prefix=my+files/`,
    `GET ${O}/my%C2%A0files/x`,
  ],
  accent: [`GET ${O}/cafe%CC%81/x`, `GET ${O}/caf%C3%A9/x`, `GET ${O}/%EF%BD%83afe/x`],
  logs: [
    `POST /loggingingestion/20200831/logs/${other(LOG)}/actions/push`,
    `POST /loggingingestion/20200831/logs/${LOG}/actions/push/`,
    `POST /loggingingestion/20200831/logs/${LOG}/actions/pull`,
    `POST /loggingingestion/20200831/logs/${LOG},${other(LOG)}/actions/push`,
    `POST /loggingingestion/20200831/logs/${LOG}/actions/push?logId=${other(LOG)}`,
    `POST /loggingingestion/20200831/logs/${LOG}/actions/push?LogId=${other(LOG)}`,
    `POST /loggingingestion/20200831/logs/${LOG}/actions/push?x=%26logId=${other(LOG)}`,
    `PUT /loggingingestion/20200831/logs/${LOG}/actions/push`,
    `GET /logging/20200531/logGroups/${GROUP}/logs/${LOG}`,
    `DELETE /logging/20200531/logGroups/${GROUP}/logs/${LOG}`,
  ],
  look: [
    `POST ${I}/${VM}?action=START`,
    `GET ${I}/${VM}?instanceId=${other(VM)}`,
    `GET ${I}/${VM}?InstanceID=${other(VM)}`,
    `GET ${I}/${VM}?instance-id=${other(VM)}`,
    `GET ${I}/${other(VM)}?instanceId=${VM}`,
    `GET ${I}/%7Binstance%7D`,
    `GET ${I}/self`,
    `GET ${I}/${VM}/devices`,
    `GET ${I}/${VM}%00`,
    `GET ${I}/?instanceId=${VM}`,
    `GET ${I}/${VM}&action=START`,
    `GET /core/20160918/vnicAttachments?compartmentId=${C}&instanceId=${VM}`,
    `GET /core/20160918/instanceConsoleConnections?compartmentId=${C}&instanceId=${VM}`,
    `PUT ${I}/${VM}`,
    `DELETE ${I}/${VM}`,
    `GET ${I}/${VM}?_method=POST&action=START`,
  ],
  power: [
    `GET ${I}/${VM}`,
    `POST ${I}/${VM}`,
    `POST ${I}/${VM}?action=`,
    `POST ${I}/${VM}?action`,
    `POST ${I}/${VM}?action=STOP&action=START`,
    `POST ${I}/${VM}?action=START&action=START`,
    `POST ${I}/${VM}?action=TERMINATE`,
    `POST ${I}/${VM}?action=SENDDIAGNOSTICINTERRUPT`,
    `POST ${I}/${VM}?action=DIAGNOSTICREBOOT`,
    `POST ${I}/${VM}?action=REBOOTMIGRATE`,
    `POST ${I}/${VM}?action=start`,
    `POST ${I}/${VM}?Action=START`,
    `POST ${I}/${VM}?ACTION=START`,
    `POST ${I}/${VM}?action=START&Action=STOP`,
    `POST ${I}/${VM}?action=%53TART`,
    `POST ${I}/${VM}?%61ction=START`,
    `POST ${I}/${VM}?action=START%20`,
    `POST ${I}/${VM}?action=+START`,
    `POST ${I}/${VM}?action=START%0A`,
    `POST ${I}/${VM}?action=START;action=STOP`,
    `POST ${I}/${VM}?action=START%3Baction=STOP`,
    `POST ${I}/${VM}?action=START%26action=STOP`,
    `POST ${I}/${VM}?action=START%23`,
    `POST ${I}/${VM}?action=START,STOP`,
    `POST ${I}/${VM}?action[]=START`,
    `POST ${I}/${VM}?action[0]=START&action[1]=STOP`,
    `POST ${I}/${VM}?action[$ne]=START`,
    `POST ${I}/${VM}?action.x=STOP&action=START`,
    `POST ${I}/${VM}?action%5B%5D=STOP&action=START`,
    `POST ${I}/${VM}?act-ion=STOP&action=START`,
    `POST ${I}/${VM}?x=1%26action=STOP&action=START`,
    `POST ${I}/${VM}?x=1%2526action%253DSTOP&action=START`,
    `POST ${I}/${VM}?action=%EF%BC%B3TART`,
    `POST ${I}/${VM}?acti%EF%BD%8Fn=STOP&action=START`,
    `POST ${I}/${VM}?acti%C5%8Fn=START`,
    `POST ${I}/${VM}?action==START`,
    `POST ${I}/${VM}?action=START=`,
    `POST ${I}/${VM}?&action=START&&action=STOP`,
    `POST ${I}/${VM}?action=START&instanceId=${other(VM)}`,
    `POST ${I}/${VM}?action=START&amp;action=STOP`,
    `POST ${I}/${VM}/actions/START`,
    `POST ${I}/${VM}?action=START?action=STOP`,
    `POST ${I}/${VM}?action=START/../STOP`,
    `POST ${I}/${VM}?a=1&action=START&_method=DELETE`,
    `PUT ${I}/${VM}?action=START`,
    `GET ${I}/${VM}?action=START`,
    `POST ${I}/${other(VM)}?action=START`,
    `POST ${I}/${VM},${other(VM)}?action=START`,
    `POST ${I}?action=START&instanceId=${VM}`,
  ],
  audit: [
    `GET ${A}?compartmentId=${C}&x=1%26compartmentId=other`,
    `GET ${A}?compartmentId=${C}&compartment_id=other`,
    `GET ${A}?compartmentId=${C}&compartment-id=other`,
    `GET ${A}?compartmentId=${C}&compartment.id=other&compartmentId.x=other`,
    `GET ${A}?compartmentId=${C}&Compartment%20Id=other`,
    `GET ${A}?compartmentId=${C}.`,
    `GET ${A}?compartmentId=${C}%E2%80%8B`,
    `GET ${A}?compartmentId=${C.replace("ocid1", "%6Fcid1")}`,
    `GET ${A}?compartmentId=${C}%2526compartmentId%253Dother`,
    `GET ${A}?compartmentId=${C}%7Cother`,
    `GET ${A}/?compartmentId=${C}`,
    `POST ${A}?compartmentId=${C}`,
    `GET /audit/20190901/configuration?compartmentId=${C}`,
  ],
};

/** Bodies of PostMetricData beside those of escapes.test.ts. */
const ok = { namespace: "app", compartmentId: C, name: "n", datapoints: [{ timestamp: "t", value: 1 }] };
const bodies: readonly (string | Buffer)[] = [
  '{"metricData":[]}',
  JSON.stringify({ metricData: [{ ...ok, "name-space": "x" }] }),
  JSON.stringify({ metricData: [{ ...ok, name_space: "x" }] }),
  JSON.stringify({ metricData: [{ ...ok, compartmentID: "x" }] }),
  JSON.stringify({ metricData: [{ ...ok, compartment_id: "x" }] }),
  JSON.stringify({ metricData: [ok], metric_data: [{ ...ok, namespace: "x" }] }),
  JSON.stringify({ metricData: [ok], "metricData ": [{ ...ok, namespace: "x" }] }),
  JSON.stringify({ metricData: [ok], "metricData[]": [{ ...ok, namespace: "x" }] }),
  JSON.stringify({ metricData: [ok], "metricData.0": { namespace: "x" } }),
  JSON.stringify({ metricData: [ok], "\uff4detricData": [{ ...ok, namespace: "x" }] }),
  JSON.stringify({ metricData: [{ ...ok, "name\u017fpace": "x" }] }),
  JSON.stringify({ metricData: [{ ...ok, "namespace\0": "x" }] }),
  JSON.stringify({ metricData: [{ ...ok, "namespace\u200b": "x" }] }),
  JSON.stringify({ metricData: [{ ...ok, namespace: "\uff41pp" }] }),
  JSON.stringify({ metricData: [{ ...ok, namespace: "app\u0301" }] }),
  JSON.stringify({ metricData: [{ ...ok, namespace: "app/../oci_vcn" }] }),
  JSON.stringify({ metricData: [{ ...ok, namespace: true }] }),
  JSON.stringify({ metricData: [{ ...ok, namespace: 0 }] }),
  JSON.stringify({ metricData: [[]] }),
  JSON.stringify({ metricData: [null] }),
  JSON.stringify({ metricData: [ok, {}] }),
  JSON.stringify([{ metricData: [ok] }]),
  `{"metricData":[${JSON.stringify(ok)}],"x":NaN}`,
  `{"metricData":[${JSON.stringify(ok)}],"x":Infinity}`,
  `{"metricData":[${JSON.stringify(ok)}],"x":01}`,
  `{"metricData":[${JSON.stringify(ok)}],"x":'y'}`,
  `{"metricData":[${JSON.stringify(ok)}],"x":"\t"}`,
  `{"metricData":[${JSON.stringify(ok)}],"x":"\\x41"}`,
  `{"metricData":[${JSON.stringify(ok)}],"x":"\\u00"}`,
  `{"metricData":[${JSON.stringify(ok)}]}\0`,
  `\0{"metricData":[${JSON.stringify(ok)}]}`,
  `\x1e{"metricData":[${JSON.stringify(ok)}]}`,
  `{"metricData":[${JSON.stringify(ok)}]}{"metricData":[{"namespace":"x"}]}`,
  `{"metricData":[${JSON.stringify(ok)}]}\n{"metricData":[{"namespace":"x"}]}`,
  `{"metricData":[${JSON.stringify(ok).slice(0, -1)},"namespace":"x"}]}`,
  `{"metricData":[${JSON.stringify(ok).replace("{", '{"\\u006eamespace":"x",')}]}`,
  `{"metricData":[${JSON.stringify(ok)}],"x":${'{"a":'.repeat(70)}1${"}".repeat(70)}}`,
  `${"[".repeat(200_000)}`,
  `${"[".repeat(200_000)}${"]".repeat(200_000)}`,
  Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(JSON.stringify({ metricData: [ok] }), "utf16le")]),
  Buffer.concat([Buffer.from('{"metricData":[],"x":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
  Buffer.concat([Buffer.from('{"metricData":[],"x":"'), Buffer.from([0xc0, 0xa2]), Buffer.from('"}')]),
  Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
];

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy({}, { clients: allowed });
  await t.proxy.ready();
});
afterAll(() => t.close());

const count = Object.values(attempts).flat().length + bodies.length;
it(`has at least 200 attempts (${count})`, () => expect(count).toBeGreaterThanOrEqual(200));

const framed = (line: string, body: string | Buffer = "{}") =>
  line.startsWith("GET") || line.startsWith("HEAD") || line.startsWith("DELETE")
    ? [head(line)]
    : [head(line, `Content-Length: ${Buffer.byteLength(body)}`, "Content-Type: application/json"), body];

describe("what is granted is signed, as it was sent:", () => {
  it.each(Object.keys(good))("%s", async (client) => {
    const { signed, statuses } = await attack(
      t,
      good[client]!.map((line) => framed(line)),
      t.socket(client),
    );
    expect(statuses).toEqual(good[client]!.map(() => 200));
    const sent = good[client]!.map((line) => line.replace(/ \/[a-z]+\//, " /"));
    expect(signed.sort()).toEqual([...sent].sort());
  });

  it("metrics", async () => {
    const { statuses } = await attack(
      t,
      [framed(METRICS, JSON.stringify({ metricData: [ok] }))],
      t.socket("metrics"),
    );
    expect(statuses).toEqual([200]);
  });
});

describe("none is signed of what is next to it:", () => {
  it.each(Object.keys(attempts))("%s", (client) =>
    noneIsSigned(
      t,
      attempts[client]!.map((line) => framed(line)),
      t.socket(client),
    ),
  );

  it("bodies of metrics", () =>
    noneIsSigned(
      t,
      bodies.map((body) => framed(METRICS, body)),
      t.socket("metrics"),
    ));

  it("what another client is granted", async () => {
    const all = Object.entries(good);
    for (const [client] of all) {
      const theirs = all.flatMap(([c, lines]) => (c === client ? [] : lines));
      // Grants that overlap are not another's.
      const others = theirs.filter(
        (line) => !(client === "whole" && /^(GET|HEAD) .*\/exports\/o/.test(line)),
      );
      await noneIsSigned(
        t,
        others.map((line) => framed(line)),
        t.socket(client),
      );
    }
  });
});
