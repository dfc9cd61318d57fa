/** Every recipe of the documentation, run as it is written against a local OCI. */
import { execFile, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { accessSchema, allowRules, type Grant, kindOf } from "../../../access/index.ts";
import { freePort } from "../../support/free-port.ts";
import { type LocalWorld, localWorld, startLocalProxy, worldDocument } from "../../support/local-proxy.ts";
import { signedCall } from "../../support/signed-call.ts";
import { skipFor } from "../../support/skip.ts";

const ROOT = join(import.meta.dirname, "../../..");
/** Python's packages and Node's that only recipes use, where they have been installed (`.ci/programs`). */
const PYTHONPATH = join(ROOT, ".keyless/python");
/** Where programs that speak S3 have been installed; behind it on PATH stands everything else. */
const S3_PROGRAMS = join(ROOT, ".keyless/s3/python/bin");
const pathFor = (about: string | undefined): string | undefined =>
  about === "boto3" || about === "aws"
    ? [S3_PROGRAMS, process.env["PATH"]].join(delimiter)
    : process.env["PATH"];
const NODE_MODULES = { axios: ".keyless/clients", got: ".keyless/clients", undici: "." };

const text = readFileSync(join(ROOT, "docs/proxy-recipes.md"), "utf8");
const blocks = text.split(/^## /m).flatMap((section) => {
  const found = [...section.matchAll(/^```(\w+)(?: ([\w-]+))?\n([\s\S]*?)^```/gm)];
  const declared = found.find(([, , about]) => about === "declared")?.[3];
  const client = declared ? Object.keys(parse(declared))[0]! : "app";
  return found.map(([, language, about, code]) => ({ language: language!, about, code: code!, client }));
});
/** What the local OCI does not serve (`openai-clients.slow.test.ts` runs it), and agents (`agents.slow.test.ts`, `metric-agents.slow.test.ts`). */
const ELSEWHERE = new Set<string | undefined>([
  "openai",
  "litellm",
  "aisdk",
  "syslog-ng",
  "fluent-bit",
  "otelcol",
  "telegraf",
  "opentelemetry",
  "prometheus",
]);
/** What the page runs, by a client that its section declares or by one that has every other recipe's grants. */
const recipes = blocks.filter(({ about }) => about !== "declared" && !ELSEWHERE.has(about));
/** What the page declares, by client. */
const declaredClients = Object.assign(
  {},
  ...blocks.filter(({ about }) => about === "declared").map(({ code }) => parse(code)),
) as Record<string, { listen?: { port: number }[] }>;

/** How a recipe is run: the program and its arguments, given the file with the recipe in it. */
const RUNNERS: Readonly<Record<string, (file: string) => [string, ...string[]]>> = {
  sh: (file) => ["sh", "-e", file],
  python: (file) => ["python3", file],
  js: (file) => [process.execPath, file],
  go: (file) => ["go", "run", file],
  java: (file) => ["java", file],
  yaml: (file) => [
    ...(["ansible-playbook", "-i", "localhost,", "-c", "local"] as const),
    ...["-e", "ansible_python_interpreter={{ ansible_playbook_python }}", file],
  ],
};
const EXTENSION: Readonly<Record<string, string>> = { python: "py", js: "mjs" };
/** How it is asked whether a program or a package is here, by what a recipe is about, or by its language. */
const NEEDS: Readonly<Record<string, [program: string, ...args: string[]]>> = {
  python: ["python3", "-c", "import requests"],
  httpx: ["python3", "-c", "import httpx"],
  axios: ["test", "-d", join(ROOT, NODE_MODULES.axios, "node_modules/axios")],
  got: ["test", "-d", join(ROOT, NODE_MODULES.got, "node_modules/got")],
  wget: ["wget", "--version"],
  go: ["go", "version"],
  java: ["java", "--version"],
  ansible: ["ansible-playbook", "--version"],
  terraform: ["terraform", "version"],
  rclone: ["rclone", "help", "backend", "oracleobjectstorage"],
  boto3: ["python3", "-c", "import boto3"],
  aws: ["aws", "--version"],
  restic: ["restic", "version"],
  s3backend: ["terraform", "version"],
};
/** What stands in a reason for what is no program on PATH. */
const LACKING: Readonly<Record<string, string>> = {
  python: "Python's requests is not installed",
  httpx: "Python's httpx is not installed",
  axios: "axios is not in .keyless/clients",
  got: "got is not in .keyless/clients",
  boto3: "Python's boto3 is not installed",
  rclone: "no rclone with the backend for OCI is on PATH",
};
/** The reason why a recipe cannot be run here; undefined when it can. */
const lacking = ({ language, about = "" }: (typeof recipes)[number]): string | undefined => {
  const what = NEEDS[about] ? about : language;
  const [program, ...args] = NEEDS[what] ?? [];
  if (!program) return undefined;
  const env = { ...process.env, PATH: pathFor(about), ...(language === "python" && { PYTHONPATH }) };
  return spawnSync(program, args, { env }).status === 0
    ? undefined
    : (LACKING[what] ?? `${program} is not on PATH`);
};

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
let work: string;
let objectsPort: number;
let zone: string;

/** As the administrator; a request that fails ends the test. */
const made = async (service: string, target: string, body: object): Promise<Record<string, string>> => {
  const response = await signedCall(world.oci, service, "POST", target, { body });
  if (response.status >= 300) throw new Error(`${target}: ${response.status} ${response.text}`);
  return response.body as Record<string, string>;
};

/** A zone, the right to its challenge's records for the instance, and the rules for a client. */
const challenge = async () => {
  const { compartmentId } = world;
  const details = { migrationSource: "NONE", name: "example.com", compartmentId };
  zone = (await made("dns", "/20180115/zones", details))["id"]!;
  const [grant] = accessSchema.parse({
    instance: [{ dns: zone, domain: "_acme-challenge.example.com", type: "TXT", access: "update" }],
  }).instance as [Grant];
  const groupId = world.oci.cloud.store.list("dynamicgroup").find((g) => g.model.name === "proxies")!.id;
  const ids = { groupId, workloadCompartmentId: compartmentId } as never;
  const statements = kindOf(grant)
    .statements(grant, ids)
    .map((s) => s.text);
  await made("identity", "/20160918/policies", { compartmentId, name: "acme", description: "d", statements });
  return kindOf(grant)
    .allow(grant, ids)
    .map((rule) => ({ grant: kindOf(grant).id(grant), ...rule }));
};

beforeAll(async () => {
  world = await localWorld();
  objectsPort = await freePort();
  for (const { listen = [] } of Object.values(declaredClients))
    for (const entrance of listen) entrance.port = objectsPort;
  const ids = { namespace: world.namespace, workloadCompartmentId: world.compartmentId };
  const declared = allowRules(accessSchema.parse({ clients: declaredClients }), ids as never);
  const { app } = worldDocument(world).clients;
  const clients = { app: { allow: [...app.allow, ...(await challenge())] }, ...declared };
  running = await startLocalProxy(world, {}, { clients });
  work = mkdtempSync(join(tmpdir(), "keyless-recipes-"));
  mkdirSync(join(work, "node_modules"));
  for (const [name, folder] of Object.entries(NODE_MODULES)) {
    const installed = join(ROOT, folder, "node_modules", name);
    if (existsSync(installed)) symlinkSync(installed, join(work, "node_modules", name));
  }
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await running.close();
  await world.oci.close();
});

/** Runs a recipe as it is written. @param changed variables with other values than those that are granted */
const run = (
  { language, about, code, client }: (typeof recipes)[number],
  changed: NodeJS.ProcessEnv = {},
): Promise<{ code: number; out: string }> => {
  const { tokenFile = "", socket = "", s3 = {} } = running.proxy.clients[client]!;
  const file = join(work, `recipe.${EXTENSION[language] ?? language}`);
  writeFileSync(file, code);
  const [program, ...args] = RUNNERS[language]!(file);
  const env = {
    PATH: pathFor(about),
    HOME: process.env["HOME"],
    PROXY: running.proxy.url,
    OBJECTS: `http://127.0.0.1:${objectsPort}`,
    S3: s3.endpoint,
    KEYS: s3.credentialsFile,
    TOKEN: tokenFile,
    SOCKET: socket,
    INSTANCE: world.instanceId,
    COMPARTMENT: world.compartmentId,
    LOG: world.logId,
    NAMESPACE: world.namespace,
    BUCKET: "exports",
    ZONE: zone,
    CERTBOT_DOMAIN: "example.com",
    CERTBOT_VALIDATION: "a-value_of-certbot",
    WORK: join(work, "folder"),
    ...(language === "python" && { PYTHONPATH }),
    ...changed,
  };
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? ((error.code as unknown as number) ?? 1) : 0, out: stdout + stderr }),
    );
  });
};

describe("the recipes", () => {
  it("are there, in each language", () => {
    const count = (language: string): number => recipes.filter((r) => r.language === language).length;
    expect(count("sh")).toBeGreaterThanOrEqual(7);
    expect(count("python")).toBeGreaterThanOrEqual(3);
    expect(recipes.map((r) => r.language).filter((language) => !RUNNERS[language])).toEqual([]);
  });

  for (const [i, recipe] of recipes.entries()) {
    const name = `${i + 1}: ${recipe.code.split("\n")[0]}`;
    skipFor(lacking(recipe)).it(name, { timeout: 120_000 }, async () => {
      const { code, out } = await run(recipe);
      if (recipe.about === "refused") {
        expect(code, out).not.toBe(0);
        expect(out).toContain("NotGranted");
      } else {
        expect(code, out).toBe(0);
      }
    });
  }

  it("leave their traces in the local OCI", async () => {
    const log = world.oci.cloud.store.get(world.logId, "log")!;
    expect(JSON.stringify(log.hidden.entries)).toContain("something happened");
  });
});

/** What recipes are about where they do not say it, by language. */
const USUAL: Readonly<Record<string, string>> = { sh: "curl", python: "requests", js: "fetch" };

describe("what a refused recipe prints", () => {
  const rows = [...text.matchAll(/^\| (\w+) \| `([^`]+)` \| .* \|$/gm)];
  it("is said of each program", () => {
    const about = recipes.map((r) => r.about ?? USUAL[r.language] ?? r.language);
    expect(rows.map(([, program]) => program).sort()).toEqual(
      [...new Set(about)].filter((name) => name !== "refused").sort(),
    );
  });
  for (const [, program, printed] of rows) {
    const recipe = recipes.find((r) => (r.about ?? USUAL[r.language] ?? r.language) === program)!;
    skipFor(lacking(recipe)).it(`${program}`, { timeout: 120_000 }, async () => {
      const other = { INSTANCE: `${world.instanceId}x`, BUCKET: "salaries", WORK: join(work, "refused") };
      const { code, out } = await run(recipe, other);
      expect(code, out).not.toBe(0);
      // Ansible and rclone break their lines for terminals.
      expect(out.replace(/\s+/g, " ")).toContain(printed);
    });
  }
});

it("settings in the documentation are the defaults", async () => {
  const { readProxySettings: readSettings } = await import("../../../app/proxy/settings.ts");
  const page = readFileSync(join(ROOT, "docs/proxy.md"), "utf8");
  const block = /^```yaml\n([\s\S]*?)^```/m.exec(page)![1]!;
  expect(readSettings(parse(block))).toEqual(readSettings({}));
});
