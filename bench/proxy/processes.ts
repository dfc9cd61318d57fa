/** Processes that the benchmark measures, and what the system says of them. @module */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve as resolvePath } from "node:path";

/** A helper process and its first message. */
export interface Helper<T> {
  child: ChildProcess;
  first: T;
  /** Sends a message and gives the next one that comes back. */
  ask<A>(message: object): Promise<A>;
}

/** Starts a program: one of this folder's, or the one at an absolute path. */
export const startHelper = <T>(file: string, argument: unknown = {}): Promise<Helper<T>> =>
  new Promise((resolve, reject) => {
    const child = fork(resolvePath(import.meta.dirname, file), [JSON.stringify(argument)], {
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const ask = <A>(message: object): Promise<A> =>
      new Promise((done) => {
        child.once("message", (message) => done(message as A));
        child.send(message);
      });
    child.once("message", (first) => resolve({ child, first: first as T, ask }));
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}`)));
  });

const TICKS_PER_S = 100;

/** CPU time a process has used, all threads, in s. */
export const cpuS = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
};

/** Highest resident memory of a process so far, in bytes. */
export const peakBytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;
