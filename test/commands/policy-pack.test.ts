/** The policy pack as the engine uses it: built, started, asked over its own protocol. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenIn } from "../../commands/policy-pack/assertions.ts";
import { buildPolicyPack } from "../../commands/policy-pack/build.ts";
import { foundIn, foundInConfig } from "../../commands/policy-pack/policies.ts";

const root = resolve(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);
const codes = (type: string, props: Record<string, unknown>): string[] =>
  foundIn(type, props).map((f) => f.code);

const POLICY = "oci:Identity/policy:Policy";
const C = "ocid1.compartment.oc1..aaaaaaaaone";

describe("the policies", () => {
  it("find what is wrong or wide in raw statements and rules, and nothing in the program's own", () => {
    const own = `Allow dynamic-group id ocid1.dynamicgroup.oc1..aaaa to {SECRET_BUNDLE_READ} in compartment id ${C} where target.secret.id = 'ocid1.vaultsecret.oc1.iad.aaaa'`;
    expect(codes(POLICY, { statements: [own] })).toEqual([]);
    expect(
      codes(POLICY, { statements: [own, "Allow any-user to manage all-resources in tenancy"] }),
    ).toContain("anybody");
    expect(codes(POLICY, { statements: ["Allow nobody"] })).toEqual(["syntax"]);
    const rule =
      "All {instance.compartment.id = 'ocid1.compartment.oc1..a', instance.compartment.id = 'ocid1.compartment.oc1..b'}";
    expect(codes("oci:Identity/dynamicGroup:DynamicGroup", { matchingRule: rule })).toContain(
      "rule-unsatisfiable",
    );
    expect(codes("oci:Core/vcn:Vcn", {})).toEqual([]);
  });
});

/** A declaration with a statement that is written by hand. */
const DECLARED = {
  "keyless:access": JSON.stringify({
    instance: [
      {
        raw: {
          name: "x",
          statement: `Allow dynamic-group id <group> to use keys in compartment id ${C}`,
          compartment: C,
        },
      },
    ],
  }),
};

describe("the declaration of access", () => {
  it("is looked at as everywhere else, with the pack's severities over the stack's", () => {
    const codesOf = (more: Record<string, string>, severities?: Record<string, "error" | "off">) =>
      foundInConfig({ ...DECLARED, ...more }, severities).map((f) => `${f.severity} ${f.code}`);
    expect(codesOf({})).toContain("warning raw-grant");
    const off = { "keyless:severities": '{"raw-grant":"off"}' };
    expect(codesOf(off)).not.toContain("warning raw-grant");
    expect(codesOf(off, { "raw-grant": "error" })).toContain("error raw-grant");
    expect(foundInConfig({})).toEqual([]);
  });
});

describe("a team's assertions", () => {
  const config = (list: unknown) => ({
    "keyless:assertions": JSON.stringify(list),
    "oci:tenancyOcid": "ocid1.tenancy.oc1..t",
  });
  const never = config([
    { name: "no keys", never: { principals: ["any instance"], permissions: ["KEY_DECRYPT"] } },
  ]);
  const policy = (...statements: unknown[]) => ({
    type: POLICY,
    name: "policy",
    props: { compartmentId: C, statements },
  });
  const group = {
    type: "oci:Identity/dynamicGroup:DynamicGroup",
    name: "group",
    props: { id: "ocid1.dynamicgroup.oc1..g", name: "g", matchingRule: `instance.compartment.id = '${C}'` },
  };
  const allow = (what: string): string =>
    `Allow dynamic-group id ocid1.dynamicgroup.oc1..g to ${what} in compartment id ${C}`;
  /** As Pulumi has what a preview does not know. */
  const later = {
    type: POLICY,
    name: "later",
    props: {
      compartmentId: C,
      get statements(): string[] {
        throw Object.assign(new Error("string value can't be known during preview"), {
          unknownTypeSentinel: "",
        });
      },
    },
  };

  it("are held against the program's policies, its own and those that it adds", () => {
    expect(brokenIn(never, [group, policy(allow("read buckets"))])).toEqual([]);
    const [broken, ...more] = brokenIn(never, [group, policy(allow("use keys"))]);
    expect(more).toEqual([]);
    expect(broken).toMatchObject({ severity: "error", message: expect.stringContaining(allow("use keys")) });
  });

  it("are not proven where a statement is known after the update only, which is shown and stops nothing", () => {
    expect(brokenIn(never, [group, later])).toMatchObject([
      { severity: "warning", message: expect.stringContaining("not proven") },
    ]);
  });

  it("a name that is none is an error; a file is named; without any nothing is said", () => {
    expect(brokenIn(config([{ never: { permissions: ["KEY_DECRIPT"] } }]), [])).toMatchObject([
      { severity: "error", message: expect.stringContaining("did you mean KEY_DECRYPT") },
    ]);
    expect(brokenIn({ "keyless:assertions": "must.yaml" }, [])).toMatchObject([
      { severity: "warning", message: expect.stringContaining("must.yaml") },
    ]);
    expect(brokenIn({}, [policy("Allow any-user to manage all-resources in tenancy")])).toEqual([]);
  });
});

describe("the pack", () => {
  const folder = join(root, ".keyless/policy-pack-test");
  let pack: ChildProcess;
  let client: {
    analyze(
      request: unknown,
      done: (
        error: Error | null,
        response: {
          toObject(): {
            diagnosticsList: { policyname: string; message: string; enforcementlevel: number }[];
          };
        },
      ) => void,
    ): void;
    analyzeStack(request: unknown, done: Parameters<typeof client.analyze>[1]): void;
    close(): void;
  };

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    await buildPolicyPack(folder);
    const runner = join(root, "node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js");
    pack = spawn(process.execPath, [runner, "127.0.0.1:1", "."], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
      // As the engine says it to its plugins.
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify({
          ...DECLARED,
          "keyless:assertions": JSON.stringify([{ never: { permissions: ["KEY_DECRYPT"] } }]),
        }),
      },
    });
    const port = await new Promise<string>((done) =>
      pack.stdout!.once("data", (text: Buffer) => done(text.toString().trim())),
    );
    const grpc = require("@grpc/grpc-js");
    const { AnalyzerClient } = require("@pulumi/pulumi/proto/analyzer_grpc_pb.js");
    client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  });
  afterAll(() => {
    client?.close();
    pack?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const analyze = (statements: unknown): Promise<{ policyname: string; message: string }[]> => {
    const messages = require("@pulumi/pulumi/proto/analyzer_pb.js");
    const { Struct } = require("google-protobuf/google/protobuf/struct_pb.js");
    const request = new messages.AnalyzeRequest();
    request.setType(POLICY);
    request.setOptions(new messages.AnalyzerResourceOptions());
    request.setName("somebody");
    request.setUrn(`urn:pulumi:dev::keyless::${POLICY}::somebody`);
    request.setProperties(Struct.fromJavaScript({ compartmentId: C, statements }));
    return new Promise((done, fail) =>
      client.analyze(request, (error, response) =>
        error ? fail(error) : done(response.toObject().diagnosticsList),
      ),
    );
  };

  it("stops an error, shows a warning, and says that an unknown value is unknown", async () => {
    const wide = await analyze(["Allow any-user to manage all-resources in tenancy"]);
    expect(wide.map((d) => d.policyname)).toContain("keyless-access-error");
    // Pulumi's own word for a value that a preview does not know.
    const unknown = await analyze("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    expect(unknown.map((d) => d.message).join()).toMatch(/can't run policy .* during preview|unknown/i);
  });

  it("shows what is found in the stack's own declaration", async () => {
    const messages = require("@pulumi/pulumi/proto/analyzer_pb.js");
    const said = await new Promise<{ policyname: string; message: string }[]>((done, fail) =>
      client.analyzeStack(new messages.AnalyzeStackRequest(), (error, response) =>
        error ? fail(error) : done(response.toObject().diagnosticsList),
      ),
    );
    expect(said.map((d) => d.policyname)).toEqual(["keyless-declared-warning"]);
    expect(said[0]!.message).toMatch(/raw-grant: .*written by hand[\s\S]*keyless:access\.instance\[0\]/);
  });
});
