/**
 * Names in a query are refused like their plain form however often they are escaped; values may hold any escapes.
 * Sent through the proxy by a client to whom nearly everything is granted.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitQuery } from "../../../document/rules/query.ts";
import { allOperations } from "../../../oci/operations/index.ts";
import { attack, noneIsSigned } from "../../support/attack.ts";
import { head, SECRET, SOME_COMPARTMENT, startTestProxy, type TestProxy } from "../../support/proxy.ts";
import { legitimate } from "./legitimate.data.ts";

const C = SOME_COMPARTMENT;
const O = "/objectstorage/n/ns/b/exports/o";
const A = "/audit/20190901/auditEvents";
const B = `/secrets/20190301/secretbundles/${SECRET}`;

/** Escapes the first letter, or whichever is given, so many times. */
const escaped = (name: string, times: number, at = 0): string => {
  const hex = name.charCodeAt(at).toString(16).toUpperCase();
  return `${name.slice(0, at)}%${"25".repeat(times - 1)}${hex}${name.slice(at + 1)}`;
};

const names = ["_method", "x-http-method-override", "httpMethod", "X-HTTP-Method", "_METHOD", "verb"];

const overrides: readonly string[] = [
  ...names
    .flatMap((name) => [
      name,
      escaped(name, 2),
      escaped(name, 3),
      escaped(name, 4),
      escaped(name, 2, 3),
      escaped(escaped(name, 2, 3), 3),
    ])
    .map((name) => `PUT ${O}/x?${name}=DELETE`),
  ...names.flatMap((name) => [
    `PUT ${O}/x?a=1%26${name}=DELETE`,
    `PUT ${O}/x?a=1%2526${name}%253DDELETE`,
    `PUT ${O}/x?a=1%252526${escaped(name, 3)}%25253DDELETE`,
    `PUT ${O}/x?a%26${name}=DELETE`,
    `PUT ${O}/x?a%2526${name}%253DDELETE`,
  ]),
  `PUT ${O}/x?a=/y?_method=DELETE`,
  `PUT ${O}/x?a=%253F_method=DELETE`,
  `PUT ${O}/x?a=%23_method=DELETE`,
  `PUT ${O}/x?a=1%3B_method=DELETE`,
  `PUT ${O}/x?a=%25FF%2526_method=DELETE`,
  `PUT ${O}/x?a=${"%25".padEnd(63, "25")}26_method=DELETE`,
  `PUT ${O}/x?a=%EF%BC%86_method=DELETE`,
  `PUT ${O}/x?a=1%26%255Fmethod`,
  `PUT ${O}/x?[_method]=DELETE`,
  `PUT ${O}/x?._method=DELETE`,
  `PUT ${O}/x?_method[]=DELETE`,
  `PUT ${O}/x?_method%255B%255D=DELETE`,
  `PUT ${O}/x?_method.x=DELETE`,
  `PUT ${O}/x?+_method=DELETE`,
  `PUT ${O}/x?%252B_method=DELETE`,
  `PUT ${O}/x?%2520_method=DELETE`,
  `PUT ${O}/x?_method%2500=DELETE`,
  `PUT ${O}/x?_method%25250A=DELETE`,
  `PUT ${O}/x?_method%25C2%2585=DELETE`,
  `PUT ${O}/x?%25EF%25BC%25BFmethod=DELETE`,
  `PUT ${O}/x?%EF%BC%BFmethod=DELETE`,
  `PUT ${O}/x?_%25EF%25BD%258Dethod=DELETE`,
  `PUT ${O}/x?http_method_override=DELETE`,
  `PUT ${O}/x?X-Method-Override=DELETE`,
  `PUT ${O}/x?override-method=DELETE`,
  `PUT ${O}/x?_${"%25".padEnd(31, "25")}6Dethod=DELETE`,
  `PUT ${O}/x?a%25FF=1`,
  `PUT ${O}/x?a%2500=1`,
];

/** Further names that a grant is about, or that stand in the path. */
const constrained: readonly string[] = [
  ...["compartmentId", "CompartmentID", "compartment-id"].flatMap((name) => [
    `GET ${A}?compartmentId=${C}&${escaped(name, 2)}=other`,
    `GET ${A}?compartmentId=${C}&${escaped(name, 3)}=other`,
    `GET ${A}?compartmentId=${C}&${escaped(name, 2, 4)}=other`,
    `GET ${A}?compartmentId=${C}&a=1%26${name}=other`,
    `GET ${A}?compartmentId=${C}&a=1%2526${name}%253Dother`,
    `GET ${A}?compartmentId=${C}&a=1%252526${name}=other`,
    `GET ${A}?compartmentId=${C}&a%2526${name}=other`,
    `GET ${A}?compartmentId=${C}&[${name}]=other`,
    `GET ${A}?compartmentId=${C}&${name}%255B%255D=other`,
    `GET ${A}?compartmentId=${C}&${name}%2500=other`,
    `GET ${A}?compartmentId=${C}&${name}%252E0=other`,
  ]),
  `GET ${A}?${escaped("compartmentId", 2)}=${C}`,
  `GET ${A}?compartmentId%2526a=${C}`,
  `GET ${A}?compartmentId=${C}&a=%25FF%2526compartmentId=other`,
  ...[2, 3, 4].flatMap((times) => [
    `GET ${B}?${escaped("secretId", times)}=other`,
    `GET ${B}?a=1%${"25".repeat(times - 1)}26secretId=other`,
    `GET ${O}/x?${escaped("bucketName", times, 3)}=other`,
    `GET ${O}/x?a%${"25".repeat(times - 1)}26objectName=other`,
  ]),
];

const client = (operation: (name: string) => boolean, where = {}) => ({
  grant: "wide",
  operations: allOperations()
    .filter((o) => o.service !== "keymanagement")
    .map((o) => `${o.service}.${o.name}`)
    .filter(operation),
  where,
});

let t: TestProxy;
beforeAll(async () => {
  const about = { "query.compartmentId": C };
  t = await startTestProxy(
    {},
    {
      clients: {
        app: {
          allow: [client((o) => o !== "audit.ListEvents"), client((o) => o === "audit.ListEvents", about)],
        },
      },
    },
  );
  await t.proxy.ready();
});
afterAll(() => t.close());

const framed = (line: string) =>
  /^(GET|HEAD|DELETE)/.test(line)
    ? head(line)
    : `${head(line, "Content-Length: 2", "Content-Type: application/json")}{}`;

it(`serves ${legitimate.length} requests of clients as they were sent`, async () => {
  expect(new Set(legitimate).size).toBeGreaterThanOrEqual(118);
  const { signed, statuses } = await attack(t, legitimate.map(framed));
  expect(legitimate.filter((_, i) => statuses[i] !== 200)).toEqual([]);
  expect(signed.sort()).toEqual(legitimate.map((line) => line.replace(/ \/[a-z]+\//, " /")).sort());
});

describe(`refuses (${overrides.length + constrained.length}):`, () => {
  it("has at least 60 of them", () =>
    expect(new Set([...overrides, ...constrained]).size).toBeGreaterThan(60));
  it("what would change the method", () => noneIsSigned(t, overrides.map(framed)));
  it("what a grant is about, or the path names, in another form", () =>
    noneIsSigned(t, constrained.map(framed)));
});

it("says which parameter it was", () => {
  expect(() => splitQuery("%255Fmethod=DELETE")).toThrow(
    "the query parameter %5Fmethod would change the method",
  );
  expect(() => splitQuery("a=1%26_method=DELETE")).toThrow(
    "the value of a in the query holds a parameter method",
  );
});

it("takes no longer for a value that is nothing but escapes", () => {
  const started = performance.now();
  splitQuery(`a=${"%25".repeat(5000)}&b=%${"25".repeat(7000)}26`);
  expect(performance.now() - started).toBeLessThan(200);
});
