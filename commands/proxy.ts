/** `npm run proxy -- --config FILE [--check]`: the signing proxy alone. @module */
import { accessSync, readFileSync } from "node:fs";
import { type RunningProxy, startProxy } from "../app/proxy/proxy.ts";
import { stderrLog } from "../app/proxy/run.ts";
import { type ProxySettings, parseSettings } from "../app/proxy/settings.ts";
import { watchMetadata } from "../app/proxy/watch.ts";
import { compilePolicy } from "../document/rules/policy.ts";
import { commandLine, runCommand, UsageError } from "./shared/exit.ts";

const HELP = `Usage: npm run proxy -- --config FILE [--check]

Runs the signing proxy: callers send OCI requests unsigned to http://127.0.0.1:8480/<service>/<path> or to their
own Unix socket; what they are granted is signed with the instance's identity and forwarded.

  --config FILE  settings, YAML or JSON (docs/proxy.md); without it the defaults, which are right on an instance
  --check        only say whether the settings can be used
  --help         this text

When it is ready, a line {"ready":true,"url":…,"adminUrl":…,"clients":{…}} goes to standard output.
Exit codes: 0 good, 1 it could not start, 2 wrong use or broken settings.
`;

const OPTIONS = {
  config: { type: "string" },
  check: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the settings. @throws UsageError for all that can be known to be wrong before anything is started */
const loadSettings = (file: string | undefined): ProxySettings => {
  try {
    const settings = parseSettings(file === undefined ? "" : readFileSync(file, "utf8"));
    const { unusable } = compilePolicy({ clients: settings.clients ?? {} });
    if (unusable.size > 0) {
      throw new Error([...unusable].map(([name, why]) => `client ${name}: ${why}`).join("\n"));
    }
    if (settings.upstream.caFile !== undefined) accessSync(settings.upstream.caFile);
    return settings;
  } catch (error) {
    throw new UsageError(`${file ?? "the defaults"} cannot be used:\n${(error as Error).message}`);
  }
};

const untilEnded = (proxy: RunningProxy): Promise<void> =>
  new Promise((resolve) => {
    let ending = false;
    // `on`: Ctrl-C in a terminal comes twice, from it and from npm, and the second must not cut requests.
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        if (ending) return;
        ending = true;
        stderrLog.info(`${signal}: requests under way are finished, then the proxy ends`);
        proxy.close().then(resolve, resolve);
      });
    }
  });

const RETRY_MS = 500;

/** Says where the proxy listens once it has an identity, however long that takes. */
const announce = async (proxy: RunningProxy): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await proxy.ready();
      const { url, adminUrl, clients } = proxy;
      process.stdout.write(`${JSON.stringify({ ready: true, url, adminUrl, clients })}\n`);
      return;
    } catch {
      if (attempt === 1) stderrLog.error("no identity yet: requests are answered 503 until there is one");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }
};

const main = async (): Promise<number> => {
  const { config, check, help } = commandLine({ options: OPTIONS }, HELP).values;
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const settings = loadSettings(config);
  if (check) {
    process.stdout.write(`${config ?? "the defaults"}: fine\n`);
    return 0;
  }
  const source = settings.clients
    ? { current: { clients: settings.clients } }
    : await watchMetadata(settings.metadata.baseUrl, stderrLog, {
        trustFile: settings.metadata.trustFile,
        // systemd's StateDirectory, as the launcher has it.
        stateFolder: settings.metadata.stateFolder ?? process.env["STATE_DIRECTORY"]?.split(":")[0],
      });
  const proxy = await startProxy(settings, source, stderrLog);
  const ended = untilEnded(proxy);
  void announce(proxy);
  await ended;
  return 0;
};

// Without await: tests and benchmarks bundle it in a format that has none at the top. Connections that are kept open
// must not keep the process.
void runCommand(main).then(() => process.exit());
