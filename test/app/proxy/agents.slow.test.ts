/** Recipes for agents: each one's configuration as the page has it, run by the real program against a local OCI. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type LocalWorld, localWorld, startLocalProxy, worldDocument } from "../../support/local-proxy.ts";
import { skipFor } from "../../support/skip.ts";

/** How an agent is started, and what it does with its token and with refusals. */
interface Agent {
  program: string;
  /** Arguments that only ask whether the program is here. */
  asks: string[];
  /** Arguments for a run with a configuration, in a folder of its own. */
  args: (file: string, dir: string) => string[];
  /** Signal on which it reads the token again; undefined where it follows the file. */
  reload?: NodeJS.Signals;
  /** True where what was refused is sent again. */
  keeps: boolean;
  /** Folder in which it leaves what it does not send again. */
  rejected?: string;
}
const AGENTS: Readonly<Record<string, Agent>> = {
  "fluent-bit": {
    program: "fluent-bit",
    asks: ["--version"],
    args: (file) => ["-c", file],
    reload: "SIGHUP",
    keeps: false,
    rejected: "fluent-bit/chunks/rejected",
  },
  "syslog-ng": {
    program: "syslog-ng",
    asks: ["--version"],
    args: (file, dir) => [
      ...["-F", "-e", "--no-caps", "-f", file, "-p", join(dir, "pid")],
      ...["-c", join(dir, "control"), "-R", join(dir, "persist")],
    ],
    reload: "SIGHUP",
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

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
/** The world's client, whose token is replaced only when a test takes this setting away. */
const lasting = () => ({ clients: { app: { ...worldDocument(world).clients.app, rotation: "never" } } });
beforeAll(async () => {
  world = await localWorld();
  running = await startLocalProxy(world, { tokens: { rotateS: 1, overlapS: 0 } }, lasting());
});
afterAll(async () => {
  await running.close();
  await world.oci.close();
});

let dir: string;
let log: string;
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

/** Starts an agent with the page's configuration, with this test's port and files in the place of the usual ones. */
const start = async (name: string): Promise<void> => {
  const places: Record<string, string> = {
    "8480": new URL(running.proxy.url!).port,
    "/run/keyless-proxy": running.dir,
    "/var/log/app.log": log,
  };
  const { language } = configurations[name]!;
  let { code } = configurations[name]!;
  for (const [usual, own] of Object.entries(places)) {
    expect(code, `the configuration of ${name}`).toContain(usual);
    code = code.replaceAll(usual, own);
  }
  code = code.replaceAll("/var/lib/", `${dir}/`);
  const file = join(dir, `configuration.${language}`);
  writeFileSync(file, code);
  const { program, args } = AGENTS[name]!;
  mkdirSync(join(dir, name));
  output = "";
  child = spawn(program, args(file, dir), { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (piece) => (output += piece));
  // Lines that stand in a file before its agent has opened it, some agents pass over.
  await write(`start of ${name}`, "opens");
};

/** Texts of what has arrived in the log. */
const arrived = (): string[] =>
  (world.oci.cloud.store.get(world.logId, "log")!.hidden.entries ?? []).map(({ data }) => data);
const has = (line: string): boolean => arrived().some((text) => text.includes(line));
let count = 0;
/** Writes a line into the agent's file. @param how `opens`: until one arrives, where the agent may not have opened it */
const write = async (text: string, how: "once" | "opens" = "once"): Promise<string> => {
  count += 1;
  const line = `${text}, number ${count} of ${dir}`;
  appendFileSync(log, `${line}\n`);
  const again = (): boolean => {
    if (has(line)) return true;
    appendFileSync(log, `${line}\n`);
    return false;
  };
  if (how === "opens") await expect.poll(again, { timeout: 60_000, interval: 1000 }).toBe(true);
  return line;
};
const arrives = (line: string) => expect.poll(() => has(line), { timeout: 60_000 }).toBe(true);

/** Statuses of the proxy's responses since a moment, from its audit. */
const statuses = (): number[] =>
  readFileSync(join(running.dir, "audit.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { status: number }).status);

it("there is a configuration of every agent, and what it prints of a refusal", () => {
  expect(Object.keys(configurations).sort()).toEqual(Object.keys(AGENTS).sort());
  expect(Object.keys(printed)).toEqual(expect.arrayContaining(Object.keys(AGENTS)));
});

for (const [name, agent] of Object.entries(AGENTS)) {
  const missing =
    spawnSync(agent.program, agent.asks).status === 0 ? undefined : `${agent.program} is not on PATH`;
  skipFor(missing).describe(name, { timeout: 180_000 }, () => {
    it("delivers what is written into its file", async () => {
      await start(name);
      await arrives(await write("a line, é"));
      const many = Array.from({ length: 3000 }, (_, i) => `line ${i} of ${dir}`);
      appendFileSync(log, `${many.join("\n")}\n`);
      await arrives(many.at(-1)!);
      const texts = arrived().join("\n");
      expect(many.filter((line) => !texts.includes(`${line}"`))).toEqual([]);
    });

    for (const status of [429, 503]) {
      it(`sends again what was answered ${status}`, async () => {
        await start(name);
        let asked = 0;
        const refusing: (typeof world.oci.interceptors)[number] = ({ surface, target }) => {
          if (surface !== "api" || !target.endsWith("/actions/push")) return undefined;
          asked += 1;
          return { status, body: { code: "Busy", message: "later" }, headers: { "retry-after": "1" } };
        };
        world.oci.interceptors.unshift(refusing);
        const line = await write(`at ${status}`);
        try {
          await expect.poll(() => asked, { timeout: 60_000 }).toBeGreaterThan(0);
        } finally {
          world.oci.interceptors.splice(world.oci.interceptors.indexOf(refusing), 1);
        }
        await arrives(line);
      });
    }

    it(agent.reload ? "takes a new token when it is reloaded" : "follows the file of its token", async () => {
      await start(name);
      const token = () => readFileSync(join(running.dir, "app.token"), "utf8");
      const before = token();
      const { app } = worldDocument(world).clients;
      await running.proxy.update({ clients: { app } });
      await expect.poll(token, { timeout: 10_000 }).not.toBe(before);
      await running.proxy.update(lasting());
      if (agent.keeps || !agent.reload) {
        const line = await write("with a new token");
        if (agent.reload) {
          await expect.poll(statuses, { timeout: 60_000 }).toContain(401);
          child!.kill(agent.reload);
        }
        await arrives(line);
      } else {
        child!.kill(agent.reload);
        await write("with a new token", "opens");
      }
    });

    it(`${agent.keeps ? "keeps" : "drops"} what is refused, and says so`, async () => {
      await start(name);
      await running.proxy.update({ clients: { app: { allow: [], rotation: "never" } } });
      const line = await write("refused");
      await expect.poll(() => output, { timeout: 60_000 }).toContain(printed[name]!);
      await running.proxy.update(lasting());
      await write("after a refusal", "opens");
      if (agent.keeps) await arrives(line);
      else expect(has(line)).toBe(false);
      if (agent.rejected) {
        const files = readdirSync(join(dir, agent.rejected)).map((file) => join(dir, agent.rejected!, file));
        expect(files.map((file) => readFileSync(file, "utf8")).join("")).toContain(line);
      }
    });
  });
}
