/** Starts the virtual machine before the tests and ends it after them; skips them where there can be none. @module */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import type { Verdict } from "../../../document/verdict.ts";
import type { ApiIdentity } from "../../../local/bootstrap.ts";
import type { Addresses } from "../../../local/cloud.ts";
import { lackingForVm } from "../../../local/machines/vm/image.ts";

/** What the running machine's tests know of it. */
export interface Up {
  addresses: Addresses;
  deployer: ApiIdentity;
  administrator: ApiIdentity;
  verdict: Verdict | undefined;
  realmDomain: string;
  /** The machine's folder. */
  folder: string;
  outputs: Record<string, unknown>;
}

declare module "vitest" {
  interface ProvidedContext {
    up: Up | undefined;
    missing: string | undefined;
  }
}

let child: ChildProcess | undefined;
let outcome: { ok: boolean; cause?: string } | undefined;

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const missing = await lackingForVm();
  project.provide("missing", missing);
  if (missing) {
    console.error(`skipped: ${missing}`);
    project.provide("up", undefined);
    return async () => {};
  }
  const script = fileURLToPath(new URL("up.ts", import.meta.url));
  child = spawn(process.execPath, ["--import", "tsx", script], { stdio: ["pipe", "pipe", "inherit"] });
  const up = await new Promise<Up>((resolve, reject) => {
    createInterface({ input: child!.stdout! }).on("line", (line) => {
      if (line.startsWith("UP ")) resolve(JSON.parse(line.slice(3)) as Up);
      if (line.startsWith("OUTCOME ")) outcome = JSON.parse(line.slice(8)) as typeof outcome;
    });
    child!.once("close", () => reject(new Error(`no machine: ${outcome?.cause ?? "see above"}`)));
  });
  project.provide("up", up);
  return async () => {
    const closed = once(child!, "close");
    child!.stdin!.end();
    await closed;
    // What the tests made of the stack must not keep it from being removed.
    if (!outcome?.ok) throw new Error(`the run did not end well: ${outcome?.cause ?? "no outcome"}`);
  };
};
