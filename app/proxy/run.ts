/**
 * The proxy as the app's second mode.
 *
 * `runProxy(io)` is what `app/main.ts` calls for `proxy`: it takes the document that the launcher read and a
 * way to be notified of later ones, and gives back a running proxy. The caller ends it on SIGTERM:
 *
 * @example
 * const proxy = await runProxy({ document, subscribe });
 * process.once("SIGTERM", () => proxy.close().then(() => process.exit(0)));
 *
 * What it takes from the environment, all of it optional:
 * - `RUNTIME_DIRECTORY` (systemd's `RuntimeDirectory=keyless-proxy`, mode 0711): sockets `<client>.sock`,
 *   tokens `<client>.token`, and `proxy.json`, which says where everything listens: `{url, adminUrl,
 *   clients}`.
 * - `LOGS_DIRECTORY` (systemd's `LogsDirectory=keyless-proxy`): `audit.jsonl` and the files it is rotated to.
 * - `KEYLESS_PROXY_CONFIG`: a settings file (settings.ts); its `clients` are not used here.
 * - `LISTEN_FDS`, `LISTEN_FDNAMES`: sockets that systemd opened (activation.ts).
 *
 * A bundle that is replaced starts a second proxy before the first one ends: sockets are renamed over, the
 * port is waited for, and the token files' old tokens stay good for the overlap. The second one has the instance's
 * identity before any of that: callers would wait for it, and the first one has it.
 * @module
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KeylessDocument } from "../../document/schema.ts";
import { printableJson } from "../printable.ts";
import { type Log, type RunningProxy, startProxy } from "./proxy.ts";
import { type ProxySettings, type ProxySettingsInput, parseSettings, readProxySettings } from "./settings.ts";
import { proxyPart } from "./watch.ts";

export type { RunningProxy } from "./proxy.ts";

/** The parts that the proxy runs with. */
export interface ProxyIo {
  /** The document, validated; without `proxy` in it there are no clients. */
  document: KeylessDocument;
  /** Calls the listener with each later document; returns what ends that. */
  subscribe(listener: (document: KeylessDocument) => void): () => void;
  /** True when another proxy serves the callers until this one is ready. @default false */
  takesOver?: boolean;
  /** Directory in place of `RUNTIME_DIRECTORY`. @default /run/keyless-proxy */
  runtimeDir?: string;
  /** Settings in place of the file that `KEYLESS_PROXY_CONFIG` names. */
  settings?: ProxySettingsInput;
  /** @default JSON lines on standard error */
  log?: Log;
}

/** Time in which a proxy that takes over must have the identity, in ms. The launcher waits twice as long. */
const TAKE_OVER_WITHIN_MS = 60_000;

/** Messages as JSON lines on standard error. */
export const stderrLog: Log = {
  info: (message) => console.error(printableJson({ time: new Date().toISOString(), level: "info", message })),
  error: (message) =>
    console.error(printableJson({ time: new Date().toISOString(), level: "error", message })),
};

const readConfigured = (io: ProxyIo): ProxySettings => {
  const file = process.env["KEYLESS_PROXY_CONFIG"];
  return io.settings ? readProxySettings(io.settings) : parseSettings(file ? readFileSync(file, "utf8") : "");
};

/** Settings with what lies in the unit's folders by default. */
export const withUnitFolders = (given: ProxySettings, runtimeDir: string): ProxySettings => {
  // What stands below /run by default stands below the runtime directory.
  const moved = (dir: string): string => (dir === "/run/keyless-proxy" ? runtimeDir : dir);
  const logsDir = process.env["LOGS_DIRECTORY"]?.split(":")[0];
  const { audit } = given;
  // A machine's journal may be volatile, and is not the proxy's alone.
  const own =
    logsDir === undefined || audit.to !== "stdout" || audit.file
      ? undefined
      : readProxySettings({ audit: { file: { path: join(logsDir, "audit.jsonl") } } }).audit.file;
  return {
    ...given,
    sockets: given.sockets && { dir: moved(given.sockets.dir) },
    tokens: { ...given.tokens, dir: moved(given.tokens.dir) },
    ...(own && { audit: { ...audit, file: own } }),
  };
};

/**
 * Writes where the proxy listens, for people and for what starts it. Holds no secrets.
 * @returns the file's number, by which it is known from one that another proxy has put in its place
 */
const publish = (file: string, proxy: RunningProxy): number => {
  const { url, adminUrl, clients } = proxy;
  writeFileSync(`${file}.part`, `${JSON.stringify({ url, adminUrl, clients })}\n`, { mode: 0o644 });
  const { ino } = statSync(`${file}.part`);
  renameSync(`${file}.part`, file);
  return ino;
};

/**
 * Starts the proxy. Resolves when its listeners are open.
 * @throws Error when the settings or the document cannot be used, a listener cannot be opened, or one that takes over
 * gets no identity
 */
export const runProxy = async (io: ProxyIo): Promise<RunningProxy> => {
  const log = io.log ?? stderrLog;
  const runtimeDir = io.runtimeDir ?? process.env["RUNTIME_DIRECTORY"]?.split(":")[0] ?? "/run/keyless-proxy";
  const settings = withUnitFolders(readConfigured(io), runtimeDir);
  const file = join(runtimeDir, "proxy.json");
  const options = io.takesOver ? { takeOverWithinMs: TAKE_OVER_WITHIN_MS } : {};
  const proxy = await startProxy(settings, { current: proxyPart(io.document) }, log, options);
  let published = publish(file, proxy);
  const unsubscribe = io.subscribe((document) => {
    proxy.update(proxyPart(document)).then(
      () => {
        published = publish(file, proxy);
        log.info("the changed document is in force");
      },
      (error: Error) => log.error(`the changed document is not used: ${error.message}`),
    );
  });
  return Object.create(proxy, {
    close: {
      value: async () => {
        unsubscribe();
        await proxy.close();
        // One that has taken over has written its own.
        if (statSync(file, { throwIfNoEntry: false })?.ino === published) rmSync(file, { force: true });
      },
    },
  }) as RunningProxy;
};
