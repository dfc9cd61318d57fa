/** What a person meets who starts from the example: settings in the wrong place, invented OCIDs, lists that fail. */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientVariables } from "../../commands/local/environment.ts";
import { findStack, keptRun } from "../../commands/shared/stack.ts";
import { readStackConfig } from "../../commands/shared/stack-config.ts";
import { explainNoMachine } from "../../commands/verify/no-machine.ts";
import { misplacedIn } from "../../infra/settings/misplaced.ts";
import { misplacedInStack } from "../../infra/settings/stack-file.ts";
import { notFound } from "../../local/errors.ts";
import { errorReply } from "../../local/gateway/reply.ts";
import type { LocalOci } from "../../local/index.ts";
import type { OciClient } from "../../oci/client.ts";
import { startTestOci } from "../support/local-oci.ts";

const root = resolve(import.meta.dirname, "../..");
const example = readFileSync(join(root, "Pulumi.dev.yaml"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "keyless-new-user-"));
const execute = promisify(execFile);

let local: LocalOci;
let env: NodeJS.ProcessEnv;
let calls = 0;

const command = (name: string, args: string[], over: NodeJS.ProcessEnv = {}, cwd = root) =>
  execute(process.execPath, [join(root, "commands/run.mjs"), name, ...args], {
    cwd,
    env: { ...env, ...over },
  }).then(
    (ended) => ({ ...ended, code: 0 }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

/** Where OCI's client is `pulumi`: it writes down what it is asked. */
const pulumiIn = (at: string, script: string): NodeJS.ProcessEnv => {
  mkdirSync(join(at, "bin"), { recursive: true });
  writeFileSync(join(at, "bin/pulumi"), `#!/bin/sh\necho "$*" >> '${at}/asked'\n${script}\n`);
  chmodSync(join(at, "bin/pulumi"), 0o755);
  return { PATH: `${join(at, "bin")}:${process.env["PATH"]}` };
};

beforeAll(async () => {
  local = await startTestOci({ settings: { transitionMs: 0 } });
  const { proxyUrl, caFile } = local.addresses;
  env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OCI|TF_VAR)_/.test(name))),
    ...clientVariables({ proxyUrl, caFile, configFile: "/nonexistent", identity: local.administrator }),
  };
  local.interceptors.push(() => {
    calls += 1;
    return undefined;
  });
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true });
});

describe("settings outside config:", () => {
  const moved = example
    .replace(/^ {2}# (keyless:access: .*)\n/m, "")
    .concat("\nkeyless:access: { instance: [] }\n");
  const says = /keyless:access: found at the top level of Pulumi\.moved\.yaml.*below `config:`/;

  it("are an error that says where they belong, for every reader of the file", async () => {
    const file = join(folder, "Pulumi.moved.yaml");
    writeFileSync(file, moved);
    expect(() => readStackConfig(file)).toThrow(says);
    for (const [name, args] of [
      ["access", ["--config", file]],
      ["teardown", ["--config", file, "--plan"]],
      ["start", ["--config", file]],
    ] as const)
      expect(await command(name, [...args]), name).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(says),
      });
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      expect(misplacedInStack("moved").map((p) => p.setting)).toEqual(["keyless:access"]);
      await expect(findStack({ stack: "moved", runFile: "none" })).rejects.toThrow(says);
    } finally {
      process.chdir(cwd);
    }
  });

  it("cannot come about by stack init: nothing that is commented out follows the example's last setting", () => {
    const last = example.trimEnd().split("\n").at(-1)!;
    expect(last).toMatch(/^ {2}keyless:\w+: /);
    expect(misplacedIn("f", example)).toEqual([]);
    expect(misplacedIn("f", "encryptionsalt: v1:x\nsecretsprovider: passphrase\nconfig: {}\n")).toEqual([]);
  });
});

describe("invented OCIDs left in place", () => {
  it("are named, all at once, before the first call; a report needs no real ones", async () => {
    calls = 0;
    for (const [name, args] of [
      ["teardown", ["--plan"]],
      ["start", ["--config", "Pulumi.dev.yaml"]],
      ["access", ["drift", "--stack", "dev", "--instance", "ocid1.instance.oc1.iad.a"]],
    ] as const) {
      const { code, stderr } = await command(name, [...args]);
      expect(code, name).toBe(2);
      expect(stderr).toMatch(/oci:tenancyOcid: found the example's invented OCID ocid1\.tenancy/);
      expect(stderr).toMatch(/keyless:compartmentId: found the example's invented OCID ocid1\.compartment/);
    }
    expect(calls).toBe(0);
    expect((await command("access", ["--stack", "dev", "--json"])).code).toBe(0);
  });
});

describe("teardown", () => {
  const args = ["--config", "Pulumi.local.yaml", "--stack", "nobodys", "--engine", "none"];

  it("says that it saw nothing, not that there is nothing, when lists cannot be read", async () => {
    const empty = await command("teardown", [...args, "--plan"]);
    expect(empty).toMatchObject({ code: 0, stdout: expect.stringMatching(/^OCI has nothing of the stack/) });
    const refuse = (pattern: RegExp) =>
      local.interceptors.push(({ target }) => (pattern.test(target) ? errorReply(notFound()) : undefined));
    refuse(/compartmentId=/);
    const blind = await command("teardown", [...args, "--plan", "--json"]);
    local.interceptors.pop();
    expect(blind.code).toBe(1);
    expect(blind.stderr).toMatch(/nothing was seen: none of the 13 lists could be read/);
    expect(blind.stderr).toMatch(
      /could not be looked at: policy: identity\.ListPolicies: 404 .*at identity\./,
    );
    expect(JSON.parse(blind.stdout)).toMatchObject({ ok: false, errors: { length: 13 } });
    refuse(/\/dynamicGroups/);
    const half = await command("teardown", [...args, "--yes"]);
    local.interceptors.pop();
    expect(half.code).toBe(1);
    expect(half.stdout).toMatch(/nothing of the stack \S+ was seen, but 1 of 13 lists could not be read/);
    expect(half.stdout).not.toMatch(/OCI has nothing|left: nothing/);
  });

  it("--remove keeps the person's settings file, and says what it removes", async () => {
    const at = mkdtempSync(join(folder, "remove-"));
    const path = pulumiIn(at, "exit 0");
    const ended = await command("teardown", [...args.slice(0, 4), "--yes", "--remove"], path);
    expect(ended.code).toBe(0);
    expect(readFileSync(join(at, "asked"), "utf8")).toMatch(
      /^stack rm --yes --force --preserve-config --stack nobodys$/m,
    );
    expect(ended.stdout).toMatch(
      /the stack nobodys and its history are removed.*Pulumi\.nobodys\.yaml is kept/,
    );
  });
});

it("a kept run is of the stack of its file", async () => {
  const runFile = join(folder, "run.json");
  const instance = { ocid: "ocid1.instance.oc1.iad.aaaa" };
  const localOci = { proxyUrl: "http://127.0.0.1:9", caFile: "/ca.pem", ociConfig: "/oci-config" };
  writeFileSync(runFile, JSON.stringify({ stack: "billing", localOci, instance }));
  expect(keptRun("billing", runFile)?.instanceId).toBe(instance.ocid);
  expect(keptRun(undefined, runFile)?.instanceId).toBe(instance.ocid);
  expect(keptRun("local", runFile)).toBeUndefined();
  expect((await findStack({ stack: "billing", runFile })).from).toBe(runFile);
});

it("verify says at once that no machine runs behind an instance, by what only OCI can write", async () => {
  const returning = (body: object): OciClient => ({
    call: async () => ({ status: 200, headers: {}, body }) as never,
    list: async () => [],
  });
  const none = { "keyless-local": { machine: "none" } };
  expect(await explainNoMachine(returning({ systemTags: none }), "i")).toMatchObject({ code: "no-machine" });
  for (const body of [{}, { systemTags: {} }, { freeformTags: none, definedTags: none }])
    expect(await explainNoMachine(returning(body), "i")).toBeUndefined();
});
