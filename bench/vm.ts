/** The virtual machine: its image, its boot, and what the app takes of it. Needs Linux, QEMU and mmdebstrap. @module */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readStackConfig } from "../commands/shared/stack-config.ts";
import { runScenario } from "../commands/start/scenario.ts";
import { userData } from "../infra/user-data.ts";
import { findVmImage, lackingForVm } from "../local/machines/vm/image.ts";
import { connectGuest } from "../test/support/guest-agent.ts";
import { type Figure, figureOf } from "./figure.ts";

const RUNS = 3;
const BYTES_PER_MIB = 1024 * 1024;

/** Time to build an image that is in no cache. */
const buildMs = async (): Promise<number> => {
  const cache = await mkdtemp(join(tmpdir(), "keyless-bench-"));
  const before = process.env["XDG_CACHE_HOME"];
  process.env["XDG_CACHE_HOME"] = cache;
  try {
    const startMs = performance.now();
    await findVmImage({ progress: () => {} });
    return performance.now() - startMs;
  } finally {
    if (before === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = before;
    await rm(cache, { recursive: true, force: true });
  }
};

/** Resident memory of a unit's processes together, in MiB. */
const residentMib = async (folder: string, unit: string): Promise<number> => {
  const guest = connectGuest(folder);
  try {
    const pids = `/sys/fs/cgroup/system.slice/${unit}.service/cgroup.procs`;
    const { stdout } = await guest.run(`for pid in $(cat ${pids}); do grep VmRSS /proc/$pid/status; done`);
    const kib = [...stdout.matchAll(/VmRSS:\s+(\d+) kB/g)].reduce((sum, [, n]) => sum + Number(n), 0);
    return (kib * 1024) / BYTES_PER_MIB;
  } finally {
    guest.close();
  }
};

const boot = async () => {
  const resident: Record<string, number> = {};
  const outcome = await runScenario({
    config: readStackConfig(resolve("Pulumi.local.yaml")),
    stack: "local",
    engine: "embedded",
    machine: "vm",
    vm: { agent: true },
    signal: new AbortController().signal,
    progress: (line) => console.error(line),
    onVerdict: async ({ machine }) => {
      for (const unit of ["keyless-check", "keyless-proxy"])
        resident[unit] = await residentMib(machine.folder!, unit);
    },
  });
  if (!outcome.ok) throw new Error(`a run did not end well: ${outcome.cause}`);
  return { ms: outcome.steps.find(({ name }) => name === "boot and check")!.ms, resident };
};

/** The machine's figures; none, and why, where there can be no machine. */
export async function* run(): AsyncGenerator<Figure> {
  const lacking = await lackingForVm();
  if (lacking) {
    console.error(lacking);
    return;
  }
  yield figureOf("user_data", "bytes", [userData("unsigned").length]);
  yield figureOf("virtual machine, image build", "ms", [await buildMs()]);
  await findVmImage({ progress: () => {} });
  const boots = [];
  for (let i = 0; i < RUNS; i++) boots.push(await boot());
  yield figureOf(
    "virtual machine, power-on to verdict, image cached",
    "ms",
    boots.map(({ ms }) => ms),
  );
  for (const unit of ["keyless-check", "keyless-proxy"])
    yield figureOf(
      `virtual machine, resident memory of ${unit}`,
      "MiB",
      boots.map(({ resident }) => resident[unit]!),
    );
}
