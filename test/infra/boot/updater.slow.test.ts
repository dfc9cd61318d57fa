/** Whoever may update the instance must not become the instance. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConsole } from "../../../commands/shared/verdict/console-history.ts";
import type { KeylessDocument } from "../../../document/schema.ts";
import { signedMessage } from "../../../document/signature.ts";
import { readVerdicts, type Verdict } from "../../../document/verdict.ts";
import { clientAs, type LocalClient } from "../../../local/client.ts";
import type { MachineDriver } from "../../../local/machines/driver.ts";
import { processDriver } from "../../../local/machines/process/driver.ts";
import { localStack } from "../../support/local-stack.ts";
import { documentOf, metadataOf, putDocument, signDocument } from "../../support/sign-document.ts";
import { makeUpdater } from "../../support/updater.ts";

const NAMESPACE = "keylesslocal";

/** What an attacker would run: it notes who it is, and stays. */
const bundleFor = (folder: string): string => `
require("node:fs").writeFileSync(${JSON.stringify(folder)} + "/" + process.argv[2], process.env.STATE_DIRECTORY ?? "");
process.send?.("ready");
setInterval(() => {}, 1000);
`;

describe("somebody with `use instances`", () => {
  let journal = "";
  let up: Awaited<ReturnType<typeof localStack>>;
  let engine: ReturnType<typeof up.engine>;
  let outputs: Readonly<Record<string, unknown>>;
  let updater: LocalClient;
  /** Where the attacker's code would leave its traces. */
  let traces: string;
  let machine: string;
  let first: KeylessDocument;
  /** The attacker's bundle, served by a bucket of the attacker's. */
  let theirs: KeylessDocument["bundle"];

  const instanceId = () => String(outputs["instance"]);
  const verdicts = async (): Promise<Verdict[]> => readVerdicts(await readConsole(up.client, instanceId()));

  /** Waits for a verdict beyond those that were there, and gives the new ones. */
  const beyond = async (count: number, wanted: (verdict: Verdict) => boolean): Promise<Verdict[]> => {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(250)) {
      const found = (await verdicts()).slice(count);
      if (found.some(wanted)) return found;
    }
    throw new Error(`no such verdict within a minute: ${JSON.stringify((await verdicts()).slice(count))}`);
  };

  /** Waits until both the check's and the proxy's launcher have said why they refused. */
  const refusedByBoth = async (why: string, from: number): Promise<void> => {
    const says = `the document in the metadata was refused: ${why}`;
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(250)) {
      if (journal.slice(from).split(says).length > 2) return;
    }
    throw new Error(`not refused by both within a minute: ${says}\n${journal.slice(from)}`);
  };

  /** Puts a document as the updater; both launchers refuse it for a reason, nothing of it runs, what ran goes on. */
  const expectRefused = async (document: object | string, why: string): Promise<void> => {
    const [before, from] = [await verdicts(), journal.length];
    const pids = [await pidOf("check"), await pidOf("proxy")];
    await putDocument(
      updater,
      instanceId(),
      typeof document === "string" ? document : JSON.stringify(document),
    );
    await refusedByBoth(why, from);
    const [said] = await beyond(before.length, (v) => v.cause === "document");
    expect(said).toMatchObject({ ok: false, cause: "document", instance: instanceId(), probes: [] });
    expect(said!.says).toContain(why);
    expect(await readdir(traces)).toEqual([]);
    expect([await pidOf("check"), await pidOf("proxy")], "the same processes").toEqual(pids);
  };

  /** The process of an app on the machine. */
  const pidOf = async (mode: "check" | "proxy"): Promise<number> => {
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (line.includes(machine) && line.endsWith(`.cjs\0${mode}\0`)) return Number(pid);
    }
    throw new Error(`the ${mode} does not run`);
  };

  const driver = processDriver({
    onJournal: (text) => {
      journal += text;
    },
  });
  const machineDriver: MachineDriver = {
    ...driver,
    launch: async (spec) => {
      const launched = await driver.launch(spec);
      machine = launched.folder!;
      return launched;
    },
  };

  beforeAll(async () => {
    traces = await mkdtemp(join(tmpdir(), "keyless-traces-"));
    up = await localStack({ machineDriver });
    const { local, client } = up;
    updater = await makeUpdater(local);
    engine = up.engine();
    ({ outputs } = await engine.up());
    await beyond(0, (v) => v.ok);
    first = await documentOf(client, instanceId());

    const content = Buffer.from(bundleFor(traces));
    const administrator = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
    const params = { namespaceName: NAMESPACE, bucketName: "reports", objectName: "theirs.cjs" };
    await administrator.call("objectstorage.PutObject", { params, body: content });
    const { body } = await administrator.call<{ fullPath: string }>(
      "objectstorage.CreatePreauthenticatedRequest",
      {
        params,
        body: {
          name: "theirs",
          objectName: params.objectName,
          accessType: "ObjectRead",
          timeExpires: "2099-01-01T00:00:00Z",
        },
      },
    );
    await administrator.close();
    theirs = { url: body.fullPath, sha256: createHash("sha256").update(content).digest("hex") };
  }, 120_000);
  afterAll(async () => {
    await updater?.close();
    await up?.local.close();
    await rm(traces, { recursive: true, force: true });
  });

  it("cannot sign, and cannot change user_data", async () => {
    await expect(signDocument(updater, outputs, first)).rejects.toThrow(/404|NotAuthorized/);
    const metadata = await metadataOf(updater, instanceId());
    const body = { metadata: { ...metadata, user_data: "aGk=" } };
    const params = { instanceId: instanceId() };
    await expect(updater.call("core.UpdateInstance", { params, body })).rejects.toThrow(/user_data/);
  });

  it("gets no code run by another bundle with its digest", async () => {
    await expectRefused({ ...first, bundle: theirs }, "its signature is not one of the stack's key");
  });

  it("gets no code run without a signature", async () => {
    const { signature: _, ...unsigned } = first;
    await expectRefused({ ...unsigned, bundle: theirs }, "it is not signed");
  });

  it("gets no code run with a key of their own", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 3072 });
    const place = { stack: first.signature!.stack, sequence: first.signature!.sequence + 1 };
    const forged = { ...first, bundle: theirs };
    const value = sign("sha256", Buffer.from(signedMessage(forged, place)), privateKey).toString("base64");
    await expectRefused(
      { ...forged, signature: { ...place, value } },
      "its signature is not one of the stack's key",
    );
  });

  it("gets nowhere with what is no document, and with none", async () => {
    await expectRefused("[1", "it is no JSON object");
    const { stack, sequence, value } = first.signature!;
    const surplus = { ...first, signature: { stack, sequence, value, x: 1 } };
    await expectRefused(surplus, "its signature has another form");
    const endless = JSON.stringify({ ...first, x: 0 }).replace('"x":0', '"x":1e400');
    await expectRefused(endless, "it cannot be written as JSON");
    const line = journal.length;
    const other = { ...first, signature: { stack: "x\n{}\u001b[2J", sequence, value } };
    await putDocument(updater, instanceId(), JSON.stringify(other));
    await refusedByBoth("it is for the stack x\\u000a{}\\u001b[2J, not for keyless/local", line);
    expect(journal.slice(line)).not.toContain("\u001b");
    const from = journal.length;
    await putDocument(updater, instanceId(), undefined);
    await refusedByBoth("the metadata key keyless is gone", from);
  });

  it("gets no document of another stack accepted, signed by the same key", async () => {
    const others = await signDocument(up.client, outputs, first, { stack: "keyless/other" });
    await expectRefused(others, "it is for the stack keyless/other, not for keyless/local");
  });

  it("is found on the console, and the check says its own verdict again once the document is put right", async () => {
    const before = await verdicts();
    expect(before.at(-1)).toMatchObject({ cause: "document" });
    await putDocument(up.client, instanceId(), JSON.stringify(first));
    const [good] = await beyond(before.length, () => true);
    expect(good).toMatchObject({ ok: true });
  });

  it("gets no older document accepted again, however well it was signed", async () => {
    const newer = await signDocument(up.client, outputs, {
      ...first,
      check: { ...first.check, probes: first.check.probes.slice(0, 2) },
    });
    const before = await verdicts();
    await putDocument(up.client, instanceId(), JSON.stringify(newer));
    expect((await beyond(before.length, (v) => v.ok)).at(-1)!.probes).toHaveLength(2);
    await expectRefused(first, "it is older than the one accepted before");
  });

  it("gets no older document accepted after a restart either: the last accepted one is started", async () => {
    const [before, from] = [await verdicts(), journal.length];
    await up.client.call("core.InstanceAction", {
      params: { instanceId: instanceId() },
      query: { action: "RESET" },
    });
    await refusedByBoth("it is older than the one accepted before", from);
    const after = await beyond(before.length, (v) => v.ok);
    expect(after.map((v) => v.cause)).toContain("document");
    const good = after.find((v) => v.ok)!;
    expect(good.probes).toHaveLength(2);
    expect(good.boot).not.toBe(before.at(-1)!.boot);
    expect(await pidOf("proxy")).toBeGreaterThan(0);
    expect(await readdir(traces)).toEqual([]);
  });

  it("would have been run by an instance that trusts every document", async () => {
    const trusting = up.engine({ "keyless:signDocument": "false", "keyless:name": "keyless-trusting" });
    const stack = await trusting.up();
    const id = String(stack.outputs["instance"]);
    const document = await documentOf(updater, id);
    await putDocument(updater, id, JSON.stringify({ ...document, bundle: theirs }));
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(250))
      if ((await readdir(traces)).length === 2) break;
    expect((await readdir(traces)).sort()).toEqual(["check", "proxy"]);
    await trusting.destroy();
  });
});
