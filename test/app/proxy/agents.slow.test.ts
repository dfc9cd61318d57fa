/** Recipes for agents: each one's configuration as the page has it, run by the real program against a local OCI. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { freePort } from "../../support/free-port.ts";
import { type LocalWorld, localWorld, startLocalProxy, worldDocument } from "../../support/local-proxy.ts";
import { signedCall } from "../../support/signed-call.ts";
import { skipFor } from "../../support/skip.ts";

/** What an agent delivers: how the test gives it one thing with a name, and whether that has arrived. */
interface Signal {
  give: (name: string) => unknown;
  arrived: (name: string) => boolean | Promise<boolean>;
}
/** How an agent is started, and what it does with its token and with refusals. */
interface Agent {
  program: string;
  /** Arguments that only ask whether the program is here. */
  asks: string[];
  /** Arguments for a run with a configuration, in a folder of its own. */
  args: (file: string, dir: string) => string[];
  signals: Record<string, Signal>;
  /** What the test adds to the configuration, and what of it a test cannot wait for. */
  changed?: (code: string) => string;
  /** Signal on which it reads the token again; undefined where it follows the file. */
  reload?: NodeJS.Signals;
  /** True where what was refused is sent again. */
  keeps: boolean;
  /** Folder in which it leaves what it does not send again. */
  rejected?: string;
}

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
let dir: string;
let log: string;
let otlpPort: number;

/** Lines of the file that an agent reads, as entries of the log. */
const lines: Signal = {
  give: (name) => appendFileSync(log, `${name}, é\n`),
  arrived: (name) =>
    (world.oci.cloud.store.get(world.logId, "log")!.hidden.entries ?? []).some(({ data }) =>
      data.includes(`${name}, é`),
    ),
};
const metricArrived = async (name: string): Promise<boolean> => {
  const target = `/20180401/metrics/actions/listMetrics?compartmentId=${world.compartmentId}`;
  const body = { namespace: "app", name };
  const response = await signedCall(world.oci, "monitoring", "POST", target, { body });
  return (response.body as unknown as object[]).length > 0;
};
/** Metrics that an application sends to an agent by OTLP. */
const otlpMetrics: Signal = {
  give: (name) => {
    const dataPoints = [{ asDouble: 3, timeUnixNano: `${Date.now()}000000` }];
    const metrics = [{ name, gauge: { dataPoints } }];
    return fetch(`http://127.0.0.1:${otlpPort}/v1/metrics`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }),
    }).catch(() => undefined);
  },
  arrived: metricArrived,
};
/** Metrics in lines of a file, for an input that the test adds. */
const lineMetrics: Signal = {
  give: (name) => appendFileSync(log, `${name} value=3\n`),
  arrived: (name) => metricArrived(`${name}_value`),
};

const AGENTS: Readonly<Record<string, Agent>> = {
  "syslog-ng": {
    program: "syslog-ng",
    asks: ["--version"],
    args: (file, dir) => [
      ...["-F", "-e", "--no-caps", "-f", file, "-p", join(dir, "pid")],
      ...["-c", join(dir, "control"), "-R", join(dir, "persist")],
    ],
    signals: { logs: lines },
    reload: "SIGHUP",
    keeps: true,
  },
  "fluent-bit": {
    program: "fluent-bit",
    asks: ["--version"],
    args: (file) => ["-c", file],
    signals: { logs: lines },
    reload: "SIGHUP",
    keeps: false,
    rejected: "fluent-bit/chunks/rejected",
  },
  otelcol: {
    program: "otelcol",
    asks: ["--version"],
    // Its own metrics have a port, where another collector may be.
    args: (file) => ["--config", file, "--set=service.telemetry.metrics.level=none"],
    signals: { logs: lines, metrics: otlpMetrics },
    keeps: false,
  },
  telegraf: {
    program: "telegraf",
    asks: ["version"],
    args: (file) => ["--config", file],
    signals: { metrics: lineMetrics },
    changed: (code) =>
      `${code.replaceAll('"10s"', '"1s"')}\n[[inputs.tail]]\n  files = ["${log}"]\n  data_format = "influx"\n`,
    keeps: true,
  },
};

const page = readFileSync(join(import.meta.dirname, "../../../docs/proxy-recipes.md"), "utf8");
const configurations = Object.fromEntries(
  [...page.matchAll(/^```(conf|yaml|toml) ([\w-]+)\n([\s\S]*?)^```/gm)]
    .filter(([, , name]) => AGENTS[name!])
    .map(([, language, name, code]) => [name!, { language: language!, code: code! }]),
);
/** What the page says that an agent prints of a refusal. */
const printed = Object.fromEntries(
  [...page.matchAll(/^\| ([\w -]+) \|.*\| `([^`]+)` \|$/gm)].map(([, name, text]) => [
    name!.toLowerCase().replaceAll(" ", "-"),
    text!,
  ]),
);

/** The world's client, whose token is replaced only when a test takes this setting away. */
const lasting = () => ({ clients: { app: { ...worldDocument(world).clients.app, rotation: "never" } } });
beforeAll(async () => {
  world = await localWorld();
  running = await startLocalProxy(world, { tokens: { rotateS: 1, overlapS: 0 } }, lasting());
  otlpPort = await freePort();
});
afterAll(async () => {
  await running.close();
  await world.oci.close();
});

let child: ChildProcess | undefined;
let output = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "keyless-agents-"));
  log = join(dir, "app.log");
  writeFileSync(log, "");
});
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") console.error(output);
  if (child && child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child!.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }
  child = undefined;
  rmSync(dir, { recursive: true, force: true });
});

/** Starts an agent with the page's configuration, with this test's ports and files in the place of the usual ones. */
const start = async (name: string, signal: Signal): Promise<void> => {
  const { program, args, changed } = AGENTS[name]!;
  const { language } = configurations[name]!;
  let { code } = configurations[name]!;
  mkdirSync(join(dir, name));
  symlinkSync(join(running.dir, "app.token"), join(dir, "app"));
  const places: Record<string, string> = {
    "8480": new URL(running.proxy.url!).port,
    "4318": String(otlpPort),
    "/run/keyless-proxy": running.dir,
    "/var/log/app.log": log,
    "/var/lib/": `${dir}/`,
    "/etc/telegraf/keyless": dir,
  };
  for (const [usual, own] of Object.entries(places)) code = code.replaceAll(usual, own);
  const file = join(dir, `configuration.${language}`);
  writeFileSync(file, changed ? changed(code) : code);
  output = "";
  child = spawn(program, args(file, dir), { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (piece) => (output += piece));
  await untilTaken(signal);
};

let count = 0;
const newName = (): string => {
  count += 1;
  return `probe${count}x`;
};
const arrives = (signal: Signal, name: string) =>
  expect.poll(() => signal.arrived(name), { timeout: 60_000 }).toBe(true);
/** Gives one thing to an agent. */
const give = async (signal: Signal): Promise<string> => {
  const name = newName();
  await signal.give(name);
  return name;
};
/** Gives things to an agent that may not be ready, until one has arrived. */
const untilTaken = async (signal: Signal): Promise<void> => {
  const name = newName();
  const again = async (): Promise<boolean> => {
    if (await signal.arrived(name)) return true;
    await signal.give(name);
    return false;
  };
  await expect.poll(again, { timeout: 60_000, interval: 1000 }).toBe(true);
};

it("there is a configuration of every agent, and what it prints of a refusal", () => {
  expect(Object.keys(configurations).sort()).toEqual(Object.keys(AGENTS).sort());
  expect(Object.keys(printed)).toEqual(expect.arrayContaining(Object.keys(AGENTS)));
});

for (const [name, agent] of Object.entries(AGENTS))
  for (const [what, signal] of Object.entries(agent.signals)) {
    const missing =
      spawnSync(agent.program, agent.asks).status === 0 ? undefined : `${agent.program} is not on PATH`;
    skipFor(missing).describe(`${name}, ${what}`, { timeout: 180_000 }, () => {
      it("delivers what it is given", async () => {
        await start(name, signal);
        await arrives(signal, await give(signal));
        if (what !== "logs") return;
        const names = Array.from({ length: 3000 }, newName);
        appendFileSync(log, names.map((each) => `${each}, é\n`).join(""));
        await arrives(signal, names.at(-1)!);
        const { entries = [] } = world.oci.cloud.store.get(world.logId, "log")!.hidden;
        const text = entries.map(({ data }) => data).join("\n");
        expect(names.filter((each) => !text.includes(`${each}, é"`))).toEqual([]);
      });

      for (const status of [429, 503]) {
        it(`sends again what was answered ${status}`, async () => {
          await start(name, signal);
          let asked = 0;
          const busy: (typeof world.oci.interceptors)[number] = ({ surface, target }) => {
            if (surface !== "api" || !/\/actions\/push$|\/metrics$/.test(target)) return undefined;
            asked += 1;
            return { status, body: { code: "Busy", message: "later" }, headers: { "retry-after": "1" } };
          };
          world.oci.interceptors.unshift(busy);
          const given = await give(signal);
          try {
            await expect.poll(() => asked, { timeout: 60_000 }).toBeGreaterThan(0);
          } finally {
            world.oci.interceptors.splice(world.oci.interceptors.indexOf(busy), 1);
          }
          await arrives(signal, given);
        });
      }

      it(
        agent.reload ? "takes a new token when it is reloaded" : "follows the file of its token",
        async () => {
          await start(name, signal);
          const token = () => readFileSync(join(running.dir, "app.token"), "utf8");
          const before = token();
          const { app } = worldDocument(world).clients;
          await running.proxy.update({ clients: { app } });
          await expect.poll(token, { timeout: 10_000 }).not.toBe(before);
          await running.proxy.update(lasting());
          if (agent.reload && agent.keeps) {
            const given = await give(signal);
            await expect.poll(() => output, { timeout: 60_000 }).toContain("401");
            child!.kill(agent.reload);
            await arrives(signal, given);
          } else {
            if (agent.reload) child!.kill(agent.reload);
            await untilTaken(signal);
          }
        },
      );

      if (name === "telegraf") {
        it("sends a batch once of which a sample is too old", async () => {
          await start(name, signal);
          const old = newName();
          appendFileSync(log, `${old} value=3 ${Date.now() - 3 * 3600_000}000000\n`);
          await expect.poll(() => output, { timeout: 60_000 }).toContain("non-retryable status 400");
          await arrives(signal, await give(signal));
          await arrives(signal, await give(signal));
          expect(output.split("status 400")).toHaveLength(2);
        });
      }

      it(`${agent.keeps ? "keeps" : "drops"} what is refused, and says so`, async () => {
        await start(name, signal);
        await running.proxy.update({ clients: { app: { allow: [], rotation: "never" } } });
        const given = await give(signal);
        await expect.poll(() => output, { timeout: 60_000 }).toContain(printed[name]!);
        await running.proxy.update(lasting());
        await untilTaken(signal);
        if (agent.keeps) await arrives(signal, given);
        else expect(await signal.arrived(given)).toBe(false);
        if (agent.rejected) {
          const files = readdirSync(join(dir, agent.rejected)).map((file) =>
            join(dir, agent.rejected!, file),
          );
          expect(files.map((file) => readFileSync(file, "utf8")).join("")).toContain(given);
        }
      });
    });
  }
