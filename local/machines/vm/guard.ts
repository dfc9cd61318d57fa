/**
 * Runs a program in a folder of its own so that nothing of either is left when this process ends, however it
 * ends: a shell holds the folder and the program, and takes both away when its standard input closes.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemPath } from "./packages.ts";

/**
 * `$1` is the folder, the rest the program; each line of standard input starts it, once the one before has ended: what
 * is ending still holds its sockets' names and locks, and would take the next one's sockets away.
 */
const SHELL = `
dir=$1; shift
mkdir -m 0700 "$dir" || exit 1
echo ready
pid=
while read -r _; do
  [ -z "$pid" ] || wait "$pid"
  echo started
  setpriv --pdeathsig KILL -- "$@" </dev/null >/dev/null &
  pid=$!
done
[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
wait
rm -rf "$dir"
`;

/** A folder with a program in it. */
export interface Guard {
  folder: string;
  /** Starts the program when it has ended, if it ran before. @throws Error when the guard has been closed */
  start(): Promise<void>;
  /** The end of the program's standard error since its last start. */
  errors(): string;
  /** Ends the program and removes the folder. */
  close(): Promise<void>;
}

const MAX_ERRORS = 4_000;

/**
 * Makes the folder.
 * @param name begins the folder's name
 * @param commandIn the program and its arguments, given the folder
 */
export const startGuard = async (
  name: string,
  commandIn: (folder: string) => readonly string[],
): Promise<Guard> => {
  // A name that nobody has: the shell makes the folder, so that none is left when this process is killed.
  const unique = mkdtempSync(join(tmpdir(), `${name}-`));
  rmdirSync(unique);
  const child: ChildProcess = spawn("/bin/sh", ["-c", SHELL, "keyless-guard", unique, ...commandIn(unique)], {
    // A group of its own: Ctrl-C reaches this process, which ends what it has started in order.
    detached: true,
    env: { ...process.env, PATH: systemPath() },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let errors = "";
  child.stdin!.on("error", () => {});
  child.stderr!.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-MAX_ERRORS);
  });
  const closed = once(child, "close");
  await Promise.race([once(child.stdout!, "data"), closed]);
  return {
    folder: unique,
    start: async () => {
      errors = "";
      const started = once(child.stdout!, "data");
      child.stdin!.write("start\n");
      await Promise.race([
        started,
        closed.then(() => {
          throw new Error("it has been closed");
        }),
      ]);
    },
    errors: () => errors.trim(),
    close: async () => {
      child.stdin!.end();
      await closed;
    },
  };
};
