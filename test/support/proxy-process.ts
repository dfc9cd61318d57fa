/** The proxy as a process of its own: `commands/proxy.ts`, bundled as an instance gets the app. @module */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import type { ProxySettingsInput } from "../../app/proxy/settings.ts";
import { DOCUMENT } from "./proxy.ts";
import type { SmallOci } from "./small-oci/index.ts";

/** A running proxy process. */
export interface ProxyProcess {
  child: ChildProcess;
  dir: string;
  url: string;
  adminUrl: string;
  /** From start to `ready`, in ms. */
  readyMs: number;
  token(client: string): string;
  /** Open descriptors. */
  descriptors(): number;
  /** Resident memory, in bytes. */
  residentBytes(): number;
  /** Ends with SIGTERM; gives the exit code. */
  end(): Promise<number | null>;
}

let bundled: Promise<string> | undefined;

/** `commands/proxy.ts` as one file, as an instance gets the app: started without compiling anything. */
const bundle = async (): Promise<string> => {
  const outfile = join(mkdtempSync(join(tmpdir(), "keyless-bundle-")), "proxy.cjs");
  await build({
    entryPoints: [resolve(import.meta.dirname, "../../commands/proxy.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    logLevel: "error",
  });
  process.once("exit", () => rmSync(dirname(outfile), { recursive: true, force: true }));
  return outfile;
};

/** Listening sockets that outlive a process, as systemd holds them for a service. */
export interface HeldSockets {
  /** Descriptors of this process, by their names. */
  descriptors: Readonly<Record<string, number>>;
  /** Directory of tokens and sockets, which is not removed. */
  dir: string;
}

/** Starts one against a small OCI and waits until it is ready. */
export const startProxyProcess = async (
  oci: Pick<SmallOci, "metadataUrl" | "tlsPort" | "ca">,
  settings: ProxySettingsInput = {},
  nodeOptions: readonly string[] = ["--max-semi-space-size=4"],
  held?: HeldSockets,
): Promise<ProxyProcess> => {
  const dir = held?.dir ?? mkdtempSync(join(tmpdir(), "keyless-proxy-"));
  const names = Object.keys(held?.descriptors ?? {});
  const activation = held && {
    LISTEN_FDS: String(names.length),
    LISTEN_FDNAMES: names.join(":"),
    LISTEN_PID: String(process.pid),
  };
  writeFileSync(join(dir, "ca.pem"), oci.ca);
  const config = {
    sockets: { dir },
    loopback: { port: 0 },
    admin: { port: 0 },
    metadata: { baseUrl: oci.metadataUrl },
    clients: DOCUMENT.clients,
    ...settings,
    tokens: { dir },
    audit: { to: join(dir, "audit.jsonl"), ...settings.audit },
    upstream: { caFile: join(dir, "ca.pem"), connectTo: `127.0.0.1:${oci.tlsPort}`, ...settings.upstream },
  };
  writeFileSync(join(dir, "proxy.json"), JSON.stringify(config));
  bundled ??= bundle();
  const command = await bundled;
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...nodeOptions, command, "--config", join(dir, "proxy.json")], {
    stdio: ["ignore", "pipe", "inherit", ...Object.values(held?.descriptors ?? {})],
    env: { ...process.env, ...activation },
  });
  const ended = new Promise<number | null>((done) => child.once("exit", done));
  const line = await new Promise<string>((done, fail) => {
    let text = "";
    child.stdout!.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) done(text.slice(0, text.indexOf("\n")));
    });
    child.once("exit", (code) => fail(new Error(`the proxy ended with ${code} before it was ready`)));
  });
  const { url, adminUrl } = JSON.parse(line) as { url: string; adminUrl: string };
  return {
    child,
    dir,
    url,
    adminUrl,
    readyMs: performance.now() - startedMs,
    token: (client) => readFileSync(join(dir, `${client}.token`), "utf8"),
    descriptors: () => readdirSync(`/proc/${child.pid}/fd`).length,
    residentBytes: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1]) * 1024,
    end: async () => {
      child.kill("SIGTERM");
      const code = await ended;
      if (!held) rmSync(dir, { recursive: true, force: true });
      return code;
    },
  };
};
