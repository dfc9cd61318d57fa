/** The audit under pressure: nothing is signed without a line, and nobody fills it for the others. */
import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { AuditLine } from "../../../app/proxy/observe/audit.ts";
import { stderrLog } from "../../../app/proxy/run.ts";
import { head, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";

let t: TestProxy | undefined;
let dir: string | undefined;
afterEach(async () => {
  await t?.close();
  t = undefined;
  if (dir) rmSync(dir, { recursive: true, force: true });
  dir = undefined;
});

const GRANTED = `GET /core/20160918/instances/${VM}`;
const OTHERS = "GET /objectstorage/n/ns/b/other/o/x";
const get = (client = "app", line = GRANTED) => raw(t!.socket(client), head(line), { timeoutMs: 8000 });

/** A pipe that somebody has open and does not read. */
const unreadPipe = () => {
  dir = mkdtempSync(join(tmpdir(), "keyless-audit-"));
  const path = join(dir, "pipe");
  expect(spawnSync("mkfifo", [path]).status).toBe(0);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  let text = "";
  const buffer = Buffer.alloc(64 * 1024);
  /** Reads what is there. */
  const lines = (): AuditLine[] => {
    for (;;) {
      try {
        text += buffer.subarray(0, readSync(fd, buffer)).toString();
      } catch {
        break;
      }
    }
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AuditLine);
  };
  return { path, lines, close: () => closeSync(fd) };
};

describe("a reader that does not read", () => {
  it("stops what would be signed; each request that was has its line when it reads again", async () => {
    const pipe = unreadPipe();
    t = await startTestProxy({ audit: { to: pipe.path } });
    await t.proxy.ready();
    // Another client fills pipe and queue, by what it may and by what it may not.
    const long = `${OTHERS}${"y".repeat(900)}`;
    for (let i = 0; i < 3; i += 1) {
      await Promise.all(
        Array.from({ length: 60 }, (_, n) => get("other", n % 3 === 0 ? `${OTHERS}?n=${n}` : long)),
      );
    }
    await delay(1300);
    const before = t.oci.seen.length;
    const responses = await Promise.all(Array.from({ length: 20 }, () => get()));
    expect(responses.map((a) => a.status)).toEqual(Array(20).fill(503));
    expect(responses[0]!.body).toContain("AuditFailed");
    expect(responses[0]!.body).toContain(`${pipe.path}: the reader does not read`);
    expect(t.oci.seen.length).toBe(before);
    expect(t.proxy.problems()).toMatchObject({ audit: expect.stringContaining("does not read") });
    // Somebody reads.
    const signed = t.oci.seen.length;
    await expect
      .poll(() => pipe.lines().filter((line) => line.decision === "allowed").length, { timeout: 8000 })
      .toBe(signed);
    await expect.poll(() => t!.proxy.problems()).toEqual({});
    expect((await get()).status).toBe(200);
    await expect.poll(() => pipe.lines().at(-1)).toMatchObject({ client: "app", decision: "allowed" });
    await t.close();
    t = undefined;
    // Each refusal is told of, in a line or in a summary.
    const refused = pipe.lines().filter((line) => line.decision === "refused" && line.client === "app");
    expect(refused.reduce((n, line) => n + (line.count ?? 1), 0)).toBe(20);
    pipe.close();
  }, 40_000);

  it("ends with the proxy, which says how many lines were lost", async () => {
    const pipe = unreadPipe();
    t = await startTestProxy({ audit: { to: pipe.path } });
    await t.proxy.ready();
    const { logged } = t;
    for (let i = 0; i < 3; i += 1) {
      await Promise.all(Array.from({ length: 60 }, () => get("other", `${OTHERS}${"y".repeat(900)}`)));
    }
    const signed = t.oci.seen.length;
    const ending = t.close();
    t = undefined;
    const lines = new Promise<AuditLine[]>((resolve) => setTimeout(() => resolve(pipe.lines()), 2500));
    const written = (await lines).filter((line) => line.decision === "allowed").length;
    await ending;
    expect(written).toBeLessThan(signed);
    const lost = Number(/up to (\d+) audit lines were lost/.exec(logged.join())?.[1]);
    expect(lost).toBeGreaterThanOrEqual(signed - written);
    pipe.close();
  }, 20_000);
});

describe("callers without a token", () => {
  it("get a line and a count, however many requests they send", async () => {
    t = await startTestProxy();
    await t.proxy.ready();
    const burst = head("GET /core/x?token=secret").replace("localhost", `127.0.0.1:${t.port}`).repeat(10);
    for (let i = 0; i < 30; i += 1) await raw({ port: t.port }, burst, { settleMs: 100 });
    expect((await get()).status).toBe(200);
    await expect.poll(() => t!.audit().length).toBe(2);
    expect(t.audit()[0]).toMatchObject({
      peer: "127.0.0.1",
      decision: "refused",
      code: "CallerUnknown",
      status: 401,
      method: "GET",
      path: "/core/x",
    });
    expect(t.audit()[1]).toMatchObject({ client: "app", decision: "allowed" });
    const metrics = await (await fetch(`${t.proxy.adminUrl}/metrics`)).text();
    expect(metrics).toContain("keyless_proxy_audit_summarised_refusals 299");
    const file = join(t.dir, "audit.jsonl");
    const kept = openSync(file, "r");
    await t.close();
    t = undefined;
    // The end writes the summary.
    const summary = JSON.parse(readFileSync(kept, "utf8").trim().split("\n").at(-1)!);
    closeSync(kept);
    expect(summary).toMatchObject({ peer: "127.0.0.1", code: "CallerUnknown", count: 299 });
    expect(JSON.stringify(summary)).not.toContain("secret");
  }, 20_000);
});

describe("lines", () => {
  const lineOf = async (bytes: string): Promise<{ text: string; line: AuditLine }> => {
    const before = t!.audit().length;
    await raw(t!.socket("app"), bytes);
    await expect.poll(() => t!.audit().length).toBeGreaterThan(before);
    const text = readFileSync(join(t!.dir, "audit.jsonl"), "utf8").trimEnd().split("\n").at(-1)!;
    return { text, line: JSON.parse(text) as AuditLine };
  };

  it("hold no character that a terminal obeys or a tool breaks lines at, and read back to the name", async () => {
    t = await startTestProxy();
    await t.proxy.ready();
    const name = "daily/a\u2028b\u202e\u2066c\u200b\u{e0041}\ufeff";
    const at = `/objectstorage/n/ns/b/exports/o/${encodeURIComponent(name)}`;
    const prefix = `${name}\u0085\u009b31m`;
    const list = `/objectstorage/n/ns/b/exports/o?prefix=${encodeURIComponent(prefix)}`;
    for (const [target, resource] of [
      [at, { objectName: name }],
      [list, { prefix }],
    ] as const) {
      const { text, line } = await lineOf(head(`GET ${target}`));
      expect(line).toMatchObject({ resource });
      expect(text).toMatch(/^[\x20-\x7e]+$/);
    }
    const refused = await raw(t.socket("app"), head(`GET ${at.replace("daily", "hourly")}`));
    expect(refused.status, refused.body).toBe(403);
    expect(refused.body).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(refused.body).message).toContain("hourly/a\u2028b\u202e");
  });

  it("of refusals say what was asked, cut, without the query or what is secret in a path", async () => {
    t = await startTestProxy();
    await t.proxy.ready();
    const told = async (target: string, method = "GET") => (await lineOf(head(`${method} ${target}`))).line;
    expect(await told(`/core/20160918/instances/x?password=hunter2`, "DELETE")).toMatchObject({
      method: "DELETE",
      path: "/core/20160918/instances/x",
      code: "NotGranted",
    });
    expect(await told("/core/a%3Fpassword=hunter2")).toMatchObject({ path: "/core/a" });
    expect(await told("/core/a;password=hunter2")).toMatchObject({ path: "/core/a" });
    expect(await told("http://me:hunter2@oci/core")).toMatchObject({ path: "http://oci/core" });
    expect(await told("/objectstorage/p/hunter2/n/ns/b/b/o/o")).toMatchObject({
      path: "/objectstorage/p/…/n/ns/b/b/o/o",
    });
    expect((await told(`/core/${"x".repeat(9000)}`)).path).toHaveLength(257);
    expect(readFileSync(join(t.dir, "audit.jsonl"), "utf8")).not.toContain("hunter2");
    // What is allowed is told by operation and resource.
    expect(await told(`/core/20160918/instances/${VM}`)).not.toHaveProperty("path");
  });
});

it("the proxy's own messages hold no such character either", () => {
  const written: string[] = [];
  const { error } = console;
  console.error = (text: string) => written.push(text);
  try {
    stderrLog.error("a\u009b\u2028\u202eb");
  } finally {
    console.error = error;
  }
  expect(written[0]).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(written[0]!)).toMatchObject({ message: "a\u009b\u2028\u202eb" });
});
