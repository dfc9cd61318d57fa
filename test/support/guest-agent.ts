/** Commands on a virtual machine, by QEMU's guest agent: what an administrator at its console could type. @module */
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** What a command came to. */
export interface GuestCommandEnd {
  code: number;
  stdout: string;
  stderr: string;
}

interface Status {
  exited: boolean;
  exitcode?: number;
  "out-data"?: string;
  "err-data"?: string;
}

const POLL_MS = 200;
const RESPONSE_MS = 30_000;
/** How long an agent is waited for that has not answered before. */
const SILENT_MS = 5_000;

/** A machine that commands can be run on. */
export interface Guest {
  /** Runs a shell command as root. @param timeoutMs @default 60 s */
  run(command: string, timeoutMs?: number): Promise<GuestCommandEnd>;
  /** The same as another user of the machine. */
  runAs(user: string, command: string, timeoutMs?: number): Promise<GuestCommandEnd>;
  close(): void;
}

/**
 * Connects to the agent of a machine whose driver was given `agent`. The agent is asked again until it answers:
 * it comes late in a boot, and again after a reboot.
 * @param folder the machine's
 */
export const connectGuest = (folder: string): Guest => {
  let socket: Socket | undefined;
  let lines: Interface | undefined;
  const open = (): { socket: Socket; lines: Interface } => {
    if (!socket || !lines) {
      socket = connect(join(folder, "agent.sock"));
      socket.on("error", () => {});
      lines = createInterface({ input: socket });
      lines.on("error", () => {});
    }
    return { socket, lines };
  };
  const close = (): void => {
    lines?.close();
    socket?.destroy();
    socket = lines = undefined;
  };
  /** One question at a time: the agent has one connection. */
  let last: Promise<unknown> = Promise.resolve();
  const ask = (execute: string, args: object, timeoutMs: number): Promise<unknown> => {
    const next = last.then(() => askNow(execute, args, timeoutMs));
    last = next.catch(() => {});
    return next;
  };
  const askNow = (execute: string, args: object, timeoutMs: number): Promise<unknown> => {
    const link = open();
    const reply = new Promise<unknown>((resolve, reject) => {
      const late = setTimeout(() => done(new Error(`the guest agent does not answer ${execute}`)), timeoutMs);
      const done = (error: Error | undefined, value?: unknown): void => {
        clearTimeout(late);
        link.lines.off("line", read);
        if (error) reject(error);
        else resolve(value);
      };
      const read = (line: string): void => {
        const said = JSON.parse(line.replace(/^\xff/, "")) as { return?: unknown; error?: { desc: string } };
        if (said.error) done(new Error(`${execute}: ${said.error.desc}`));
        else done(undefined, said.return);
      };
      link.lines.on("line", read);
    });
    link.socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    return reply;
  };
  /** True when it did not answer the last time: then it is not waited for that long again. */
  let silent = false;
  /** Until the agent answers with a number of ours: what was asked before it came is thrown away. */
  const sync = async (deadlineMs: number): Promise<void> => {
    const untilMs = silent ? Math.min(deadlineMs, Date.now() + SILENT_MS) : deadlineMs;
    for (let id = Date.now(); ; id += 1) {
      try {
        if ((await ask("guest-sync", { id }, 3_000)) === id) {
          silent = false;
          return;
        }
      } catch (error) {
        if (Date.now() > untilMs) {
          silent = true;
          throw error;
        }
      }
      close();
      await sleep(POLL_MS);
    }
  };
  const run = async (path: string, arg: readonly string[], timeoutMs: number): Promise<GuestCommandEnd> => {
    const untilMs = Date.now() + timeoutMs;
    await sync(untilMs);
    const { pid } = (await ask("guest-exec", { path, arg, "capture-output": true }, RESPONSE_MS)) as {
      pid: number;
    };
    for (;;) {
      const status = (await ask("guest-exec-status", { pid }, RESPONSE_MS)) as Status;
      if (status.exited) {
        const text = (part: string | undefined) => Buffer.from(part ?? "", "base64").toString();
        return {
          code: status.exitcode ?? -1,
          stdout: text(status["out-data"]),
          stderr: text(status["err-data"]),
        };
      }
      if (Date.now() > untilMs) throw new Error(`${arg.join(" ")} did not end within ${timeoutMs} ms`);
      await sleep(POLL_MS);
    }
  };
  return {
    run: (command, timeoutMs = 60_000) => run("/bin/sh", ["-c", command], timeoutMs),
    runAs: (user, command, timeoutMs = 60_000) =>
      run("/usr/sbin/runuser", ["-u", user, "--", "/bin/sh", "-c", command], timeoutMs),
    close,
  };
};
