/**
 * Requests meant to escape the allow rules, or to make proxy and service disagree about what is asked for. Each is
 * sent by raw socket with a client's full credential; nothing but what is granted may arrive signed.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attack, noneIsSigned, refused } from "../../support/attack.ts";
import {
  DOCUMENT,
  head,
  LOG,
  SECRET,
  SOME_COMPARTMENT,
  startTestProxy,
  type TestProxy,
  VM,
} from "../../support/proxy.ts";

const OTHER_SECRET = SECRET.replace("secret", "decoyy");
const OTHER_VM = VM.replace("vm", "xx");
const BUNDLE = "/secrets/20190301/secretbundles";
const OBJECTS = "/objectstorage/n/ns/b/exports/o";

/** Targets of GET requests. */
const targets: Record<string, readonly string[]> = {
  "another resource": [
    `${BUNDLE}/${OTHER_SECRET}`,
    `${BUNDLE}/${SECRET}x`,
    `${BUNDLE}/x${SECRET}`,
    `${BUNDLE}/${SECRET.toUpperCase()}`,
    `${BUNDLE}/${SECRET}%20`,
    `${BUNDLE}/%20${SECRET}`,
    `${BUNDLE}/${SECRET}%00`,
    `${BUNDLE}/${SECRET}%00.txt`,
    `${BUNDLE}/${SECRET}%0a`,
    `${BUNDLE}/${SECRET}%0d%0aHost:%20x`,
    `${BUNDLE}/${SECRET},${OTHER_SECRET}`,
    `${BUNDLE}/${SECRET}/versions`,
    `${BUNDLE}/`,
    BUNDLE,
    `${BUNDLE}?secretId=${SECRET}`,
    "/vault/20180608/secrets",
    `/vault/20180608/secrets/${SECRET}`,
    `/core/20160918/instances/${OTHER_VM}`,
    "/core/20160918/instances",
    `/core/20160918/instances?instanceId=${VM}`,
    "/identity/20160918/compartments",
    `/identity/20160918/compartments/${SOME_COMPARTMENT}`,
    "/identity/20160918/users",
    "/identity/20160918/policies",
    "/objectstorage/n",
    "/objectstorage/n/",
    "/objectstorage/n/ns/b",
    "/objectstorage/n/ns/b/exports",
    "/objectstorage/n/ns/b/exports/p",
    `${OBJECTS}/hourly/x`,
    `${OBJECTS}/Daily/x`,
    `${OBJECTS}/daily`,
    `${OBJECTS}/daily%5cx`,
    `${OBJECTS}/%64aily/../x`,
    "/objectstorage/n/other/b/exports/o/daily/x",
    "/objectstorage/n/ns/b/Exports/o/daily/x",
    "/objectstorage/n/ns/b/exports%20/o/daily/x",
    "/objectstorage/n/ns%2Fb%2Fsalaries/b/exports/o/daily/x",
    "/objectstorage/n/ns/b/exports%2Fo%2Fx/o/daily/x",
    "/objectstorage/n/ns/b/exports%252f..%252fsalaries/o/daily/x",
    `/objectstorage/p/token/n/ns/b/exports/o/daily/x`,
    `/objectstorage/%70/token/n/ns/b/exports/o/daily/x`,
    `/objectstorage/P/token/n/ns/b/exports/o/daily/x`,
  ],
  "dot segments": [
    `${BUNDLE}/${SECRET}/../${OTHER_SECRET}`,
    `${BUNDLE}/../secretbundles/${SECRET}`,
    `${BUNDLE}/./${SECRET}`,
    `${BUNDLE}/${SECRET}/.`,
    `${BUNDLE}/${SECRET}/..`,
    `${BUNDLE}/${SECRET}%2f..%2f${OTHER_SECRET}`,
    `${BUNDLE}/${SECRET}%2F%2E%2E%2F${OTHER_SECRET}`,
    `/core/../secrets/20190301/secretbundles/${SECRET}`,
    `/./secrets/20190301/secretbundles/${SECRET}`,
    `/../secrets/20190301/secretbundles/${SECRET}`,
    `/secrets/../secrets/20190301/secretbundles/${SECRET}`,
    `${OBJECTS}/daily/../hourly/x`,
    `${OBJECTS}/daily/..`,
    `${OBJECTS}/daily/.`,
    `${OBJECTS}/daily/./x`,
    `${OBJECTS}/daily/%2e%2e/x`,
    `${OBJECTS}/daily/%2e./x`,
    `${OBJECTS}/daily/.%2E/x`,
    `${OBJECTS}/daily/%2e/x`,
    `${OBJECTS}/daily%2f..%2fx`,
    `${OBJECTS}/daily%2F%2e%2e%2Fx`,
    `${OBJECTS}/daily/%252e%252e/x`,
    `${OBJECTS}/daily/%252e%252e%252fx`,
    `${OBJECTS}/daily/%25252e%25252e%25252fx`,
    `${OBJECTS}/daily/%2525252525252e%2525252525252e/x`,
    `${OBJECTS}/daily/..%2fx`,
    `${OBJECTS}/daily/..%5cx`,
    `${OBJECTS}/daily/..%255cx`,
    `${OBJECTS}/daily/..\\x`,
    `${OBJECTS}/daily\\..\\x`,
    `${OBJECTS}/daily/%5c..%5cx`,
    `${OBJECTS}/daily/..;/x`,
    `${OBJECTS}/daily/..;a=b/x`,
    `${OBJECTS}/daily/..%3b/x`,
    `${OBJECTS}/daily/%c0%ae%c0%ae/x`,
    `${OBJECTS}/daily/%e0%80%ae%e0%80%ae/x`,
    `${OBJECTS}/daily/%uff0e%uff0e/x`,
    `${OBJECTS}/daily/%ef%bc%8e%ef%bc%8e/x`,
    `${OBJECTS}/daily/%e2%80%a5/x`,
    `${OBJECTS}/daily/%ef%bc%8e%ef%bc%8e%ef%bc%8fx`,
    `${OBJECTS}/daily/..%2f..%2f..%2f..%2f..%2fn/ns/b/salaries/o/x`,
    `${OBJECTS}/daily/../../../salaries/o/x`,
    `${OBJECTS}/daily/.../../x`,
    `${OBJECTS}/daily/..?x`,
    `${OBJECTS}/daily/..%3f/x`,
    `${OBJECTS}/daily/..%23/x`,
  ],
  "encodings and empty segments": [
    `/%73ecrets/20190301/secretbundles/${SECRET}`,
    `/secrets/2019030%31/secretbundles/${SECRET}`,
    `/secrets/20190301/secretbundle%73/${SECRET}`,
    `/secrets%2F20190301/secretbundles/${SECRET}`,
    `/Secrets/20190301/secretbundles/${SECRET}`,
    `/secrets/20190301/SecretBundles/${SECRET}`,
    `/secrets//20190301/secretbundles/${SECRET}`,
    `//secrets/20190301/secretbundles/${SECRET}`,
    `/secrets/20190301//secretbundles/${SECRET}`,
    `${BUNDLE}//${SECRET}`,
    `${BUNDLE}/${SECRET}/`,
    `${BUNDLE}/${SECRET}//`,
    `${BUNDLE}/${SECRET}%2F`,
    `${BUNDLE}/${SECRET}%`,
    `${BUNDLE}/${SECRET}%2`,
    `${BUNDLE}/${SECRET}%zz`,
    `${BUNDLE}/${SECRET}%u002f`,
    `${BUNDLE}/${SECRET}%ff`,
    `${BUNDLE}/${SECRET}%c3%28`,
    `${BUNDLE}/${SECRET}%ed%a0%80`,
    `${BUNDLE}/${SECRET}%ef%bb%bf`,
    `${BUNDLE}/%ef%bb%bf${SECRET}`,
    `${BUNDLE}/${SECRET}%e2%80%8b`,
    `${BUNDLE}/${SECRET}\u00a0`,
    `${BUNDLE}/${SECRET}\u00ff`,
    `${BUNDLE}/${SECRET}\x01`,
    `${BUNDLE}/${SECRET}\x7f`,
    `${BUNDLE}/${SECRET}\t`,
    `${BUNDLE}/${SECRET}#fragment`,
    `${BUNDLE}/${SECRET}#/../${OTHER_SECRET}`,
    `${BUNDLE}/${SECRET}%23x`,
    `${BUNDLE}/${SECRET}%3Fx`,
    `${BUNDLE}/${SECRET}|x`,
    `${BUNDLE}/${SECRET}<x`,
    `${BUNDLE}/${SECRET}"x`,
    `${BUNDLE}/${SECRET}{x}`,
    `${BUNDLE}/${SECRET}^x`,
    `${BUNDLE}/${SECRET}\`x`,
    `${OBJECTS}//daily/x`,
    `${OBJECTS}/daily//x`,
    `${OBJECTS}/%2Fdaily/x`,
    `${OBJECTS}/daily/%00`,
    `${OBJECTS}/daily/%0a`,
    `${OBJECTS}/daily/%2500`,
    `${OBJECTS}/daily/%250a`,
    `${OBJECTS}/daily/%7f`,
    `${OBJECTS}/daily/%c2%85`,
    `${OBJECTS}/daily/x\\y`,
    "/",
    "/secrets",
    "/secrets/",
    "/secrets?x",
    "",
    "*",
    "secrets/20190301/secretbundles",
  ],
  "matrix parameters": [
    `${BUNDLE};a=b/${SECRET}`,
    `${BUNDLE}/${SECRET};a=b`,
    `${BUNDLE}/${SECRET};${OTHER_SECRET}`,
    `${BUNDLE}/${OTHER_SECRET};${SECRET}`,
    `${BUNDLE}/${SECRET}%3ba=b`,
    `/secrets;x/20190301/secretbundles/${SECRET}`,
    `/secrets/20190301;x/secretbundles/${SECRET}`,
    `${OBJECTS}/daily/x;/../../y`,
    `${OBJECTS}/daily;x/y`,
    `${OBJECTS};x/daily/y`,
    "/objectstorage/n/ns/b/exports;b=salaries/o/daily/x",
    "/objectstorage/n/ns/b/salaries;b=exports/o/daily/x",
  ],
  queries: [
    `/audit/20190901/auditEvents`,
    `/audit/20190901/auditEvents?compartmentId=other`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}&compartmentId=other`,
    `/audit/20190901/auditEvents?compartmentId=other&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}&compartmentid=other`,
    `/audit/20190901/auditEvents?CompartmentId=other&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartmentId[]=other&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartmentId[0]=other&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartment%49d=other&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}&%63ompartmentId=other`,
    `/audit/20190901/auditEvents?compartmentId%20=other&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?+compartmentId=other&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartmentId%00=other&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartment%ef%bc%a9d=other&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}%26compartmentId=other`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT},other`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}%00`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}%20`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}+`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT.toUpperCase()}`,
    `/audit/20190901/auditEvents?x=1;compartmentId=other&compartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT};compartmentId=other`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}&_method=DELETE`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}&x=%zz`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}&x=%ff`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}&x=%0d%0aX:%20y`,
    `/audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}#&compartmentId=other`,
    `/audit/20190901/auditEvents%3fcompartmentId=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents?compartmentId`,
    `/audit/20190901/auditEvents?=${SOME_COMPARTMENT}`,
    `/audit/20190901/auditEvents??compartmentId=${SOME_COMPARTMENT}`,
    "/objectstorage/n/ns/b/exports/o",
    "/objectstorage/n/ns/b/exports/o?prefix=",
    "/objectstorage/n/ns/b/exports/o?prefix=hourly/",
    "/objectstorage/n/ns/b/exports/o?prefix=daily/&prefix=",
    "/objectstorage/n/ns/b/exports/o?prefix=daily/&Prefix=",
    "/objectstorage/n/ns/b/exports/o/?prefix=daily/",
  ],
};

/** Request lines that are no path, or no method that OCI has. */
const lines: readonly string[] = [
  `GET http://localhost${BUNDLE}/${SECRET} HTTP/1.1`,
  `GET https://secrets.vaults.xx-test-1.oci.cloud.example/20190301/secretbundles/${SECRET} HTTP/1.1`,
  `GET http://evil.example${BUNDLE}/${SECRET} HTTP/1.1`,
  `GET //evil.example${BUNDLE}/${SECRET} HTTP/1.1`,
  `GET @evil.example${BUNDLE}/${SECRET} HTTP/1.1`,
  `GET /@evil.example${BUNDLE}/${SECRET} HTTP/1.1`,
  `GET ${BUNDLE}/${SECRET}@evil.example HTTP/1.1`,
  `CONNECT evil.example:443 HTTP/1.1`,
  `CONNECT ${BUNDLE}/${SECRET} HTTP/1.1`,
  `OPTIONS * HTTP/1.1`,
  `OPTIONS ${BUNDLE}/${SECRET} HTTP/1.1`,
  `TRACE ${BUNDLE}/${SECRET} HTTP/1.1`,
  `PROPFIND ${BUNDLE}/${SECRET} HTTP/1.1`,
  `QUERY ${BUNDLE}/${SECRET} HTTP/1.1`,
  `get ${BUNDLE}/${SECRET} HTTP/1.1`,
  `Get ${BUNDLE}/${SECRET} HTTP/1.1`,
  `HEAD ${BUNDLE}/${SECRET} HTTP/1.1`,
  `DELETE ${BUNDLE}/${SECRET} HTTP/1.1`,
  `DELETE /core/20160918/instances/${VM} HTTP/1.1`,
  `DELETE /objectstorage/n/ns/b/exports HTTP/1.1`,
  `GET ${BUNDLE}/${SECRET} HTTP/1.1 HTTP/1.1`,
  `GET ${BUNDLE}/${SECRET} /x HTTP/1.1`,
  `GET\t${BUNDLE}/${SECRET} HTTP/1.1`,
  `GET ${BUNDLE}/${SECRET} HTTP/2.0`,
  `GET ${BUNDLE}/${SECRET} HTTP/0.9`,
  `GET ${BUNDLE}/${SECRET}`,
  `PRI * HTTP/2.0`,
  ` GET ${BUNDLE}/${SECRET} HTTP/1.1`,
  `GET ${BUNDLE}/${SECRET} FTP/1.1`,
];

/** Headers beside a request that is granted. */
const headers: readonly string[] = [
  "Host: localhost\r\nHost: evil.example",
  "Host: localhost\r\nHost: localhost",
  "Host: localhost\r\nX-Host: evil.example",
  "Host: localhost\r\nX-Forwarded-Host: evil.example",
  "Host: localhost\r\nX-Forwarded-For: 127.0.0.1",
  "Host: localhost\r\nX-Forwarded-Proto: https",
  "Host: localhost\r\nX-Forwarded-Prefix: /x",
  "Host: localhost\r\nX_Forwarded_For: 127.0.0.1",
  "Host: localhost\r\nForwarded: for=127.0.0.1",
  "Host: localhost\r\nX-Real-IP: 127.0.0.1",
  "Host: localhost\r\nVia: 1.1 x",
  "Host: localhost\r\nOrigin: http://localhost",
  "Host: localhost\r\nOrigin: null",
  "Host: localhost\r\nSec-Fetch-Site: cross-site",
  "Host: localhost\r\nX-HTTP-Method-Override: DELETE",
  "Host: localhost\r\nX-HTTP-Method: DELETE",
  "Host: localhost\r\nX-Method-Override: DELETE",
  "Host: localhost\r\nX_HTTP_Method_Override: DELETE",
  "Host: localhost\r\nX-Original-URL: /20160918/users",
  "Host: localhost\r\nX-Rewrite-URL: /20160918/users",
  "Host: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b",
  "Host: localhost\r\nAuthorization: Bearer a\r\nX-Api-Key: b",
  "Host: localhost\r\nAuthorization: Bearer a\r\n Signature b",
  "Host: localhost\r\nX-A: b\r\n Authorization: Signature b",
  "Host: localhost\r\nX-A: b\r\n\tfolded",
  "Host: localhost\r\n X-Folded: first",
  "Host : localhost",
  "Host: localhost\r\nX A: b",
  "Host: localhost\r\nX-A\0: b",
  "Host: localhost\r\nX-A: b\0c",
  "Host: localhost\r\nX-A: b\x01c",
  "Host: localhost\r\nX-A: b\rX-B: c",
  "Host: localhost\r\nX-A: b\nopc-obo-token: c\nX-C: d\x00",
  "Host: localhost\r\n: b",
  "Host: localhost\r\nX-A",
  "Host: localhost\r\nopc-request-id: a\r\nopc-request-id: b",
  "Host: localhost\r\nopc-request-id: a b",
  "Host: localhost\r\nopc-request-id: <a>",
  "Host: localhost\r\nopc_obo_token: a",
  "Host: localhost\r\nopc_principal: a",
  "Host: localhost\r\nRange: bytes=0-1\r\nRange: bytes=2-3",
  "Host: localhost\r\nContent-Type: a/b\r\nContent-Type: c/d",
  "Host: localhost\r\nContent-Length: 0\r\nContent-Length: 5",
  "Host: localhost\r\nContent-Length: 5, 5",
  "Host: localhost\r\nContent-Length: +5",
  "Host: localhost\r\nContent-Length: -1",
  "Host: localhost\r\nContent-Length: 0x5",
  "Host: localhost\r\nContent-Length: 5 5",
  "Host: localhost\r\nContent-Length: 99999999999999999999",
  "Host: localhost\r\nContent-Length:",
  "Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
  "Host: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
  "Host: localhost\r\nTransfer-Encoding: identity",
  "Host: localhost\r\nTransfer-Encoding: chunked, identity",
  "Host: localhost\r\nTransfer-Encoding: gzip, chunked",
  "Host: localhost\r\nTransfer-Encoding: chunked, chunked",
  "Host: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
  "Host: localhost\r\nTransfer-Encoding: xchunked",
  "Host: localhost\r\nTransfer-Encoding : chunked",
  "Host: localhost\r\nTransfer_Encoding: chunked",
  "Host: localhost\r\nContent_Length: 5",
  "Host: localhost\r\nExpect: 200-ok",
  "Host: localhost\r\nExpect: 100-continue\r\nExpect: 100-continue",
  `Host: localhost\r\nX-Long: ${"a".repeat(20_000)}`,
];

/** Bodies to PostMetricData, which is granted for one namespace in one compartment. */
const one = (changes: object = {}) => ({
  namespace: "app",
  compartmentId: SOME_COMPARTMENT,
  name: "n",
  ...changes,
});
const bodies: readonly (string | Buffer)[] = [
  "",
  "{}",
  "[]",
  "null",
  '"app"',
  JSON.stringify({ metricData: [one({ namespace: "oci_vcn" })] }),
  JSON.stringify({ metricData: [one(), one({ namespace: "oci_vcn" })] }),
  JSON.stringify({ metricData: [one({ compartmentId: "other" })] }),
  JSON.stringify({ metricData: [one({ namespace: "App" })] }),
  JSON.stringify({ metricData: [one({ namespace: "app " })] }),
  JSON.stringify({ metricData: [one({ namespace: "app\0" })] }),
  JSON.stringify({ metricData: [one({ namespace: ["app"] })] }),
  JSON.stringify({ metricData: [one({ namespace: { a: "app" } })] }),
  JSON.stringify({ metricData: [one({ namespace: null })] }),
  JSON.stringify({ metricData: [[one()]] }),
  JSON.stringify({ metricData: one() }),
  JSON.stringify({ metricData: { 0: one(), length: 1 } }),
  JSON.stringify({ metricData: [one(), "app"] }),
  JSON.stringify({ metricData: [{ Namespace: "app", compartmentId: SOME_COMPARTMENT }] }),
  JSON.stringify({ MetricData: [one()] }),
  JSON.stringify({ metricdata: [one({ namespace: "x" })], metricData: [one()] }),
  JSON.stringify({ metricData: [one({ Namespace: "x" })] }),
  JSON.stringify({ metricData: [{ ...one(), NAMESPACE: "x" }] }),
  `{"metricData":[${JSON.stringify(one({ namespace: "x" }))}],"metricData":[${JSON.stringify(one())}]}`,
  `{"metricData":[${JSON.stringify(one())}],"metricData":[${JSON.stringify(one({ namespace: "x" }))}]}`,
  `{"metricData":[${JSON.stringify(one())}],"metric\\u0044ata":[${JSON.stringify(one({ namespace: "x" }))}]}`,
  `{"metricData":[{"namespace":"x","namespace":"app","compartmentId":"${SOME_COMPARTMENT}"}]}`,
  `{"metricData":[{"namespace":"x","n\\u0061mespace":"app","compartmentId":"${SOME_COMPARTMENT}"}]}`,
  `{"metricData":[${JSON.stringify(one())}]} {"metricData":[]}`,
  `{"metricData":[${JSON.stringify(one())}]}//`,
  `/*x*/{"metricData":[${JSON.stringify(one())}]}`,
  `{"metricData":[${JSON.stringify(one())},]}`,
  `{'metricData':[${JSON.stringify(one())}]}`,
  `{metricData:[${JSON.stringify(one())}]}`,
  `\ufeff{"metricData":[${JSON.stringify(one())}]}`,
  `)]}'\n{"metricData":[${JSON.stringify(one())}]}`,
  Buffer.from(JSON.stringify({ metricData: [one()] }), "utf16le"),
  Buffer.from(`\ufeff${JSON.stringify({ metricData: [one()] })}`, "utf16le"),
  Buffer.concat([
    Buffer.from('{"metricData":['),
    Buffer.from(JSON.stringify(one())),
    Buffer.from('],"x":"\xff"}', "latin1"),
  ]),
  `{"x":${"[".repeat(100)}${"]".repeat(100)},"metricData":[${JSON.stringify(one())}]}`,
  JSON.stringify({ __proto__: null, constructor: { metricData: [one()] } }),
  `{"__proto__":{"metricData":[${JSON.stringify(one())}]}}`,
];

/** Types and codings that could make the service read another body than the proxy compared. */
const bodyHeaders: readonly string[] = [
  "Content-Type: application/x-www-form-urlencoded",
  "Content-Type: text/plain",
  "Content-Type: application/json; charset=utf-16",
  "Content-Type: application/json; charset=utf-7",
  "Content-Type: application/xml",
  "Content-Type: multipart/form-data; boundary=x",
  "Content-Type: application/json, text/plain",
  "Content-Encoding: gzip",
  "Content-Encoding: identity",
  "Content-Encoding: deflate, gzip",
  "x-content-sha256: AAAA",
  "x-content-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
];

/** Power actions: one is granted. */
const actions: readonly string[] = [
  `POST /core/20160918/instances/${VM}`,
  `POST /core/20160918/instances/${VM}?action=STOP`,
  `POST /core/20160918/instances/${VM}?action=softstop`,
  `POST /core/20160918/instances/${VM}?action=SOFTSTOP&action=STOP`,
  `POST /core/20160918/instances/${VM}?action=STOP&action=SOFTSTOP`,
  `POST /core/20160918/instances/${VM}?action=SOFTSTOP&Action=STOP`,
  `POST /core/20160918/instances/${VM}?Action=SOFTSTOP`,
  `POST /core/20160918/instances/${VM}?action=SOFTSTOP%00STOP`,
  `POST /core/20160918/instances/${VM}?action=SOFTSTOP;action=STOP`,
  `POST /core/20160918/instances/${OTHER_VM}?action=SOFTSTOP`,
  `POST /core/20160918/instances/${VM}/?action=SOFTSTOP`,
  `POST /core/20160918/instances/${VM}/actions/terminate?action=SOFTSTOP`,
  `POST /core/20160918/instances/${VM}%2factions%2fdetachBootVolume?action=SOFTSTOP`,
  `PUT /core/20160918/instances/${OTHER_VM}`,
  `PATCH /core/20160918/instances/${VM}`,
  "POST /core/20160918/instances",
  "PUT /objectstorage/n/ns/b/exports/o/hourly/x",
  "PUT /objectstorage/n/ns/b/salaries/o/daily/x",
  "PUT /objectstorage/n/ns/b/exports/u/hourly/x?uploadId=1&uploadPartNum=1",
  "POST /objectstorage/n/ns/b/exports/p",
  "POST /objectstorage/n/ns/b/exports/actions/renameObject",
  "POST /objectstorage/n/ns/b/exports/actions/copyObject",
  "POST /objectstorage/n/ns/b/exports",
  `POST /loggingingestion/20200831/logs/${LOG}x/actions/push`,
  "POST /identity/20160918/policies",
];

/** Several requests in one stream of bytes, of which only the first is granted. */
const granted = `${BUNDLE}/${SECRET}`;
const forbidden = head(`GET ${BUNDLE}/${OTHER_SECRET}`);
const smuggled: readonly string[] = [
  head(`GET ${granted}`) + forbidden,
  head(`GET ${granted}`, "Content-Length: 0") + forbidden,
  head(`GET ${granted}`, `Content-Length: ${forbidden.length}`) + forbidden,
  `${head(`GET ${granted}`, "Transfer-Encoding: chunked", "Content-Length: 4")}0\r\n\r\n${forbidden}`,
  `${head(`GET ${granted}`, "Transfer-Encoding: chunked")}0\r\n\r\n${forbidden}`,
  `${head(`PUT /core/20160918/instances/${VM}`, "Transfer-Encoding: chunked")}0\r\n\r\n${forbidden}`,
  head(`PUT /core/20160918/instances/${VM}`, "Transfer-Encoding: chunked") +
    `0;x=y\r\nX: y\r\n\r\n${forbidden}`,
  head(`PUT /core/20160918/instances/${VM}`, "Transfer-Encoding: chunked") +
    `2\r\n{}\r\n0\r\n\r\n${forbidden}`,
  `${head(`PUT /core/20160918/instances/${VM}`, "Transfer-Encoding: chunked")}2\n{}\n0\n\n${forbidden}`,
  `${head(`PUT /core/20160918/instances/${VM}`, "Transfer-Encoding: chunked")}-1\r\n${forbidden}`,
  head(`PUT /core/20160918/instances/${VM}`, "Transfer-Encoding: chunked") +
    `fffffffffffffffff\r\n${forbidden}`,
  head(`PUT /core/20160918/instances/${VM}`, "Transfer-Encoding: chunked") +
    `0x2\r\n{}\r\n0\r\n\r\n${forbidden}`,
  head(`PUT /core/20160918/instances/${VM}`, "Content-Length: 2", "Transfer-Encoding:\tchunked") +
    `{}${forbidden}`,
  `${head(`PUT /core/20160918/instances/${VM}`, "Content-Length: 2")}{}${forbidden}`,
  `${head(`PUT /core/20160918/instances/${VM}`, "Content-Length: 2", "Content-Length: 2")}{}${forbidden}`,
  `GET ${granted} HTTP/1.1\nHost: localhost\n\n${forbidden}`,
  `GET ${granted} HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n${forbidden}`,
  `\r\n\r\n${head(`GET ${granted}`)}${forbidden}`,
  head(`GET ${granted}`) + forbidden.replace("GET", "XXX"),
  head(`PUT /objectstorage/n/ns/b/salaries/o/x`, "Content-Length: 10") + forbidden,
  head(`POST /core/20160918/instances/${VM}?action=SOFTSTOP`, "Expect: 100-continue", "Content-Length: 0") +
    forbidden,
];

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy({ timeouts: { headersMs: 1000 } });
  await t.proxy.ready();
});
afterAll(() => t.close());

const count =
  Object.values(targets).flat().length +
  lines.length +
  headers.length +
  bodies.length +
  bodyHeaders.length +
  actions.length +
  smuggled.length;

it(`has at least 200 attempts (${count})`, () => expect(count).toBeGreaterThanOrEqual(200));

it("lets through what they are variations of", async () => {
  const metric = JSON.stringify({ metricData: [one()] });
  const { signed, statuses } = await attack(t, [
    head(`GET ${granted}`),
    head(`GET ${OBJECTS}/daily/x`),
    head(`GET ${OBJECTS}/daily%2fa..b%2F.hidden%20100%25`),
    head(`GET /audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}`),
    head("GET /objectstorage/n/ns/b/exports/o?prefix=daily/"),
    head(`POST /core/20160918/instances/${VM}?action=SOFTSTOP`),
    head(
      "POST /monitoring/20180401/metrics",
      `Content-Length: ${metric.length}`,
      "Content-Type: application/json; charset=utf-8",
    ) + metric,
  ]);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200]);
  expect(signed).toHaveLength(7);
});

describe("none is signed:", () => {
  for (const [name, list] of Object.entries(targets)) {
    it(name, async () => {
      const { signed, statuses } = await attack(
        t,
        list.map((target) => head(`GET ${target}`)),
      );
      expect(signed).toEqual([]);
      expect(refused(statuses), statuses.join(" ")).toBe(true);
    });
  }

  it("request lines", async () => {
    await noneIsSigned(
      t,
      lines.map((line) => `${line}\r\nHost: localhost\r\n\r\n`),
    );
  });

  it("headers", async () => {
    await noneIsSigned(
      t,
      headers.map((header) => {
        // Bytes behind a request without a body would be a broken second one, and end the first before its time.
        const body = /content.length|transfer.encoding/i.test(header) ? "hello" : "";
        return `GET ${granted} HTTP/1.1\r\n${header}\r\n\r\n${body}`;
      }),
    );
  });

  it("bodies", async () => {
    await noneIsSigned(
      t,
      bodies.map((body) => {
        const bytes = Buffer.from(body as string);
        const length = `Content-Length: ${bytes.length}`;
        return [head("POST /monitoring/20180401/metrics", length, "Content-Type: application/json"), bytes];
      }),
    );
  });

  it("types and codings of bodies", async () => {
    const body = JSON.stringify({ metricData: [one()] });
    const { signed } = await attack(
      t,
      bodyHeaders.map(
        (h) => head("POST /monitoring/20180401/metrics", `Content-Length: ${body.length}`, h) + body,
      ),
    );
    expect(signed).toEqual([]);
  });

  it("actions and writes", async () => {
    const { signed, statuses } = await attack(
      t,
      actions.map((line) => `${head(line, "Content-Length: 2")}{}`),
    );
    expect(signed).toEqual([]);
    expect(refused(statuses), statuses.join(" ")).toBe(true);
  });

  it("requests behind a request", async () => {
    for (const bytes of smuggled) {
      const { signed } = await attack(t, [bytes]);
      expect(
        signed.filter((s) => s.includes(OTHER_SECRET)),
        JSON.stringify(bytes),
      ).toEqual([]);
    }
  });

  it("values that a service might split, where a grant says nothing of them", async () => {
    const rule = { grant: "raw", operations: ["core.GetInstance", "objectstorage.GetObject"], where: {} };
    await t.proxy.update({ clients: { ...DOCUMENT.clients, wide: { allow: [rule] } } });
    const good = [`/core/20160918/instances/${VM}`, "/objectstorage/n/ns/b/any/o/a%2Fb%3Bc%25d%20e"];
    const wide = t.socket("wide");
    expect(
      (
        await attack(
          t,
          good.map((g) => head(`GET ${g}`)),
          wide,
        )
      ).statuses,
    ).toEqual([200, 200]);
    const odd = ["%2F", "%5C", "%3B", "%3F", "%23", "%25", "%252F", "%20", "%09", "%C2%A0"];
    const { signed, statuses } = await attack(
      t,
      odd.flatMap((o) => [
        head(`GET /core/20160918/instances/${VM}${o}actions`),
        head(`GET /objectstorage/n/ns${o}x/b/any/o/a`),
        head(`GET /objectstorage/n/ns/b/any${o}x/o/a`),
      ]),
      wide,
    );
    expect(signed).toEqual([]);
    expect(refused(statuses), statuses.join(" ")).toBe(true);
    await t.proxy.update(DOCUMENT);
  });

  it("another client's grants, with every way to show its token", async () => {
    const stolen = t.token("app");
    const ways = [
      [`Authorization: Bearer ${stolen}`],
      [`X-Api-Key: ${stolen}`],
      ["X-Client: app"],
      ["X-Keyless-Client: app"],
      [`Cookie: token=${stolen}`],
      [`Proxy-Authorization: Bearer ${stolen}`],
    ];
    const { signed, statuses } = await attack(
      t,
      ways.map((way) => head(`GET ${granted}`, ...way)),
      t.socket("other"),
    );
    expect(signed).toEqual([]);
    expect(refused(statuses), statuses.join(" ")).toBe(true);
  });

  it("tokens that are not quite a token", async () => {
    const token = t.token("app");
    const near = [
      "",
      "Bearer",
      token.slice(0, -1),
      `${token}x`,
      token.toUpperCase(),
      `${token} ${token}`,
      `${token},${token}`,
      ...[
        `other:${token}`,
        `App:${token}`,
        `app :${token}`,
        `app\0:${token}`,
        `:${token}`,
        `app:${token}x`,
        `app:${token}:`,
        `app::${token}`,
        `app:${token}\n`,
        `${token}:app`,
        `${token}:`,
        token,
        "app:",
        ":",
        "",
      ].map((pair) => `Basic ${Buffer.from(pair).toString("base64")}`),
      `Basic app:${token}`,
      `Basic ${Buffer.from(`app:${token}`).toString("base64")}!`,
      `Basic !${Buffer.from(`app:${token}`).toString("base64")}`,
      `Basic ${Buffer.from(`app:${token}`)
        .toString("base64")
        .replace(/(.{8})/, "$1 ")}`,
      `Basic ${Buffer.from(`app:${token}`).toString("base64")}==`,
      `Basic ${Buffer.from(`app:${token}`).toString("base64url")}-`,
      `Bearer app:${token}`,
      `app:${token}`,
      `Signature ${token}`,
      "null",
      "undefined",
      "keyless_",
      "*",
      "app",
    ];
    const local = (value: string, name: string) =>
      head(`GET ${granted}`, `${name}: ${value}`).replace("Host: localhost", `Host: localhost:${t.port}`);
    const { signed, statuses } = await attack(
      t,
      near.flatMap((value) => [local(value, "Authorization"), local(value, "X-Api-Key")]),
      { port: t.port },
    );
    expect(signed).toEqual([]);
    expect(refused(statuses), statuses.join(" ")).toBe(true);
  });

  it("requests that never end", async () => {
    const { signed, statuses } = await attack(t, [
      `GET ${granted} HTTP/1.1\r\nHost: localhost\r\n`,
      `GET ${granted} HTTP/1.1\r\n`,
      "G",
      head(`PUT /core/20160918/instances/${VM}`, "Content-Length: 10"),
    ]);
    expect(signed).toEqual([]);
    expect(statuses.slice(0, 3)).toEqual([408, 408, 408]);
  });
});

it("still serves what is granted after all that, with every document", async () => {
  await t.proxy.update(DOCUMENT);
  expect((await attack(t, [head(`GET ${granted}`)])).statuses).toEqual([200]);
});
