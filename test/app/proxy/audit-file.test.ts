/** The file of the audit: rotation, its limits, and who else writes there. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AuditLine } from "../../../app/proxy/observe/audit.ts";
import { AuditTrail } from "../../../app/proxy/observe/audit-trail.ts";
import { withUnitFolders } from "../../../app/proxy/run.ts";
import { type ProxySettingsInput, readProxySettings } from "../../../app/proxy/settings.ts";

const MAX_BYTES = 64 * 1024;
const FILES = 4;

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "keyless-audit-"));
  path = join(dir, "audit.jsonl");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const trail = (failed: string[] = [], files = FILES): AuditTrail =>
  new AuditTrail(
    { to: "/dev/null", file: { path, maxBytes: MAX_BYTES, files }, onFailure: "stop" },
    { failed: (message) => failed.push(message), line: () => undefined },
  );

const line = (requestId: string): AuditLine => ({
  time: "2026-11-26T12:00:00.000Z",
  client: "app",
  decision: "allowed",
  status: 200,
  bytesIn: 0,
  bytesOut: 0,
  durationMs: 1,
  requestId,
});
const write = (to: AuditTrail, requestId: string): void => {
  const of = line(requestId);
  const space = to.reserve(of, "app");
  if (typeof space === "string") throw new Error(space);
  to.record(of, space);
};
const idsIn = (file: string): string[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => (JSON.parse(text) as AuditLine).requestId);
/** Ids in all files, the oldest first. */
const ids = (): string[] =>
  Array.from({ length: 20 }, (_, i) => (i === 0 ? path : `${path}.${i}`))
    .filter((file) => existsSync(file))
    .reverse()
    .flatMap(idsIn);

it("is rotated at its size; no line is cut or in two files, and the files are so many and no more", async () => {
  let number = 0;
  // Opened anew now and then, as by restarts.
  for (let round = 0; round < 4; round += 1) {
    const one = trail();
    for (let i = 0; i < 600; i += 1) {
      number += 1;
      write(one, String(number));
    }
    await one.close();
    const all = ids().map(Number);
    expect(all.at(-1)).toBe(number);
    expect(all).toEqual(Array.from({ length: all.length }, (_, i) => number - all.length + 1 + i));
  }
  expect(readdirSync(dir).sort()).toEqual(["", ".1", ".2", ".3"].map((end) => `audit.jsonl${end}`));
  for (const file of readdirSync(dir)) {
    const { size, mode } = statSync(join(dir, file));
    expect(size).toBeLessThanOrEqual(MAX_BYTES);
    expect(mode & 0o137).toBe(0);
  }
});

it("files beyond a smaller number go at the next rotation", async () => {
  for (const end of ["", ".1", ".2", ".3", ".4", ".5"]) writeFileSync(path + end, "x".repeat(MAX_BYTES));
  const one = trail([], 3);
  write(one, "1");
  await one.close();
  expect(readdirSync(dir).sort()).toEqual(["", ".1", ".2"].map((end) => `audit.jsonl${end}`));
});

it("two proxies write there while one takes over: every line is in one file", async () => {
  const both = [trail(), trail()];
  for (let i = 0; i < 200; i += 1) {
    for (const [n, one] of both.entries()) write(one, `${n}-${i}`);
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 15));
  }
  await Promise.all(both.map((one) => one.close()));
  expect(new Set(ids()).size).toBe(400);
  expect(ids()).toHaveLength(400);
});

it("that cannot be rotated stops requests until it can", async () => {
  const failed: string[] = [];
  writeFileSync(path, "x".repeat(MAX_BYTES - 1));
  writeFileSync(`${path}.2`, "");
  // A folder where a file should go.
  mkdirSync(`${path}.3`);
  const one = trail(failed);
  write(one, "1");
  await expect.poll(() => one.stopped).toMatch(/audit lines cannot be written to .*: EISDIR/);
  expect(one.reserve(line("2"), "app")).toBe(one.stopped);
  expect(failed).toHaveLength(1);
  rmSync(`${path}.3`, { recursive: true });
  await expect.poll(() => one.stopped, { timeout: 4000 }).toBeUndefined();
  await one.close();
  expect(idsIn(path)).toEqual(["1"]);
});

it("on an instance it lies in the unit's folder for logs, unless the settings say something else", () => {
  const { LOGS_DIRECTORY } = process.env;
  process.env["LOGS_DIRECTORY"] = dir;
  try {
    const audit = (settings: ProxySettingsInput["audit"]) =>
      withUnitFolders(readProxySettings({ audit: settings }), "/run/x").audit;
    expect(audit({})).toEqual({
      to: "stdout",
      onFailure: "stop",
      file: { path: join(dir, "audit.jsonl"), maxBytes: 16 * 1024 * 1024, files: 8 },
    });
    expect(audit({ to: "/var/log/mine" })).not.toHaveProperty("file");
    expect(audit({ file: { path: "/x", files: 3 } })).toMatchObject({ file: { path: "/x", files: 3 } });
  } finally {
    if (LOGS_DIRECTORY === undefined) delete process.env["LOGS_DIRECTORY"];
    else process.env["LOGS_DIRECTORY"] = LOGS_DIRECTORY;
  }
});
