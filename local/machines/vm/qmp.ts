/** QEMU's monitor (docs: QEMU Machine Protocol). @module */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const CONNECT_EVERY_MS = 50;
const CONNECT_DEADLINE_MS = 20_000;

/** A running QEMU. */
export interface Monitor {
  /** Runs a command without arguments; errors and responses are not waited for. */
  tell(command: "system_powerdown" | "quit"): void;
  /** Resolves when QEMU has ended. */
  ended: Promise<void>;
}

const tryConnect = (path: string): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket)).once("error", () => resolve(undefined));
  });

/**
 * Connects to the monitor's socket, which QEMU is about to make.
 * @throws Error when there is none within 20 s
 */
export const openMonitor = async (path: string, why: () => string): Promise<Monitor> => {
  for (const untilMs = Date.now() + CONNECT_DEADLINE_MS; ; await sleep(CONNECT_EVERY_MS)) {
    const socket = await tryConnect(path);
    if (socket) {
      socket.on("error", () => {}).resume();
      socket.write(`${JSON.stringify({ execute: "qmp_capabilities" })}\n`);
      return {
        tell: (command) => void socket.write(`${JSON.stringify({ execute: command })}\n`),
        ended: new Promise((resolve) => socket.once("close", () => resolve())),
      };
    }
    if (why() || Date.now() > untilMs)
      throw new Error(`QEMU did not start: ${why() || "no monitor within 20 s"}`);
  }
};
