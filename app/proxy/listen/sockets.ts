/** Unix sockets that one user may use, and ports that may still be another proxy's for a moment. @module */
import { lstatSync, renameSync, rmSync } from "node:fs";
import { chmod } from "node:fs/promises";
import type { Server } from "node:http";
import type { ListenOptions } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { giveTo } from "./ownership.ts";

const listen = (server: Server, options: ListenOptions | { fd: number }): Promise<void> =>
  new Promise((resolve, reject) => {
    const listening = (): void => {
      server.off("error", failed);
      resolve();
    };
    const failed = (error: Error): void => {
      server.off("listening", listening);
      reject(error);
    };
    server.once("error", failed).once("listening", listening).listen(options);
  });

/**
 * Listens at a socket that only one user may connect to. It is made under another name and then renamed over
 * whatever stands there, so that there is no moment without a socket or with a wider one (TOCTOU).
 * @param uid undefined: nobody beside the proxy's own user
 * @returns what removes the socket, unless another proxy has put its own there since
 * @throws Error when the user cannot be let in
 */
export const listenAtSocket = async (
  server: Server,
  path: string,
  uid: number | undefined,
): Promise<() => void> => {
  const part = `${path}.${process.pid}`;
  rmSync(part, { force: true });
  const mask = process.umask(0o177);
  try {
    const listening = listen(server, { path: part });
    process.umask(mask);
    await listening;
    await chmod(part, 0o600);
    await giveTo(part, uid, "rw");
    const { ino } = lstatSync(part);
    renameSync(part, path);
    return () => {
      if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
    };
  } catch (error) {
    process.umask(mask);
    rmSync(part, { force: true });
    throw error;
  }
};

/**
 * Listens at a port. While the proxy before this one is still ending, the port is in use: tried again.
 * @param deadlineMs time for the tries, in ms
 * @throws Error naming address and port
 */
export const listenAtPort = async (
  server: Server,
  at: { address: string; port: number },
  deadlineMs: number,
): Promise<void> => {
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    try {
      await listen(server, { host: at.address, port: at.port });
      return;
    } catch (error) {
      const busy = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!busy || performance.now() > untilMs) {
        throw new Error(`cannot listen at ${at.address} port ${at.port}: ${(error as Error).message}`);
      }
      await delay(50);
    }
  }
};

/** Listens at a socket that systemd has opened. */
export const listenAtDescriptor = (server: Server, fd: number): Promise<void> => listen(server, { fd });
