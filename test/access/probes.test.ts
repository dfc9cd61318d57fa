import fc from "fast-check";
import { expect, test } from "vitest";
import { type Access, accessSchema, allowRules, compileStatements, probes } from "../../access/index.ts";
import { PLACEHOLDERS } from "../../document/placeholders.ts";
import { covers } from "../../document/rules/covers.ts";
import { documentSchema, type ProbeInput } from "../../document/schema.ts";
import { compile, decide } from "../../iam/index.ts";
import { keylessDocument } from "../../infra/document.ts";
import { findOperations } from "../../oci/operations/index.ts";
import { anyAccess, CHILD, INSTANCE, ids, SAFE, TENANCY, WORK } from "./support/universe.ts";

const operationOf = (probe: ProbeInput) => {
  const [service, name] = probe.operation.split(".");
  const found = findOperations(name!).find((o) => o.service === service);
  if (!found?.permissions) throw new Error(`${probe.operation} is not in the table`);
  return { ...found, permissions: found.permissions };
};

type PostedBody = { metricData?: { namespace: string; compartmentId: string }[] } | undefined;

/** Where a probe's call is decided, and with which variables: what a service would say of it. */
const contextOf = (
  probe: ProbeInput,
  access: Access,
): { place: string; variables: Record<string, string> } => {
  const { params = {}, query = {} } = probe;
  const all = [...access.instance, ...Object.values(access.clients).flat()];
  const at = <K extends string>(key: K, value: string | undefined, otherwise: string): string => {
    const grant = all.find((g) => (g as Record<string, unknown>)[key] === value);
    return (grant as { compartment?: string } | undefined)?.compartment ?? otherwise;
  };
  const metric = (probe.body as PostedBody)?.metricData?.[0];
  if (metric) {
    return { place: metric.compartmentId, variables: { "target.metrics.namespace": metric.namespace } };
  }
  if (params["secretId"]) {
    const id = params["secretId"];
    const place = [ids.secret.id, ids.decoy.id].includes(id) ? SAFE : at("secret", id, SAFE);
    return { place, variables: { "target.secret.id": id } };
  }
  if (params["bucketName"]) {
    const place =
      params["bucketName"] === ids.release.bucketName ? WORK : at("bucket", params["bucketName"], WORK);
    return {
      place,
      variables: {
        "target.bucket.name": params["bucketName"],
        ...(params["objectName"] && { "target.object.name": params["objectName"] }),
      },
    };
  }
  if (params["logId"]) {
    const grant = all.find((g) => "logs" in g && g.logs === params["logId"]);
    const group = grant && "logs" in grant ? grant.group : "";
    return {
      place: at("logs", params["logId"], WORK),
      variables: { "target.loggroup.id": params["logGroupId"] ?? group },
    };
  }
  if (params["instanceId"]) {
    const own = params["instanceId"] === PLACEHOLDERS.instance;
    const place = own ? WORK : at("instance", params["instanceId"], WORK);
    return { place, variables: { "target.instance.id": own ? INSTANCE : params["instanceId"] } };
  }
  return { place: query["compartmentId"] ?? SAFE, variables: {} };
};

const decidedFor = (access: Access): ((probe: ProbeInput) => boolean) => {
  const compiled = compile({
    tenancy: TENANCY,
    compartments: [
      { id: WORK, name: "work" },
      { id: SAFE, name: "safe" },
      { id: CHILD, name: "child", parent: WORK },
    ],
    dynamicGroups: [{ id: ids.groupId, name: "main", matchingRule: `All {instance.id = '${INSTANCE}'}` }],
    policies: compileStatements(access, ids).map((s) => ({
      compartment: s.compartmentId,
      statements: [s.text],
    })),
  });
  return (probe) => {
    const { place, variables } = contextOf(probe, access);
    return (
      decide(compiled, {
        principal: { type: "instance", id: INSTANCE, compartment: WORK },
        permissions: [...operationOf(probe).permissions.always],
        compartment: place,
        variables,
      }).decision === "allow"
    );
  };
};

/** Where a thing lies cannot be told twice: grants of one thing name one compartment, as the program makes sure. */
const settled = anyAccess.filter((access) => {
  const places = new Map<string, string | undefined>();
  return [...access.instance, ...Object.values(access.clients).flat()].every((grant) => {
    const [name, id] = Object.entries(grant)[0]!;
    const place = "compartment" in grant ? grant.compartment : undefined;
    const key = `${name} ${String(id)}${"group" in grant ? "" : ""}`;
    if (["metrics", "audit"].includes(name)) return true;
    const stacks = [ids.secret.id, ids.decoy.id, ids.release.bucketName, "self", INSTANCE].includes(
      String(id),
    );
    if (stacks && place !== undefined) return false;
    // The log's group, too.
    if ("group" in grant && places.has(`${key} group`) && places.get(`${key} group`) !== grant.group)
      return false;
    if ("group" in grant) places.set(`${key} group`, grant.group);
    if (places.has(key) && places.get(key) !== place) return false;
    places.set(key, place);
    return String(id) !== ids.decoy.id && String(id) !== INSTANCE;
  });
});

test("what the check tries agrees with what the statements grant", () => {
  fc.assert(
    fc.property(settled, (access) => {
      const allows = decidedFor(access);
      const clients = allowRules(access, ids) ?? {};
      for (const probe of probes(access, ids)) {
        if (probe.expected === "always") continue;
        const where = JSON.stringify({ access, probe });
        if (!probe.client) {
          if (allows(probe) !== (probe.expected === "allowed")) throw new Error(where);
          continue;
        }
        const passes = clients[probe.client]!.allow.some((rule) => covers(rule, probe));
        if (passes !== (probe.expected === "allowed")) throw new Error(`proxy: ${where}`);
        if (passes && !allows(probe)) throw new Error(`the proxy lets through what IAM refuses: ${where}`);
      }
    }),
    { numRuns: 300 },
  );
});

test("every probe's target is somebody's, every name is its own, every operation is in the table", () => {
  fc.assert(
    fc.property(anyAccess, (access) => {
      const list = probes(access, ids);
      expect(new Set(list.map((p) => p.name)).size).toBe(list.length);
      for (const probe of list) {
        expect(probe.target.seen).not.toBe("nobody");
        const { path } = operationOf(probe);
        const needed = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!);
        expect(Object.keys(probe.params ?? {}).sort()).toEqual(needed.sort());
      }
    }),
    { numRuns: 50 },
  );
});

test("the document that carries them is one that the app takes", () => {
  fc.assert(
    fc.property(anyAccess, (access) => {
      const bundle = { url: "https://x/p/y", sha256: "ab".repeat(32) };
      documentSchema.parse(
        JSON.parse(JSON.stringify(keylessDocument({ access, ids, bundle, deadlineS: 60 }))),
      );
    }),
    { numRuns: 50 },
  );
});

const names = (access: unknown): string[] =>
  probes(accessSchema.parse(access), ids).map((p) => `${p.name} ${p.expected}`);

test("with nothing granted, everything beside the own secret is tried", () => {
  expect(names({})).toEqual([
    "decoy-content refused",
    "secret-metadata refused",
    "secret-update refused",
    "secrets-list refused",
    "vault refused",
    "key refused",
    "signing-key refused",
    "instance refused",
    "buckets-list refused",
    "compartments-list always",
  ]);
});

test("what is granted is no neighbour: reading the own instance is then allowed, and the rest still refused", () => {
  const list = names({ instance: [{ instance: "self", access: "read" }] });
  expect(list).toContain("instance-self-read allowed");
  expect(list).toContain("instance-self-power refused");
  expect(list).not.toContain("instance refused");
});

test("the sibling secret is refused, whatever is granted", () => {
  expect(names({ instance: [{ secret: ids.decoy.id }] })).toContain("decoy-content refused");
});

test("each client tries what it has, and something of another's", () => {
  const list = names({
    clients: {
      "invoices-export": [{ bucket: "invoices", access: "write" }],
      "metrics-agent": [{ metrics: "app" }],
    },
  });
  expect(list.filter((n) => n.includes("/"))).toEqual([
    "invoices-export/bucket-invoices-put allowed",
    "metrics-agent/metrics-app allowed",
    "invoices-export/metrics-app refused",
    "metrics-agent/bucket-invoices-put refused",
  ]);
});

test("something is tried in every client's name, also of one whose grants nobody can try", () => {
  const raw = {
    name: "rename",
    statement: "Allow dynamic-group id <group> to {OBJECT_CREATE} in tenancy",
    compartment: WORK,
    operations: ["objectstorage.RenameObject"],
  };
  const list = probes(accessSchema.parse({ clients: { a: [{ raw }] } }), ids).filter((p) => p.client === "a");
  expect(list).toMatchObject([{ name: "a/compartments-list", expected: "refused" }]);
  const may = { ...raw, operations: ["identity.ListCompartments"] };
  const granted = probes(accessSchema.parse({ clients: { a: [{ raw: may }] } }), ids);
  expect(granted.find((p) => p.client === "a")).toMatchObject({ expected: "allowed" });
});
