/**
 * Real machines: QEMU with a Debian that cloud-init sets up, in a network like a private subnet with a service
 * gateway. Needs no root. What is on the machine is what a tenancy gets.
 * @module
 */
import { execFile } from "node:child_process";
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { MAX_CONSOLE_BYTES } from "../console.ts";
import type { MachineDriver, MachineSpec, RunningMachine } from "../driver.ts";
import { kvmWorks } from "./accelerator.ts";
import { trustCredential } from "./credentials.ts";
import { type Guard, startGuard } from "./guard.ts";
import { findVmImage, type Image } from "./image.ts";
import { type Subnet, startSubnet } from "./network/subnet.ts";
import { filesIn, qemuCommand } from "./qemu.ts";
import { type Monitor, openMonitor } from "./qmp.ts";

/** Options and faults of the driver's machines. */
export interface VmOptions {
  /** One line of progress, for people: an image that is built takes minutes. */
  progress?: (line: string) => void;
  signal?: AbortSignal;
  /** Offset of the machines' clocks when they are switched on, in ms; then no NTP server corrects them. */
  clockOffsetMs?: number;
  /** Changes a copy of the image's disk (raw ext4) before the first start. */
  alterDisk?: (disk: string) => Promise<void>;
  /** True when QEMU's guest agent may be used, at `agent.sock` in the machine's folder. */
  agent?: boolean;
}

/** Time in which a system may end by itself, in ms. OCI gives it 15 minutes; here a minute is enough. */
const SOFT_STOP_MS = 60_000;

/** The last bytes of a file; none when it is not there. */
const tail = (path: string, bytes: number): Buffer => {
  if (!existsSync(path)) return Buffer.alloc(0);
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const content = Buffer.alloc(Math.min(size, bytes));
    return content.subarray(0, readSync(file, content, 0, content.length, size - content.length));
  } finally {
    closeSync(file);
  }
};

class VirtualMachine implements RunningMachine {
  readonly folder: string;
  readonly #guard: Guard;
  readonly #subnet: Subnet;
  #monitor: Monitor | undefined;
  #lastConsole: Buffer | undefined;

  constructor(guard: Guard, subnet: Subnet) {
    this.folder = guard.folder;
    this.#guard = guard;
    this.#subnet = subnet;
  }

  console(): Buffer {
    return this.#lastConsole ?? tail(filesIn(this.folder).console, MAX_CONSOLE_BYTES);
  }

  async start(): Promise<void> {
    if (this.#monitor || this.#lastConsole) return;
    this.#subnet.reset();
    await this.#guard.start();
    const monitor = await openMonitor(filesIn(this.folder).monitor, () => this.#guard.errors());
    this.#monitor = monitor;
    void monitor.ended.then(() => {
      if (this.#monitor === monitor) this.#monitor = undefined;
    });
  }

  /** @param softly lets the system end by itself, for a while */
  async #stop(softly: boolean): Promise<void> {
    const monitor = this.#monitor;
    if (!monitor) return;
    if (softly) {
      monitor.tell("system_powerdown");
      await Promise.race([monitor.ended, sleep(SOFT_STOP_MS, undefined, { ref: false })]);
    }
    monitor.tell("quit");
    await monitor.ended;
  }

  async action(name: Parameters<RunningMachine["action"]>[0]): Promise<void> {
    if (name !== "START") await this.#stop(name.startsWith("SOFT"));
    if (!name.endsWith("STOP")) await this.start();
  }

  async terminate(): Promise<void> {
    this.#lastConsole ??= this.console();
    await this.#guard.close();
    await this.#subnet.close();
  }
}

/** A driver whose machines are virtual machines of this computer. */
export const vmDriver = (options: VmOptions = {}): MachineDriver => {
  const { progress = () => {}, clockOffsetMs = 0, agent = false } = options;
  const machines = new Set<VirtualMachine>();
  const closing = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
  const find = async (): Promise<{ image: Image; kvm: boolean }> => {
    const image = await findVmImage({ progress, signal });
    const kvm = await kvmWorks(image.kernel);
    progress(`virtual machine: ${kvm ? "KVM" : "software emulation: KVM does not work here"}`);
    return { image, kvm };
  };
  let found: ReturnType<typeof find> | undefined;
  /** Finds the image and accelerator once, for all callers. */
  const ready = (): ReturnType<typeof find> => {
    found ??= find();
    return found;
  };

  /** The disk below the machine's overlay: the image's own, or a changed copy in the machine's folder. */
  const diskFor = async (image: Image, folder: string): Promise<void> => {
    if (!options.alterDisk) return;
    const copy = join(folder, "disk.img");
    await promisify(execFile)("cp", ["--sparse=always", image.disk, copy]);
    await options.alterDisk(copy);
  };

  const launch = async (spec: MachineSpec): Promise<RunningMachine> => {
    const { image, kvm } = await ready();
    const { macAddress } = spec.vnic;
    const guard = await startGuard("keyless-vm", (folder) =>
      qemuCommand({
        ...{ folder, image, macAddress, kvm, clockOffsetMs, agent },
        disk: options.alterDisk ? join(folder, "disk.img") : image.disk,
      }),
    );
    const files = filesIn(guard.folder);
    const authority = await readFile(spec.caFile, "utf8");
    await writeFile(files.credential, trustCredential(authority), { mode: 0o600 });
    const subnet = await startSubnet({
      path: files.link,
      ...spec.vnic,
      hostname: spec.hostname,
      metadataPort: Number(new URL(spec.metadataUrl).port),
      tlsPort: spec.tlsPort,
      serves: spec.serves,
      routed: spec.routed,
      tellsTime: clockOffsetMs === 0,
    });
    const machine = new VirtualMachine(guard, subnet);
    machines.add(machine);
    try {
      await diskFor(image, guard.folder);
      await machine.start();
      signal.throwIfAborted();
    } catch (error) {
      machines.delete(machine);
      await machine.terminate();
      throw error;
    }
    return machine;
  };

  return {
    name: "vm",
    prepare: async () => void (await ready()),
    launch,
    close: async () => {
      closing.abort(new Error("the local OCI has ended"));
      await Promise.all([...machines].map((machine) => machine.terminate()));
      machines.clear();
    },
  };
};
