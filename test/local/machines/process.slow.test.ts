import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConsole } from "../../../commands/shared/verdict/console-history.ts";
import { readVerdicts, type Verdict } from "../../../document/verdict.ts";
import type { Stack } from "../../../engine/engine.ts";
import { bootFiles } from "../../../infra/boot/cloud-config.ts";
import { processDriver } from "../../../local/machines/process/driver.ts";
import { localStack } from "../../support/local-stack.ts";
import { documentOf, putDocument, signDocument } from "../../support/sign-document.ts";

const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile()).map((e) => relative(folder, join(e.parentPath, e.name)));
};

describe("a machine of the process driver", () => {
  const seen: { path: string; content: string; mode: string }[] = [];
  const driver = processDriver({
    inspect: async (folder) => {
      for (const path of await filesBelow(folder)) {
        const { mode } = await stat(join(folder, path));
        const content = await readFile(join(folder, path), "utf8");
        seen.push({ path, content, mode: `0${(mode & 0o777).toString(8)}` });
      }
    },
  });
  let up: Awaited<ReturnType<typeof localStack>>;
  let engine: ReturnType<typeof up.engine>;
  let stack: Stack;

  const verdicts = async (count: number): Promise<Verdict[]> => {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(250)) {
      const found = readVerdicts(await readConsole(up.client, String(stack.outputs["instance"])));
      if (found.length >= count) return found;
    }
    throw new Error(`no ${count} verdicts within a minute`);
  };

  beforeAll(async () => {
    up = await localStack({ machineDriver: driver });
    engine = up.engine();
    stack = await engine.up();
  });
  afterAll(() => up.local.close());

  it("runs the check at boot", async () => {
    expect(await verdicts(1)).toMatchObject([{ ok: true, instance: stack.outputs["instance"] }]);
  });

  it("has a change of the metadata in force within a minute, as the same instance in the same boot", async () => {
    const instanceId = String(stack.outputs["instance"]);
    const document = await documentOf(up.client, instanceId);
    document.check.probes = document.check.probes.slice(0, 2);
    const signed = await signDocument(up.client, stack.outputs, document);
    await putDocument(up.client, instanceId, JSON.stringify(signed));
    const [before, after] = await verdicts(2);
    expect(after).toMatchObject({ ok: true, boot: before!.boot, instance: instanceId });
    expect(after!.probes.map((p) => p.name)).toEqual(before!.probes.slice(0, 2).map((p) => p.name));
  });

  it("runs the check again after a reset, in another boot and with another token", async () => {
    const instanceId = String(stack.outputs["instance"]);
    await up.client.call("core.InstanceAction", { params: { instanceId }, query: { action: "RESET" } });
    const [, before, after] = await verdicts(3);
    expect(after!.ok).toBe(true);
    expect(after!.boot).not.toBe(before!.boot);
  });

  it("ran the files of user_data byte for byte, and nothing beside them but the bundle", async () => {
    const sha256 = String(stack.outputs["bundleSha256"]);
    await engine.destroy();
    const ran = new Map(seen.map((file) => [`/${file.path}`, file]));
    for (const { path, content, permissions } of bootFiles()) {
      expect(ran.get(path)).toMatchObject({ content, mode: permissions });
      ran.delete(path);
    }
    expect([...ran.keys()].sort()).toEqual(
      [
        // The proof's metrics.
        "/run/keyless-check/keyless_check.prom",
        // The proxy's ports: a process machine shares the loopback of this computer.
        "/etc/keyless/proxy.json",
        // Whom the instance trusts, and the last document that it took.
        "/usr/local/lib/keyless/trust.json",
        `/var/lib/keyless-check/${sha256}.cjs`,
        "/var/lib/keyless-check/accepted.json",
        // Whether the document has security updates made.
        "/var/lib/keyless-check/security-updates",
        `/var/lib/keyless-proxy/${sha256}.cjs`,
        "/var/lib/keyless-proxy/accepted.json",
        // What the proxy wrote: its audit.
        "/var/log/keyless-proxy/audit.jsonl",
      ].sort(),
    );
  });
});
