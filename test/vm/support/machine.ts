/** The virtual machine that the tests share. @module */
import { inject } from "vitest";
import { readConsole } from "../../../commands/shared/verdict/console-history.ts";
import type { KeylessDocument } from "../../../document/schema.ts";
import { readVerdicts, type Verdict } from "../../../document/verdict.ts";
import { clientAs, type LocalClient } from "../../../local/client.ts";
import { connectGuest, type Guest } from "../../support/guest-agent.ts";
import { documentOf, putDocument, signDocument } from "../../support/sign-document.ts";
import { skipFor } from "../../support/skip.ts";
import type { Up } from "./setup.ts";

/** The tests of a machine; skipped, with the reason in the output, where there is none. */
export const { describe } = skipFor(inject("missing"));

/** What is known of the machine. Only inside of tests. */
export const up = (): Up => inject("up")!;

let guest: Guest | undefined;
let client: LocalClient | undefined;

/** Commands on the machine. */
export const onMachine = (): Guest => {
  guest ??= connectGuest(up().folder);
  return guest;
};

/** Signed as the deployer. */
export const deployer = (): LocalClient => {
  client ??= clientAs(up().deployer, up().addresses, up().realmDomain);
  return client;
};

/** What a command prints as root; fails unless it ends with 0. */
export const output = async (command: string, timeoutMs?: number): Promise<string> => {
  const { code, stdout, stderr } = await onMachine().run(command, timeoutMs);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr}`);
  return stdout.trim();
};

export const instanceId = (): string => String(up().outputs["instance"]);

/** Every verdict on the machine's console, oldest first. */
export const verdicts = async (id = instanceId()): Promise<Verdict[]> =>
  readVerdicts(await readConsole(deployer(), id));

/** Waits for a verdict beyond those that were there. */
export const nextVerdict = async (
  before: number,
  timeoutMs = 480_000,
  id = instanceId(),
): Promise<Verdict> => {
  for (const untilMs = Date.now() + timeoutMs; Date.now() < untilMs; ) {
    const all = await verdicts(id);
    if (all.length > before) return all.at(-1)!;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  throw new Error(`no further verdict within ${timeoutMs} ms`);
};

/** The document in the instance's metadata. */
export const documentNow = (): Promise<KeylessDocument> => documentOf(deployer(), instanceId());

/** Changes the document as `pulumi up` does: signed anew. */
export const changeDocument = async (change: (document: KeylessDocument) => void): Promise<void> => {
  const document = await documentNow();
  change(document);
  const signed = await signDocument(deployer(), up().outputs, document);
  await putDocument(deployer(), instanceId(), JSON.stringify(signed));
};
