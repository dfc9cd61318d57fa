/** A run that stays up: `.keyless/run.json` says where everything is. @module */
import { readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeClientFiles } from "../local/files.ts";
import type { KeptRun } from "./scenario.ts";

const CONSOLE_MS = 500;
const PROXY_DEADLINE_MS = 15_000;

/** Reads where the proxy on the machine listens; undefined where there is none. */
const proxyOf = async (folder: string | undefined): Promise<unknown> => {
  if (!folder) return undefined;
  const file = join(folder, "run/keyless-proxy/proxy.json");
  for (const until = Date.now() + PROXY_DEADLINE_MS; Date.now() < until; ) {
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text) return JSON.parse(text);
    await new Promise((done) => setTimeout(done, 100));
  }
  return undefined;
};

/** True when the stack declares clients of the proxy. */
const hasClients = (up: KeptRun): boolean => {
  const instance = up.local.cloud.store.get(String(up.stack.outputs["instance"]), "instance");
  const keyless = instance?.model.metadata["keyless"];
  return keyless !== undefined && "proxy" in JSON.parse(keyless);
};

/**
 * Writes `run.json` and the files it names, keeps the console's file current, and waits.
 * @param stack the stack's name, by which other commands know whether the run is the one that is meant
 * @param dir `.keyless`
 * @param until resolves when the run is to end; then `run.json` is removed
 */
export const keepRunning = async (
  up: KeptRun,
  stack: string,
  dir: string,
  until: Promise<void>,
): Promise<void> => {
  const { local } = up;
  const files = join(dir, "run");
  await mkdir(files, { recursive: true });
  writeClientFiles(files, local);
  const caFile = join(files, "ca.pem");
  await writeFile(caFile, readFileSync(local.addresses.caFile));
  const ocid = String(up.stack.outputs["instance"]);
  const console = join(files, "console.log");
  const writeConsole = () => writeFile(console, up.machine.console());
  await writeConsole();
  const proxy = hasClients(up) ? await proxyOf(up.machine.folder) : undefined;
  const run = {
    stack,
    localOci: {
      proxyUrl: local.addresses.proxyUrl,
      caFile,
      ociConfig: join(files, "oci-config"),
      envFile: join(files, "env.sh"),
    },
    instance: { ocid, console, metadataUrl: local.cloud.metadata.get(ocid) },
    ...(proxy !== undefined && { proxy }),
    outputs: up.stack.outputs,
  };
  const file = join(dir, "run.json");
  await writeFile(file, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  const timer = setInterval(() => void writeConsole(), CONSOLE_MS);
  try {
    await until;
  } finally {
    clearInterval(timer);
    await rm(file, { force: true });
    await rm(files, { recursive: true, force: true });
  }
};
