/** A launcher hands over to a new one, as after an update of Node, and no request is cut. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MachineDriver } from "../../../local/machines/driver.ts";
import { processDriver } from "../../../local/machines/process/driver.ts";
import { localStack } from "../../support/local-stack.ts";

const WITHIN_MS = 90_000;

describe("a launcher that is told to", () => {
  let up: Awaited<ReturnType<typeof localStack>>;
  let engine: ReturnType<typeof up.engine>;
  let instanceId: string;
  let folder = "";
  let journal = "";
  /** A folder of programs, and what systemd would be notified of. */
  let programs: string;
  const path = process.env["PATH"];
  const started: number[] = [];

  /** Processes of the machine's proxy: launchers, or apps. */
  const pidsOf = async (program: RegExp): Promise<number[]> => {
    const found: number[] = [];
    for (const name of (await readdir("/proc")).filter((one) => /^\d+$/.test(one))) {
      const line = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
      if (line.includes(folder) && line.endsWith("\0proxy\0") && program.test(line)) found.push(Number(name));
    }
    return found.sort((a, b) => a - b);
  };
  const launchers = () => pidsOf(/launcher\.mjs\0/);
  const apps = () => pidsOf(/\.cjs\0/);
  const notified = () => readFile(join(programs, "notified"), "utf8").catch(() => "");

  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    for (const end = Date.now() + WITHIN_MS; Date.now() < end; await sleep(100)) if (await holds()) return;
    throw new Error(`not within ${WITHIN_MS} ms: ${what}\n${journal.slice(-2000)}`);
  };

  /** One call of a client; what broke in place of a status. */
  const call = (): Promise<number | string> =>
    new Promise((resolve) => {
      const socketPath = join(folder, "run/keyless-proxy/check/operator.sock");
      const options = { socketPath, path: `/core/20160918/instances/${instanceId}`, agent: false };
      request({ ...options, headers: { host: "localhost" } }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode!));
      })
        .once("error", (error) => resolve(error.message))
        .end();
    });

  /** Calls the proxy without a pause while something is done. */
  const underLoad = async (work: () => Promise<void>): Promise<Set<number | string>> => {
    const came = new Set<number | string>();
    let goesOn = true;
    const load = (async () => {
      while (goesOn) came.add(await call());
    })();
    await work().finally(() => {
      goesOn = false;
    });
    await load;
    return came;
  };

  const notifies = (code: number): Promise<void> =>
    writeFile(
      join(programs, "systemd-notify"),
      `#!/bin/sh\necho "$@" >>${join(programs, "notified")}\nexit ${code}\n`,
      { mode: 0o755 },
    );

  beforeAll(async () => {
    programs = await mkdtemp(join(tmpdir(), "keyless-programs-"));
    process.env["PATH"] = [programs, path].join(delimiter);
    const driver = processDriver({
      onJournal: (text) => {
        journal += text;
      },
    });
    const machineDriver: MachineDriver = {
      ...driver,
      launch: async (spec) => {
        const machine = await driver.launch(spec);
        folder = machine.folder!;
        return machine;
      },
    };
    up = await localStack({ machineDriver });
    engine = up.engine();
    instanceId = String((await engine.up()).outputs["instance"]);
    await notifies(0);
    await until("the proxy answers", async () => (await call()) === 200);
  }, 120_000);
  afterAll(async () => {
    process.env["PATH"] = path;
    // The driver knows the launcher that it has started, and no other.
    for (const pid of started) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {}
    }
    await up?.local.close();
    await rm(programs, { recursive: true, force: true });
  });

  it("goes on where the new one does not start", async () => {
    const launcher = join(folder, "usr/local/lib/keyless/launcher.mjs");
    const text = await readFile(launcher, "utf8");
    const [before, app] = [await launchers(), await apps()];
    await writeFile(launcher, "process.exit(1);\n");
    const came = await underLoad(async () => {
      process.kill(before[0]!, "SIGHUP");
      await until("it says so", async () => journal.includes("proxy does not start; the one before goes on"));
    });
    await writeFile(launcher, text);
    expect(came).toEqual(new Set([200]));
    expect(await launchers()).toEqual(before);
    expect(await apps()).toEqual(app);
    expect(await notified()).toBe("");
  });

  it("ends when the new one's proxy is ready and its own has answered what it had begun", async () => {
    const [before, app] = [await launchers(), await apps()];
    // What the new one says to its proxy, which takes callers over only with the identity when it is told of another.
    const launcher = join(folder, "usr/local/lib/keyless/launcher.mjs");
    const tells = "next.stdin?.write(line);";
    const text = await readFile(launcher, "utf8");
    expect(text).toContain(tells);
    await writeFile(launcher, text.replace(tells, `console.error("told", line.slice(0, 200)); ${tells}`));
    const came = await underLoad(async () => {
      process.kill(before[0]!, "SIGHUP");
      await until("systemd is told of the new one", async () => (await notified()) !== "");
      await until("the old one is gone", async () => !(await launchers()).includes(before[0]!));
    });
    const [now, apart] = [await launchers(), await apps()];
    started.push(...now, ...apart);
    await writeFile(launcher, text);
    expect(journal).toMatch(/^told .*"takesOver":true/m);
    expect(came).toEqual(new Set([200]));
    expect(now).toHaveLength(1);
    expect(await notified()).toBe(`MAINPID=${now[0]}\n`);
    expect(apart).toHaveLength(1);
    expect(apart).not.toEqual(app);
    expect(await call()).toBe(200);
  });

  it("stays, without a proxy, where systemd does not take the new one for the unit's, and ends with it", async () => {
    await notifies(1);
    await rm(join(programs, "notified"), { force: true });
    const [[first], app] = [await launchers(), await apps()];
    const came = await underLoad(async () => {
      process.kill(first!, "SIGHUP");
      await until("systemd is told of the new one", async () => (await notified()) !== "");
      await until("the old proxy is gone", async () => !(await apps()).includes(app[0]!));
    });
    const now = await launchers();
    started.push(...now, ...(await apps()));
    expect(came).toEqual(new Set([200]));
    expect(now).toContain(first);
    expect(now).toHaveLength(2);
    process.kill(now.find((pid) => pid !== first)!, "SIGTERM");
    await until("both are gone", async () => (await launchers()).every((pid) => !now.includes(pid)));
  });
});
