/** Clients in the long form: their grants among settings of their own, which travel in the document. */
import { describe, expect, it } from "vitest";
import { accessSchema, allowRules, declared, findings } from "../../access/index.ts";
import { compilePolicy } from "../../document/rules/policy.ts";
import { ids } from "./support/universe.ts";

const GRANTS = [{ metrics: "app" }];
const problems = (clients: object): string[] =>
  accessSchema.safeParse({ clients }).error?.issues.map((i) => `${i.path.join(".")}: ${i.message}`) ?? [];
const SETTINGS = {
  user: "_backup",
  rotateS: 3600,
  overlapS: 60,
  limits: { requests: 4, connections: 8, bufferedBodyBytes: 1024 },
  hosts: ["proxy.internal:8480"],
  listen: [{ service: "objectstorage" }, { port: 8490, service: "objectstorage" }, { address: "172.17.0.1" }],
};

it("a client may be a list of grants, or a map with grants among settings", () => {
  const access = accessSchema.parse({ clients: { a: GRANTS, b: { grants: GRANTS, ...SETTINGS } } });
  expect(access.clients["b"]).toEqual(access.clients["a"]);
  expect(access.clientSettings).toEqual({ b: SETTINGS });
  expect(declared(access).map((d) => d.where)).toEqual(["clients.a[0]", "clients.b[0]"]);
  expect(accessSchema.parse({ clients: { a: GRANTS } })).not.toHaveProperty("clientSettings");
});

it("settings stand in the document beside the rules, and are what the proxy reads there", () => {
  const access = accessSchema.parse({ clients: { a: GRANTS, b: { grants: GRANTS, ...SETTINGS } } });
  const clients = allowRules(access, ids)!;
  expect(Object.keys(clients["a"]!)).toEqual(["allow"]);
  const policy = compilePolicy({ clients: JSON.parse(JSON.stringify(clients)) });
  expect([...policy.unusable]).toEqual([]);
  expect(policy.settings.get("a")).toEqual({});
  expect(policy.settings.get("b")).toEqual(SETTINGS);
});

describe("what is wrong says both forms, or the place in the long one", () => {
  it.each<[string, unknown, RegExp]>([
    [
      "text",
      "metrics",
      /^clients.a: found "metrics"; a client is a list of grants, or a map with grants and any of user, rotation/,
    ],
    [
      "a grant without its list",
      { metrics: "app" },
      /^clients.a: found the members metrics; a client is a list of grants, or a map/,
    ],
    ["nothing", null, /^clients.a: found null; a client is a list/],
    [
      "an unknown member",
      { grants: GRANTS, users: "x" },
      /^clients.a: .*users.*a client is a list of grants, or a map with grants and any of user/,
    ],
    ["no grants", { grants: [] }, /^clients.a.grants/],
    ["a grant of no kind", { grants: [{ bukket: "x" }] }, /^clients.a.grants.0: found the members bukket/],
    [
      "a user that is none",
      { grants: GRANTS, user: "Bad User" },
      /^clients.a.user: must be the name of a user/,
    ],
    [
      "both rotations",
      { grants: GRANTS, rotation: "never", rotateS: 60 },
      /^clients.a.rotation: has rotation: never, and an interval/,
    ],
    [
      "a rotation that is none",
      { grants: GRANTS, rotation: "daily" },
      /^clients.a.rotation: must be never; an interval is rotateS/,
    ],
    [
      "every address",
      { grants: GRANTS, listen: [{ address: "0.0.0.0" }] },
      /^clients.a.listen.0.address: must be one address/,
    ],
    [
      "every address, of IPv6",
      { grants: GRANTS, listen: [{ address: "::" }] },
      /^clients.a.listen.0.address: must be one address/,
    ],
    [
      "a name",
      { grants: GRANTS, listen: [{ address: "docker0" }] },
      /^clients.a.listen.0.address: must be one address/,
    ],
    [
      "nothing of an entrance",
      { grants: GRANTS, listen: [{}] },
      /^clients.a.listen.0: must have an address, a port, or a service/,
    ],
    [
      "the loopback without a port",
      { grants: GRANTS, listen: [{ address: "127.0.0.1" }] },
      /^clients.a.listen.0: must have a port/,
    ],
    [
      "a service that is none",
      { grants: GRANTS, listen: [{ service: "objectstorag" }] },
      /^clients.a.listen.0.service: there is no service objectstorag; did you mean objectstorage/,
    ],
  ])("%s", (_, a, message) => {
    expect(problems({ a }).join("\n")).toMatch(message);
  });

  it("one port for two services", () => {
    const client = (service: string) => ({ grants: GRANTS, listen: [{ port: 8490, service }] });
    expect(problems({ a: client("core"), b: client("core") })).toEqual([]);
    expect(problems({ a: client("core"), b: client("objectstorage") })).toEqual([
      "clients.b.listen.0: a has the same port for core: one port is for one of them",
    ]);
  });
});

it("long-lived tokens and addresses beyond the loopback are findings", () => {
  const of = (settings: object) =>
    findings(accessSchema.parse({ clients: { a: { grants: GRANTS, ...settings } } }), { tenancyId: "t" })
      .filter((f) => f.code === "long-lived-token" || f.code === "listens-beyond-loopback")
      .map((f) => `${f.severity} ${f.where} ${f.code}`);
  expect(of({ rotation: "never" })).toEqual(["warning clients.a long-lived-token"]);
  expect(of({ rotateS: 86_400, overlapS: 1 })).toEqual(["warning clients.a long-lived-token"]);
  expect(of({ rotateS: 86_400, overlapS: 0 })).toEqual([]);
  expect(of({ overlapS: 90_000 })).toEqual(["warning clients.a long-lived-token"]);
  expect(of({ listen: [{ port: 8490, service: "core" }, { address: "172.17.0.1" }] })).toEqual([
    "warning clients.a.listen[1] listens-beyond-loopback",
  ]);
  expect(of({ listen: [{ address: "127.0.0.2", port: 1 }] })).toEqual([]);
});
