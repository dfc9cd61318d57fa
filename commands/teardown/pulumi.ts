/** The Pulumi CLI's part in a teardown: it destroys the stack first, and forgets it at the end. @module */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** True when the Pulumi CLI is there and knows the stack. */
export const knowsStack = (stack: string): Promise<boolean> =>
  run("pulumi", ["stack", "--stack", stack, "--show-name"]).then(
    () => true,
    () => false,
  );

/** Runs the CLI with its output on standard error. @returns its exit code */
const pulumi = (args: readonly string[], signal: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn("pulumi", [...args], { stdio: ["ignore", 2, 2] });
    const interrupt = (): void => void child.kill("SIGINT");
    signal.addEventListener("abort", interrupt, { once: true });
    child.on("error", reject);
    child.on("close", (code) => {
      signal.removeEventListener("abort", interrupt);
      resolve(code ?? 1);
    });
  });

/** Destroys the stack as far as Pulumi can. @returns Pulumi's exit code: other than 0 when something is left in its state */
export const destroyStack = (stack: string, signal: AbortSignal): Promise<number> =>
  pulumi(
    ["destroy", "--yes", "--skip-preview", "--non-interactive", "--continue-on-error", "--stack", stack],
    signal,
  );

/**
 * Removes an emptied stack with its history from the backend. The settings' file is the person's own, and may be all
 * that is left of their settings: it is kept.
 * @param destroyed false where `destroyStack` did not come to its end and may have left a lock
 * @returns what happened, for people
 */
export const removeStack = async (
  stack: string,
  destroyed: boolean,
  signal: AbortSignal,
): Promise<string> => {
  // Nothing is left that a lock of an interrupted run could protect.
  if (!destroyed) await pulumi(["cancel", "--yes", "--stack", stack], signal);
  const code = await pulumi(
    ["stack", "rm", "--yes", "--force", "--preserve-config", "--stack", stack],
    signal,
  );
  return code === 0
    ? `the stack ${stack} and its history are removed from the Pulumi backend; Pulumi.${stack}.yaml is kept`
    : `pulumi stack rm ended with ${code}: the stack ${stack} is still in the Pulumi backend`;
};
