/** The commands of the pages about operating a stack, run as they are written, on a run that is kept up. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Checkout, checkout } from "../support/checkout.ts";
import { leaksOf } from "../support/leaks.ts";

const run = promisify(execFile);
const docs = resolve(import.meta.dirname, "../../docs");

/** In this order: the last one ends the stack. */
const PAGES = ["review", "page", "pipelines", "verify", "rotation", "teardown"] as const;

const blocksOf = (page: string): string[] =>
  [...readFileSync(join(docs, `${page}.md`), "utf8").matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, b]) => b!);

/**
 * OCI's command line is another language's program. Here one that knows what the pages ask of it, by the same call,
 * and refuses all else.
 */
const OCI = `#!/usr/bin/env -S node --import tsx
import { parseArgs } from "node:util";
import { clientWith, readOciConfig } from "./commands/shared/oci-config.ts";
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "secret-id": { type: "string" },
    "secret-content-content": { type: "string" },
    "enable-auto-generation": { type: "string" },
  },
});
if (positionals.join(" ") !== "vault secret update-base64") throw new Error(positionals.join(" "));
const { client, close } = clientWith(await readOciConfig());
await client.call("vault.UpdateSecret", {
  params: { secretId: values["secret-id"]! },
  body: {
    enableAutoGeneration: values["enable-auto-generation"] === "true",
    secretContent: { contentType: "BASE64", content: values["secret-content-content"] },
  },
});
await close();
`;

/** What the rotated secret holds. */
const CANARY = 'c4n4ry/+ü?&"-rotated';

let at: Checkout;
let kept: ChildProcess;
let log = "";
/** All that was printed, by page. */
const printed: Record<string, string> = {};
const outputs = (): { secret: string } =>
  JSON.parse(readFileSync(join(at.folder, ".keyless/run.json"), "utf8")).outputs;

/** A block as somebody types it who has sourced the run's environment. */
const shell = async (block: string): Promise<{ code: number; stdout: string; stderr: string }> => {
  const script = `. .keyless/run/env.sh\nset -eo pipefail\n${block}`;
  const env = {
    ...process.env,
    PATH: `${join(at.folder, "bin")}:${process.env["PATH"]}`,
    SECRET_ID: outputs().secret,
    CHECK_EVERY_S: "4",
  };
  return run("bash", ["-c", script], { cwd: at.folder, env, maxBuffer: 1 << 26 }).then(
    (ended) => ({ code: 0, ...ended }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
};

beforeAll(async () => {
  at = await checkout(["local", "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.local.yaml"]);
  const { folder } = at;
  for (const name of ["dev", "local"])
    writeFileSync(
      join(folder, `Pulumi.${name}.access.md`),
      readFileSync(join(docs, `../Pulumi.${name}.access.md`)),
    );
  appendFileSync(join(folder, "Pulumi.local.yaml"), "  keyless:checkEveryS: 1\n");
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "oci.ts"), OCI);
  writeFileSync(join(folder, "bin/oci"), `#!/bin/sh\nexec node --import tsx "${folder}/oci.ts" "$@"\n`);
  // The page's command for a random value gives one that can be looked for.
  writeFileSync(join(folder, "bin/openssl"), `#!/bin/sh\nprintf '%s' '${CANARY}'\n`);
  for (const name of ["oci", "openssl"]) chmodSync(join(folder, "bin", name), 0o755);
  await at.commit("one");
  kept = spawn(process.execPath, ["--import", "tsx", "commands/start.ts", "--keep"], { cwd: folder });
  for (const stream of [kept.stdout!, kept.stderr!])
    stream.on("data", (text: Buffer) => {
      log += text.toString();
    });
  await vi.waitFor(() => expect(existsSync(join(folder, ".keyless/run.json")), log).toBe(true), {
    timeout: 100_000,
    interval: 100,
  });
});
afterAll(async () => {
  if (kept?.exitCode === null) kept.kill("SIGKILL");
  at?.remove();
});

/** What a page's blocks must have said, beside ending well. */
const SAYS: Readonly<Record<(typeof PAGES)[number], readonly RegExp[]>> = {
  review: [
    /# Access of the stack dev/,
    /every snapshot is current/,
    /No change of access/,
    /no drift/,
    /## Access, compared with `HEAD`[\s\S]*No change of access: `local`/,
    /policy-pack/,
  ],
  page: [/## Access, compared with `HEAD`\n\n\[As a page, with a picture\]/],
  pipelines: [/every snapshot is current[\s\S]*## Access, compared with `HEAD`/],
  verify: [/"ok":true[\s\S]*verdict: good/],
  rotation: [/allowed, as granted \(version 2, current latest\)[\s\S]*verdict: good/],
  teardown: [/OCI keeps it until[\s\S]*"removed":\[\{/],
};

describe("the pages' commands", { timeout: 180_000 }, () => {
  it.each(PAGES)("%s", async (page) => {
    const blocks = blocksOf(page);
    const said: string[] = [];
    for (const block of blocks) {
      const { code, stdout, stderr } = await shell(block);
      printed[page] = `${printed[page] ?? ""}${stdout}${stderr}`;
      expect(code, `${block}\n${stdout}\n${stderr}`).toBe(0);
      said.push(stdout);
    }
    for (const pattern of SAYS[page]) expect(said.join("\n")).toMatch(pattern);
  });

  it("print no secret: no value, no private key, no bearer address", async () => {
    const { localOci, instance } = JSON.parse(readFileSync(join(at.folder, ".keyless/run.json"), "utf8")) as {
      localOci: { envFile: string };
      instance: { console: string };
    };
    const key = /BEGIN[^\n]*KEY-+\n([^\n]+)/.exec(readFileSync(localOci.envFile, "utf8"))![1]!;
    const places = { ...printed, log, console: readFileSync(instance.console, "utf8") };
    expect(Object.keys(printed).sort()).toEqual([...PAGES].sort());
    expect(leaksOf(CANARY, places)).toEqual([]);
    expect(leaksOf(key, places)).toEqual([]);
    for (const text of Object.values(places)) expect(text).not.toMatch(/\/p\/[^/\s]{20,}\/n\//);
  });

  it("the run that was kept ends well although its stack is gone", async () => {
    const ended = new Promise((done) => kept.on("close", done));
    kept.kill("SIGINT");
    expect(await ended, log).toBe(0);
    expect(log).toMatch(/verdict: good/);
  });
});
