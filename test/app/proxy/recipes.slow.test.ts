/** Every recipe of the documentation, run as it is written against a local OCI. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { accessSchema, allowRules } from "../../../access/index.ts";
import { freePort } from "../../support/free-port.ts";
import { type LocalWorld, localWorld, startLocalProxy, worldDocument } from "../../support/local-proxy.ts";
import { skipFor } from "../../support/skip.ts";

const text = readFileSync(join(import.meta.dirname, "../../../docs/proxy-recipes.md"), "utf8");
const blocks = text.split(/^## /m).flatMap((section) => {
  const found = [...section.matchAll(/^```(\w+)(?: (\w+))?\n([\s\S]*?)^```/gm)];
  const declared = found.find(([, , about]) => about === "declared")?.[3];
  const client = declared ? Object.keys(parse(declared))[0]! : "app";
  return found.map(([, language, about, code]) => ({ language: language!, about, code: code!, client }));
});
/** What the page runs, by a client that its section declares or by one that has every other recipe's grants. */
const recipes = blocks.filter(({ about }) => about !== "declared");
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
/** What a recipe needs, by its language and what it is about, and how it is asked for. */
const NEEDS: Readonly<Record<string, [program: string, ...args: string[]]>> = {
  python: ["python3", "-c", "import requests"],
  go: ["go", "version"],
  java: ["java", "--version"],
  ansible: ["ansible-playbook", "--version"],
  terraform: ["terraform", "version"],
  rclone: ["rclone", "help", "backend", "oracleobjectstorage"],
};
/** The reason why a recipe cannot be run here; undefined when it can. */
const lacking = ({ language, about = "" }: (typeof recipes)[number]): string | undefined => {
  const needed = NEEDS[about] ?? NEEDS[language];
  if (!needed || spawnSync(needed[0], needed.slice(1)).status === 0) return undefined;
  if (language === "python") return "Python's requests is not installed";
  return about === "rclone" ? "no rclone with the backend for OCI is on PATH" : `${needed[0]} is not on PATH`;
};

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
let work: string;
let objectsPort: number;
beforeAll(async () => {
  world = await localWorld();
  objectsPort = await freePort();
  for (const { listen = [] } of Object.values(declaredClients))
    for (const entrance of listen) entrance.port = objectsPort;
  const ids = { namespace: world.namespace, workloadCompartmentId: world.compartmentId };
  const declared = allowRules(accessSchema.parse({ clients: declaredClients }), ids as never);
  running = await startLocalProxy(world, {}, { clients: { ...worldDocument(world).clients, ...declared } });
  work = mkdtempSync(join(tmpdir(), "keyless-recipes-"));
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await running.close();
  await world.oci.close();
});

const run = (client: string, program: string, args: string[]): Promise<{ code: number; out: string }> => {
  const { tokenFile = "", socket = "" } = running.proxy.clients[client]!;
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    PROXY: running.proxy.url,
    OBJECTS: `http://127.0.0.1:${objectsPort}`,
    TOKEN: tokenFile,
    SOCKET: socket,
    INSTANCE: world.instanceId,
    COMPARTMENT: world.compartmentId,
    LOG: world.logId,
    NAMESPACE: world.namespace,
    BUCKET: "exports",
    WORK: join(work, "folder"),
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
    const { language, about, code, client } = recipe;
    skipFor(lacking(recipe)).it(`${i + 1}: ${code.split("\n")[0]}`, { timeout: 120_000 }, async () => {
      const file = join(work, `recipe-${i}.${EXTENSION[language] ?? language}`);
      writeFileSync(file, code);
      const [program, ...args] = RUNNERS[language]!(file);
      const response = await run(client, program, args);
      if (about === "refused") {
        expect(response.code, response.out).not.toBe(0);
        expect(response.out).toContain("NotGranted");
      } else {
        expect(response.code, response.out).toBe(0);
      }
    });
  }

  it("leave their traces in the local OCI", async () => {
    const log = world.oci.cloud.store.get(world.logId, "log")!;
    expect(JSON.stringify(log.hidden.entries)).toContain("something happened");
  });
});

it("settings in the documentation are the defaults", async () => {
  const { readProxySettings: readSettings } = await import("../../../app/proxy/settings.ts");
  const page = readFileSync(join(import.meta.dirname, "../../../docs/proxy.md"), "utf8");
  const block = /^```yaml\n([\s\S]*?)^```/m.exec(page)![1]!;
  expect(readSettings(parse(block))).toEqual(readSettings({}));
});
