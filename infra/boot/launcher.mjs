// The only program in user_data: keeps the app running as the instance's metadata says.
//
//   node launcher.mjs check|proxy
//
// It reads the metadata key `keyless` (JSON: bundle {url, sha256} and the app's settings), fetches the bundle,
// verifies its digest, starts it with the mode as its argument and writes the document to its standard input as
// one line of JSON; `check` ends with its document and is started again, `proxy` stays and gets each new document as a line.
// user_data must never change (a changed one replaces the instance), so neither should this file.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const METADATA = "http://169.254.169.254/opc/v2/instance/";
const POLL_MS = 10_000;
const REQUEST_TIMEOUT_MS = 10_000;
const PATIENCE_MS = 60_000;
const MAX_BUNDLE_BYTES = 64 * 1024 * 1024;
const GRACE_MS = 30_000;
const READY_MS = 60_000;
const LONGEST_RESTART_MS = 160_000;

const mode = process.argv[2] === "proxy" ? "proxy" : "check";
const stateDir = process.env.STATE_DIRECTORY ?? ".";
const boot = process.env.KEYLESS_BOOT_ID ?? "unknown";

/** A failure with its cause code and what to do about it. */
class Failure extends Error {
  /** @param {string} cause @param {string} message @param {string} advice */
  constructor(cause, message, advice) {
    super(message);
    this.code = cause;
    this.advice = advice;
  }
}

/** @param {string} path @returns {Promise<string | undefined>} undefined where the instance has no such key */
const metadata = async (path) => {
  const until = Date.now() + PATIENCE_MS;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5_000)) {
    let seen;
    try {
      const answer = await fetch(METADATA + path, {
        headers: { authorization: "Bearer Oracle" },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await answer.text();
      if (answer.ok) return text;
      if (answer.status === 404) return undefined;
      seen = `answered ${answer.status}`;
    } catch {
      seen = "did not answer";
    }
    if (Date.now() > until)
      throw new Failure(
        "metadata",
        `the metadata service ${seen} for ${PATIENCE_MS / 1000} s`,
        "Check that 169.254.169.254 port 80 is reachable for this user and that the metadata service v2 is enabled.",
      );
    await sleep(wait * (0.5 + Math.random()));
  }
};

/** @param {Buffer | string} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** @param {{url: string, sha256: string}} bundle @returns {Promise<string>} a file whose digest was just verified */
const bundleFile = async (bundle) => {
  if (!/^[0-9a-f]{64}$/.test(bundle?.sha256 ?? "") || !/^https:\/\//.test(bundle?.url ?? ""))
    throw new Failure("bundle", "the metadata names no bundle", "Run `pulumi up` again.");
  const file = join(stateDir, `${bundle.sha256}.cjs`);
  const kept = await readFile(file).catch(() => undefined);
  if (kept && sha256(kept) === bundle.sha256) return file;
  let bytes;
  let seen = "";
  for (let attempt = 1; attempt <= 5 && !bytes; attempt++) {
    if (attempt > 1) await sleep(2 ** attempt * 250);
    try {
      // The URL is a bearer credential: it is never printed.
      const answer = await fetch(bundle.url, { redirect: "error", signal: AbortSignal.timeout(60_000) });
      if (answer.ok && Number(answer.headers.get("content-length") ?? 0) <= MAX_BUNDLE_BYTES)
        bytes = Buffer.from(await answer.arrayBuffer());
      else seen = `Object Storage answered ${answer.status}`;
    } catch {
      seen = "Object Storage did not answer";
    }
  }
  if (!bytes)
    throw new Failure(
      "bundle",
      `the app's bundle could not be fetched: ${seen}`,
      "Check the pre-authenticated request, the bucket, and the subnet's route to the service gateway.",
    );
  const found = sha256(bytes);
  if (found !== bundle.sha256)
    throw new Failure(
      "bundle",
      `the app's bundle has SHA-256 ${found}, the metadata says ${bundle.sha256}: it was not started`,
      "Somebody changed the object, or the upload was cut: run `pulumi up` again and find out who can write to the bucket.",
    );
  await mkdir(stateDir, { recursive: true });
  const part = `${file}.part`;
  await writeFile(part, bytes, { mode: 0o600 });
  await rename(part, file);
  for (const other of await readdir(stateDir))
    if (/^[0-9a-f]{64}\.cjs$/.test(other) && join(stateDir, other) !== file) await rm(join(stateDir, other));
  return file;
};

/** The document's one spelling, as document/digest.ts has it. @param {unknown} value @returns {string} */
const canonicalJson = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`${value} is no JSON`);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
};

/** What a verdict is about: the document's SHA-256, or the text's where it is no JSON. @param {string} text */
const documentSha256 = (text) => {
  try {
    return sha256(canonicalJson(JSON.parse(text)));
  } catch {
    return sha256(text);
  }
};

/** @param {unknown} error @returns {Failure} */
const asFailure = (error) => {
  if (error instanceof Failure) return error;
  if (/** @type {NodeJS.ErrnoException} */ (error)?.code === "ENOSPC")
    return new Failure(
      "boot",
      `no space is left in ${stateDir}`,
      "Make room on the boot volume, or enlarge it.",
    );
  return new Failure("settings", String(error), "Look at the journal of this unit.");
};

/**
 * One marked line on the console, as the check prints its own.
 * @param {Failure} failure
 * @param {string | undefined} text the metadata key that it is about
 */
const report = async (failure, text) => {
  const instance = failure.code === "metadata" ? undefined : await metadata("id").catch(() => undefined);
  const verdict = {
    version: 1,
    ok: false,
    cause: failure.code,
    says: failure.message,
    advice: failure.advice,
    documentSha256: text && documentSha256(text),
    boot,
    instance,
    probes: [],
    time: new Date().toISOString(),
  };
  const json = JSON.stringify(verdict).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const sum = createHash("sha256").update(json).digest("hex").slice(0, 16);
  process.stdout.write(`\nKEYLESS-VERDICT ${json.length} ${sum} ${json}\n`);
};

/** @type {import("node:child_process").ChildProcess | undefined} */
let app;
/** Those that run: two while a release takes over. @type {Set<import("node:child_process").ChildProcess>} */
const apps = new Set();
let stopping = false;

/** Starts the app. The descriptors of systemd's sockets (3 and up) are handed on. @param {string} file */
const start = (file) => {
  const sockets = Number(process.env.LISTEN_FDS ?? 0);
  /** @type {import("node:child_process").StdioOptions} */
  const stdio = ["pipe", "inherit", "inherit"];
  for (let fd = 3; fd < 3 + sockets; fd++) stdio.push(fd);
  if (mode === "proxy") stdio.push("ipc");
  const child = spawn(process.execPath, [file, mode], { stdio });
  child.stdin?.on("error", () => {});
  apps.add(child);
  child.once("exit", () => apps.delete(child));
  return child;
};

/** Waits until a proxy says that its doors are open. @param {import("node:child_process").ChildProcess} child */
const isReady = (child) =>
  Promise.race([
    new Promise((resolve) => child.once("message", () => resolve(true))),
    new Promise((resolve) => child.once("exit", () => resolve(false))),
    sleep(READY_MS, false, { ref: false }),
  ]);

/** Asks the app to end (it finishes what it has begun) and waits. @param {typeof app} child */
const stop = async (child) => {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await Promise.race([ended, sleep(GRACE_MS, undefined, { ref: false }).then(() => child.kill("SIGKILL"))]);
  await ended;
};

for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT"]))
  process.on(signal, () => {
    stopping = true;
    Promise.all([...apps].map(stop)).then(() => process.exit(0));
  });

let current = "";
let running = "";
let reported = "";
let restartMs = POLL_MS;
for (;;) {
  /** @type {string | undefined} */
  let text;
  try {
    text = await metadata("metadata/keyless");
    // The check ends when the document changes; whatever else ends it, proof goes on.
    const gone = app && (app.exitCode !== null || app.signalCode !== null);
    if (text && (text !== current || gone) && !stopping) {
      let document;
      try {
        document = JSON.parse(text);
      } catch {
        throw new Failure("settings", "the metadata key keyless is not JSON", "Run `pulumi up` again.");
      }
      const file = await bundleFile(document.bundle);
      const line = `${JSON.stringify({ boot, document })}\n`;
      if (mode === "proxy" && app && !gone && file === running) app.stdin?.write(line);
      else {
        // The one before goes on until the new one has opened its doors: no caller is turned away.
        const before = gone ? undefined : app;
        const next = start(file);
        app ??= next;
        if (mode === "proxy") {
          next.stdin?.write(line);
          if (!(await isReady(next)) && before) {
            await stop(next);
            throw new Failure(
              "bundle",
              "the proxy of the new release does not start; the one before goes on",
              "Look at the journal of this unit.",
            );
          }
          app = next;
          running = file;
          await stop(before);
        } else {
          app = next;
          next.stdin?.end(line);
          const [code, signal] = await new Promise((resolve) => next.once("exit", (...how) => resolve(how)));
          if (code !== 0 && !stopping) {
            restartMs = Math.min(restartMs * 2, LONGEST_RESTART_MS);
            throw new Failure(
              "bundle",
              `the check ended by itself (${signal ?? code}) and is started again`,
              "Look at the journal of this unit.",
            );
          }
          restartMs = POLL_MS;
        }
      }
      current = text;
    }
    reported = "";
  } catch (error) {
    const failure = asFailure(error);
    const told = `${text} ${failure.message}`;
    if (reported !== told) {
      if (mode === "check") await report(failure, text);
      console.error(`keyless: ${failure.message}. ${failure.advice}`);
    }
    reported = told;
  }
  await sleep(restartMs);
}
