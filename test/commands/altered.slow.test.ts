/** Verify finds what whoever may update the instance changed after the last deployment. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { writeClientFiles } from "../../commands/local/files.ts";
import { explainAltered, type FoundState } from "../../commands/verify/altered.ts";
import { frameVerdict } from "../../document/verdict.ts";
import type { DeployedState } from "../../infra/deployed-state.ts";
import type { LocalOci } from "../../local/index.ts";
import type { OciClient } from "../../oci/client.ts";
import { consoleMachines } from "../support/console-machines.ts";
import { deployedSha256 } from "../support/deployed.ts";
import { localStack } from "../support/local-stack.ts";
import { documentOf, metadataOf, putDocument, signDocument } from "../support/sign-document.ts";
import { makeUpdater } from "../support/updater.ts";

const root = resolve(import.meta.dirname, "../..");

describe("the agent's plugins", () => {
  const deployed: DeployedState = { document: { sha256: "" }, bootVolume: "b", agent: on("Bastion") };
  function on(...names: string[]): DeployedState["agent"] {
    const pluginsConfigs = ["Bastion", "Compute Instance Run Command"].map((name) => ({
      name,
      desiredState: names.includes(name) ? ("ENABLED" as const) : ("DISABLED" as const),
    }));
    return { isManagementDisabled: false, isMonitoringDisabled: false, pluginsConfigs };
  }
  const found = (agent: DeployedState["agent"]): FoundState => {
    const { pluginsConfigs: pluginsConfig, ...rest } = agent;
    return { agentConfig: { ...rest, ...(pluginsConfig && { pluginsConfig }) }, bootVolumes: ["b"] };
  };
  const says = (of: FoundState, state = deployed) => {
    const { says: first, evidence } = explainAltered(state, of, "i")!;
    return [first, ...evidence].filter((line) => line.includes("plugin"));
  };

  it("are as they were deployed, or off altogether", () => {
    expect(says(found(on("Bastion")))).toEqual([]);
    expect(says(found(on()))).toEqual([]);
    expect(says(found({ isManagementDisabled: true, isMonitoringDisabled: false }))).toEqual([]);
  });

  it("are named where one is on that was not, also by not being off", () => {
    const run = [expect.stringContaining("Compute Instance Run Command")];
    expect(says(found(on("Bastion", "Compute Instance Run Command")))).toEqual(run);
    expect(says(found({ ...on(), pluginsConfigs: [{ name: "Bastion", desiredState: "ENABLED" }] }))).toEqual(
      run,
    );
    const off = { ...deployed, agent: { isManagementDisabled: true, isMonitoringDisabled: false } };
    expect(says(found(on()), off)).toEqual([expect.stringContaining("turned on")]);
  });
});

describe("verify", () => {
  let local: LocalOci;
  let client: OciClient;
  let instanceId: string;
  let outputs: Record<string, unknown>;
  let first: string;
  let console: string;
  const folder = mkdtempSync(join(tmpdir(), "keyless-altered-"));

  /** Verify of a kept run, in whose file the outputs stand. */
  const verify = async () => {
    mkdirSync(join(folder, ".keyless"), { recursive: true });
    const { proxyUrl, caFile } = local.addresses;
    const localOci = { proxyUrl, caFile, ociConfig: join(folder, "oci-config") };
    writeFileSync(
      join(folder, ".keyless/run.json"),
      JSON.stringify({ localOci, instance: { ocid: instanceId }, outputs }),
    );
    const command = [join(root, "commands/run.mjs"), "verify", "--json", "--timeout", "60"];
    const started = Date.now();
    const ended = await promisify(execFile)(process.execPath, command, { cwd: folder }).then(
      (r) => ({ ...r, code: 0 }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    const result = JSON.parse(ended.stdout.trim().split("\n").at(-1)!);
    return { code: ended.code, result, ms: Date.now() - started };
  };

  /** A good verdict about what is in the metadata, as the instance's check says it. */
  const prove = () => {
    console = frameVerdict({
      version: 1,
      ok: true,
      instance: instanceId,
      documentSha256: deployedSha256(local, instanceId),
      probes: [],
      time: new Date().toISOString(),
      proof: { runs: 1, everyS: 600, heartbeatS: 3600 },
    });
  };

  beforeAll(async () => {
    const started = await localStack({
      settings: { transitionMs: 0 },
      machineDriver: consoleMachines(() => Buffer.from(console)),
    });
    ({ local, client } = started);
    console = "";
    outputs = (await started.engine().up()).outputs as Record<string, unknown>;
    instanceId = String(outputs["instance"]);
    writeClientFiles(folder, local);
    first = (await metadataOf(client, instanceId))["keyless"]!;
  });
  afterAll(async () => {
    await local.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await putDocument(client, instanceId, first);
    prove();
  });

  it("is good where all is as it was deployed last", async () => {
    expect(await verify()).toMatchObject({ code: 0, result: { ok: true } });
  });

  it("refuses the good verdict of a fresh instance that has taken an older document", async () => {
    const deployed = outputs["deployed"] as DeployedState;
    const next = await signDocument(client, outputs, await documentOf(client, instanceId));
    await putDocument(client, instanceId, JSON.stringify(next));
    const document = { sha256: deployedSha256(local, instanceId), sequence: next.signature!.sequence };
    outputs = { ...outputs, deployed: { ...deployed, document } };
    prove();
    expect((await verify()).code).toBe(0);
    // Somebody puts the first one back, and the instance, which was replaced, has accepted nothing yet.
    await putDocument(client, instanceId, first);
    prove();
    const { code, result } = await verify();
    outputs = { ...outputs, deployed };
    expect(code).toBe(1);
    expect(result).toMatchObject({
      ok: false,
      cause: "altered",
      verdict: { ok: true },
      explanation: { code: "document-replaced" },
    });
    expect(result.explanation.says).toContain(
      `somebody put back an older one: found ${deployed.document.sha256.slice(0, 12)}, deployed ${document.sha256.slice(0, 12)}`,
    );
  });

  it("refuses a document that nobody deployed at once, without waiting for a verdict", async () => {
    const held = { ...(await documentOf(client, instanceId)), version: 1 as const };
    held.check.deadlineS += 1;
    await putDocument(client, instanceId, JSON.stringify(held));
    const { result, ms } = await verify();
    expect(result).toMatchObject({ cause: "altered", explanation: { code: "document-replaced" } });
    expect(ms).toBeLessThan(30_000);
    await putDocument(client, instanceId, undefined);
    expect((await verify()).result).toMatchObject({ cause: "altered" });
  });

  it("reports plugins of the agent that somebody turned on", async () => {
    const { body } = await client.call<Record<string, unknown>>("core.GetInstance", {
      params: { instanceId },
    });
    const update = (agentConfig: unknown) =>
      client.call("core.UpdateInstance", { params: { instanceId }, body: { agentConfig } });
    await update({ isManagementDisabled: false });
    const { code, result } = await verify();
    await update(body["agentConfig"]);
    expect(code).toBe(1);
    expect(result).toMatchObject({ cause: "altered", explanation: { code: "agent-changed" } });
  });

  it("reports another boot volume, although the document is good", async () => {
    const { body } = await client.call<Record<string, unknown>>("core.GetInstance", {
      params: { instanceId },
    });
    await client.call("core.UpdateInstance", {
      params: { instanceId },
      body: { sourceDetails: { sourceType: "image", imageId: body["imageId"] } },
    });
    const { code, result } = await verify();
    expect(code).toBe(1);
    expect(result).toMatchObject({ cause: "altered", explanation: { code: "boot-volume-replaced" } });
    expect(result.explanation.says).toContain((outputs["deployed"] as DeployedState).bootVolume);
  });

  it("is the last resort: the condition of docs/signing.md keeps those who use instances from changing them", async () => {
    const condition = /where (request\.permission != '\w+')$/m.exec(
      readFileSync(join(root, "docs/signing.md"), "utf8"),
    )![1]!;
    const operator = await makeUpdater(local, condition);
    const { body } = await client.call<Record<string, unknown>>("core.GetInstance", {
      params: { instanceId },
    });
    for (const change of [
      { metadata: body["metadata"] },
      { agentConfig: { isManagementDisabled: false } },
      { sourceDetails: { sourceType: "image", imageId: body["imageId"] } },
    ])
      await expect(
        operator.call("core.UpdateInstance", { params: { instanceId }, body: change }),
      ).rejects.toMatchObject({ status: 404 });
    await operator.call("core.InstanceAction", { params: { instanceId }, query: { action: "SOFTRESET" } });
    await operator.close();
  });
});
