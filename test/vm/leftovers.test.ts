import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { describe } from "./support/machine.ts";

const script = fileURLToPath(new URL("support/launch.ts", import.meta.url));

/** Processes whose command line names a folder. */
const processesOf = (folder: string): string[] =>
  readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });

const until = async (condition: () => boolean): Promise<void> => {
  for (const untilMs = Date.now() + 30_000; !condition(); ) {
    if (Date.now() > untilMs) throw new Error("not within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

describe("of a machine nothing is left", () => {
  let child: ChildProcess;
  afterEach(() => rmSync(join(tmpdir(), `keyless-launch-${child.pid}.pem`), { force: true }));

  const launch = async (): Promise<string> => {
    child = spawn(process.execPath, ["--import", "tsx", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [folder] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
    await until(() => existsSync(join(folder, "console.log")));
    expect(processesOf(folder).length).toBeGreaterThan(0);
    return folder;
  };

  it.each(["SIGTERM", "SIGKILL"] as const)("after %s: no process, no socket, no file", async (signal) => {
    const folder = await launch();
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
    await until(() => processesOf(folder).length === 0);
    await until(() => !existsSync(folder));
  });

  it("when QEMU itself is killed and then the process: no file", async () => {
    const folder = await launch();
    for (const pid of processesOf(folder)) {
      const name = readFileSync(`/proc/${pid}/comm`, "utf8");
      if (name.startsWith("qemu")) process.kill(Number(pid), "SIGKILL");
    }
    const closed = once(child, "close");
    child.kill("SIGTERM");
    await closed;
    await until(() => !existsSync(folder));
  });
});
