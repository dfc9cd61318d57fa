/**
 * Machines without a virtual machine: the files of the instance's user_data in a folder of its own, and the
 * services among them as processes. What differs from a real machine is in `substitutions`, and nowhere else.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SerialConsole } from "../console.ts";
import type { MachineDriver, MachineSpec, RunningMachine } from "../driver.ts";
import { filesOf, type Unit, unitsOf } from "./units.ts";

/** Faults of the driver's machines, for `npm start -- --fault`. */
export interface ProcessOptions {
  /** Offset of the machines' clocks, in ms. */
  clockOffsetMs?: number;
  /** Called once for each folder that a machine ran in, before it is removed. */
  inspect?: (folder: string) => Promise<void>;
  /** Called with everything that is written to standard error by the machine's processes. */
  onJournal?: (text: string) => void;
}

/** The proxy's settings on a process machine. */
const PORTS = {
  path: "/etc/keyless/proxy.json",
  content: JSON.stringify({ loopback: { port: 0 }, admin: { port: 0 } }),
  permissions: "0644",
};

const RESTART_MS = 1_000;
const STOP_GRACE_MS = 5_000;

/** The substitutions: the whole difference between these machines and real ones. */
const substitutions = (root: string, spec: MachineSpec, options: ProcessOptions, bootId: string) => ({
  /** Path prefix: `/usr/local/lib/…` is a folder of the machine's own. */
  path: (path: string): string => join(root, path),
  /** Replaces Node from the distribution by the Node that runs the local OCI. */
  program: (path: string): string => (path === "/usr/bin/node" ? process.execPath : join(root, path)),
  environment: (unit: Unit): NodeJS.ProcessEnv => ({
    ...Object.fromEntries(
      Object.entries(unit.environment).map(([name, value]) => [
        name,
        value.startsWith("/") ? join(root, value) : value,
      ]),
    ),
    PATH: process.env["PATH"],
    ...(unit.stateDirectory && { STATE_DIRECTORY: join(root, "var/lib", unit.stateDirectory) }),
    ...(unit.runtimeDirectory && { RUNTIME_DIRECTORY: join(root, "run", unit.runtimeDirectory) }),
    ...(unit.logsDirectory && { LOGS_DIRECTORY: join(root, "var/log", unit.logsDirectory) }),
    /** The machine shares this computer's loopback with others: any free ports. */
    KEYLESS_PROXY_CONFIG: join(root, PORTS.path),
    /** A boot id of the machine's own. */
    KEYLESS_BOOT_ID: bootId,
    /** The certificate authority behind OCI's host names. */
    NODE_EXTRA_CA_CERTS: spec.caFile,
    /** The metadata address, OCI's host names, no other network; the clock. */
    NODE_OPTIONS: [
      unit.environment["NODE_OPTIONS"] ?? "",
      `--require=${fileURLToPath(new URL("network.cjs", import.meta.url))}`,
    ].join(" "),
    KEYLESS_MACHINE: JSON.stringify({
      metadata: { host: "127.0.0.1", port: Number(new URL(spec.metadataUrl).port) },
      tlsPort: spec.tlsPort,
      domains: ["oraclecloud.com"],
      clockOffsetMs: options.clockOffsetMs ?? 0,
    }),
  }),
});

class ProcessMachine implements RunningMachine {
  readonly #console = new SerialConsole();
  readonly #spec: MachineSpec;
  readonly #options: ProcessOptions;
  readonly folder: string;
  #running = new Map<string, ChildProcess>();
  #on = false;
  #ended = false;
  #bootId = "";

  constructor(spec: MachineSpec, root: string, options: ProcessOptions) {
    this.#spec = spec;
    this.folder = root;
    this.#options = options;
  }

  console(): Buffer {
    return this.#console.read();
  }

  async start(): Promise<void> {
    if (this.#on) return;
    this.#on = true;
    this.#bootId = randomUUID().replaceAll("-", "");
    const as = substitutions(this.folder, this.#spec, this.#options, this.#bootId);
    const files = filesOf(this.#spec.userData);
    for (const file of [...files, PORTS]) {
      const path = as.path(file.path);
      await mkdir(dirname(path), { recursive: true });
      await rm(path, { force: true });
      await writeFile(path, file.content, { mode: Number.parseInt(file.permissions, 8) });
    }
    this.#console.write(`[    0.000000] ${this.#spec.hostname}: process machine, ${files.length} files\n`);
    for (const unit of unitsOf(files)) void this.#keep(unit);
  }

  /** Starts a service and starts it again when it ends, or cannot start, as its unit says. Never rejects. */
  async #keep(unit: Unit): Promise<void> {
    const boot = this.#bootId;
    // A machine that was stopped and started meanwhile has services of its own.
    const on = (): boolean => this.#on && this.#bootId === boot;
    while (on()) {
      try {
        await this.#run(unit, on);
      } catch (error) {
        this.#options.onJournal?.(
          `${unit.name}: cannot start: ${error instanceof Error ? error.message : error}\n`,
        );
      }
      if (on()) await sleep(RESTART_MS);
    }
  }

  /** Starts a service and waits for its end. */
  async #run(unit: Unit, on: () => boolean): Promise<void> {
    const as = substitutions(this.folder, this.#spec, this.#options, this.#bootId);
    const environment = as.environment(unit);
    for (const name of ["STATE_DIRECTORY", "RUNTIME_DIRECTORY", "LOGS_DIRECTORY"]) {
      const folder = environment[name];
      if (folder) await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    if (!on()) return;
    const [program, ...args] = unit.command;
    const child = spawn(
      as.program(program!),
      args.map((word) => (word.startsWith("/") ? as.path(word) : word)),
      { cwd: this.folder, env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true },
    );
    this.#running.set(unit.name, child);
    child.stdout.on("data", (chunk: Buffer) => this.#console.write(chunk));
    child.stderr.on("data", (chunk: Buffer) => this.#options.onJournal?.(chunk.toString()));
    await new Promise((resolve) => child.once("close", resolve).once("error", resolve));
  }

  async stop(): Promise<void> {
    this.#on = false;
    await Promise.all([...this.#running.values()].map(endGroup));
    this.#running.clear();
  }

  async action(name: Parameters<RunningMachine["action"]>[0]): Promise<void> {
    if (name !== "START") await this.stop();
    if (name !== "STOP" && name !== "SOFTSTOP") await this.start();
  }

  async terminate(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.stop();
    await this.#options.inspect?.(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Ends a process and everything it started. */
const endGroup = async (child: ChildProcess): Promise<void> => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // It ended by itself.
    }
  };
  signal("SIGTERM");
  await Promise.race([ended, sleep(STOP_GRACE_MS, undefined, { ref: false })]);
  signal("SIGKILL");
  await ended;
};

/** A driver whose machines are processes of this computer. They run Node and the programs that user_data brings, nothing else. */
export const processDriver = (options: ProcessOptions = {}): MachineDriver => {
  const machines = new Set<ProcessMachine>();
  return {
    name: "process",
    launch: async (spec) => {
      const root = await mkdtemp(join(tmpdir(), "keyless-machine-"));
      const machine = new ProcessMachine(spec, root, options);
      machines.add(machine);
      await machine.start();
      return machine;
    },
    close: async () => {
      await Promise.all([...machines].map((machine) => machine.terminate()));
      machines.clear();
    },
  };
};
