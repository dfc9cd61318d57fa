// The only program in user_data: keeps the app running as the instance's metadata says.
//
//   node launcher.mjs check|proxy
//
// It reads the metadata key `keyless` (JSON: bundle {url, sha256}, the app's settings, a signature). Whoever may update
// the instance can write that key, so nothing in it is used before the signature is that of the key in trust.json,
// which stands beside this file since user_data put it there: for this stack, and no older than what was accepted
// before. A document that is refused is said on the console, and the last accepted one goes on.
// It fetches the bundle, verifies its digest, starts it with the mode as its argument and writes the document to its
// standard input as one line of JSON; `check` is ended and started with each new document, `proxy` stays and gets it
// as one more line. user_data must never change (a changed one replaces the instance), so neither should this file.
import { spawn, spawnSync } from "node:child_process";
import { createHash, verify } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const METADATA = "http://169.254.169.254/opc/v2/instance/";
const POLL_MS = 10_000;
const REQUEST_TIMEOUT_MS = 10_000;
const METADATA_DEADLINE_MS = 60_000;
const MAX_BUNDLE_BYTES = 64 * 1024 * 1024;
const GRACE_MS = 30_000;
const READY_MS = 120_000;
const HANDOVER_MS = 300_000;
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
  const until = Date.now() + METADATA_DEADLINE_MS;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5_000)) {
    let seen;
    try {
      const response = await fetch(METADATA + path, {
        headers: { authorization: "Bearer Oracle" },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.ok) return text;
      if (response.status === 404) return undefined;
      seen = `answered ${response.status}`;
    } catch {
      seen = "did not answer";
    }
    if (Date.now() > until)
      throw new Failure(
        "metadata",
        `the metadata service ${seen} for ${METADATA_DEADLINE_MS / 1000} s`,
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
      const response = await fetch(bundle.url, { redirect: "error", signal: AbortSignal.timeout(60_000) });
      if (response.ok && Number(response.headers.get("content-length") ?? 0) <= MAX_BUNDLE_BYTES)
        bytes = Buffer.from(await response.arrayBuffer());
      else seen = `Object Storage answered ${response.status}`;
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

/** @typedef {{text: string, document: any, sequence: number, digest: string}} Accepted */

/** @param {string} why @returns {never} */
const refuse = (why) => {
  throw new Failure(
    "document",
    `the document in the metadata was refused: ${why}`,
    "Run `pulumi up` again, and find out who may update the instance (INSTANCE_UPDATE) and did: oci audit event list.",
  );
};

/** @param {string} text @returns {any} */
const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What the instance trusts; without it no document is taken. @returns {Promise<any>} */
const readTrust = async () => {
  const text = await readFile(new URL("trust.json", import.meta.url), "utf8").catch(() => "");
  const trust = parse(text);
  if (trust?.unsigned === true || (trust?.stack && trust.publicKey)) return trust;
  throw new Failure(
    "boot",
    "user_data left no trust.json: no document can be trusted",
    "Replace the instance: pulumi up --replace.",
  );
};

/** A document that may be used. @param {string} text @param {any} trust @returns {Accepted} */
const verified = (text, trust) => {
  const document = parse(text);
  if (trust.unsigned) {
    if (document === undefined)
      throw new Failure("settings", "the metadata key keyless is not JSON", "Run `pulumi up` again.");
    return { text, document, sequence: 0, digest: "" };
  }
  if (typeof document !== "object" || document === null) refuse("it is no JSON object");
  const { signature, ...signed } = document;
  if (typeof signature !== "object" || signature === null) refuse("it is not signed");
  const { stack, sequence, value } = signature;
  // As strict as the app, which reads it after the launcher has kept it.
  if (
    Object.keys(signature).length !== 3 ||
    typeof stack !== "string" ||
    typeof value !== "string" ||
    Buffer.from(value, "base64").toString("base64") !== value ||
    !Number.isSafeInteger(sequence) ||
    sequence < 0
  )
    refuse("its signature has another form");
  if (stack !== trust.stack) refuse(`it is for the stack ${stack.slice(0, 100)}, not for ${trust.stack}`);
  let digest = "";
  try {
    digest = sha256(canonicalJson(signed));
  } catch {
    refuse("it cannot be written as JSON");
  }
  const message = Buffer.from(JSON.stringify(["keyless document 1", stack, sequence, digest]));
  if (!verify("sha256", message, trust.publicKey, Buffer.from(value, "base64")))
    refuse("its signature is not one of the stack's key: somebody altered or made it");
  return { text, document, sequence, digest };
};

const acceptedFile = join(stateDir, "accepted.json");

/** The document that was accepted last, before this start. @param {any} trust @returns {Promise<Accepted | undefined>} */
const readAccepted = async (trust) => {
  // Only a file that is not there is a first boot: with one that cannot be read, older documents could come back.
  const text = await readFile(acceptedFile, "utf8").catch((error) => {
    if (error.code !== "ENOENT") throw error;
  });
  try {
    return text === undefined || trust.unsigned ? undefined : verified(text, trust);
  } catch {
    return undefined;
  }
};

/**
 * Takes a document, or refuses it. One that was put back is signed as well as any: its sequence betrays it.
 * @param {string} text @param {any} trust @param {Accepted | undefined} last @returns {Promise<Accepted>}
 */
const accept = async (text, trust, last) => {
  const next = verified(text, trust);
  if (trust.unsigned) return next;
  if (
    last &&
    (next.sequence < last.sequence || (next.sequence === last.sequence && next.digest !== last.digest))
  )
    refuse(`it is older than the one accepted before (sequence ${next.sequence}, accepted ${last.sequence})`);
  // Another spelling of what was accepted: nothing is written, and nothing started anew.
  if (last && next.sequence === last.sequence && next.digest === last.digest) return last;
  await mkdir(stateDir, { recursive: true });
  await writeFile(`${acceptedFile}.part`, text, { mode: 0o600, flush: true });
  await rename(`${acceptedFile}.part`, acceptedFile);
  return next;
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

/** Text as one line that no terminal obeys; JSON stays the same JSON. @param {string} text */
const printable = (text) =>
  text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

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
  const json = printable(JSON.stringify(verdict));
  const sum = createHash("sha256").update(json).digest("hex").slice(0, 16);
  process.stdout.write(`\nKEYLESS-VERDICT ${json.length} ${sum} ${json}\n`);
};

/** @typedef {import("node:child_process").ChildProcess} Child */

/** @type {Child | undefined} */
let app;
/** Those that run: two while a release takes over. @type {Set<Child>} */
const apps = new Set();
let stopping = false;

/** @param {Child} child */
const hasEnded = (child) => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

/** Starts a program with Node. The descriptors of systemd's sockets (3 and up) are handed on. @param {string} file */
const start = (file) => {
  const sockets = Number(process.env.LISTEN_FDS ?? 0);
  /** @type {import("node:child_process").StdioOptions} */
  const stdio = ["pipe", "inherit", "inherit"];
  for (let fd = 3; fd < 3 + sockets; fd++) stdio.push(fd);
  if (mode === "proxy") stdio.push("ipc");
  const child = spawn(process.execPath, [file, mode], { stdio });
  // One that could not be started has no number, and is tried again.
  child.on("error", (error) => console.error(`keyless: ${error.message}`));
  child.stdin?.on("error", () => {});
  apps.add(child);
  child.once("exit", () => apps.delete(child));
  return child;
};

/** Waits until a proxy says that its endpoints are open. @param {Child} child @param {number} withinMs */
const isReady = (child, withinMs = READY_MS) =>
  Promise.race([
    new Promise((resolve) => child.once("message", () => resolve(true))),
    new Promise((resolve) => child.once("exit", () => resolve(false)).once("error", () => resolve(false))),
    sleep(withinMs, false, { ref: false }),
  ]);

/** Asks the app to end (it finishes what it has begun) and waits. @param {Child | undefined} child */
const stop = async (child) => {
  if (!child || hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await Promise.race([ended, sleep(GRACE_MS, undefined, { ref: false }).then(() => child.kill("SIGKILL"))]);
  await ended;
};

for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT"]))
  process.on(signal, () => {
    stopping = true;
    Promise.all([...apps].map(stop)).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });

// One that another launcher has started: the sockets are now this one's.
if (process.send) process.env.LISTEN_PID = String(process.pid);

/** Hands over to a new launcher, which runs on the Node that is installed now. This one ends when its proxy has. */
const handOver = async () => {
  if (stopping) return;
  stopping = true;
  const next = start(process.argv[1] ?? "");
  if (!(await isReady(next, HANDOVER_MS))) {
    await stop(next);
    stopping = false;
    console.error("keyless: the new launcher's proxy does not start; the one before goes on");
    return;
  }
  // Callers are the new one's from here on: it is not ended any more. Where systemd does not take it for the unit's main
  // process, this one's end would be the unit's: it stays, and ends with it.
  const isMain = spawnSync("systemd-notify", [`MAINPID=${next.pid}`]).status === 0;
  const before = [...apps].filter((child) => child !== next);
  if (isMain) apps.delete(next);
  else next.once("exit", () => process.exit(1));
  await Promise.all(before.map(stop));
  if (isMain) process.exit(0);
};

if (mode === "proxy") process.on("SIGHUP", () => void handOver());

let running = "";

/** Puts a document in force. @param {any} document */
const apply = async (document) => {
  const file = await bundleFile(document?.bundle);
  const before = app && !hasEnded(app) ? app : undefined;
  // A proxy beside it serves the callers, this launcher's or, until it is told, the one's that has started this launcher.
  const takesOver = before !== undefined || process.connected === true;
  const line = `${JSON.stringify({ boot, takesOver, document })}\n`;
  if (mode === "check") {
    await stop(before);
    app = start(file);
    app.stdin?.end(line);
    return;
  }
  if (before && file === running) {
    before.stdin?.write(line);
    return;
  }
  // The one before goes on until the new one has opened its endpoints: no caller is turned away.
  const next = start(file);
  app ??= next;
  next.stdin?.write(line);
  const opened = await isReady(next);
  if (!opened && before) {
    await stop(next);
    throw new Failure(
      "bundle",
      "the proxy of the new release does not start; the one before goes on",
      "Look at the journal of this unit.",
    );
  }
  app = next;
  running = file;
  if (opened && process.connected) process.send?.("ready", () => process.disconnect());
  await stop(before);
};

/** What was said last, of documents and of all else. */
const said = { refusal: "", failure: "" };

/** Says once what is wrong. @param {unknown} error @param {string | undefined} text @param {keyof typeof said} kind */
const tell = async (error, text, kind) => {
  const failure = asFailure(error);
  const told = `${text} ${failure.message}`;
  if (said[kind] !== told) {
    if (mode === "check") await report(failure, text);
    console.error(printable(`keyless: ${failure.message}. ${failure.advice}`));
  }
  said[kind] = told;
};

/** The document in force. */
let current = "";
/** @type {Accepted | undefined} */
let accepted;
/** A check whose end was said. @type {Child | undefined} */
let mourned;
let pauseMs = POLL_MS;
for (;;) {
  /** @type {string | undefined} */
  let text;
  try {
    const trust = await readTrust();
    accepted ??= await readAccepted(trust);
    text = await metadata("metadata/keyless");
    const wasRefused = said.refusal !== "";
    try {
      if (text !== undefined) accepted = await accept(text, trust, accepted);
      else if (accepted) refuse("the metadata key keyless is gone");
      said.refusal = "";
    } catch (error) {
      await tell(error, text, "refusal");
    }
    const gone = app !== undefined && hasEnded(app);
    if (!gone) pauseMs = POLL_MS;
    if (gone && mode === "check" && mourned !== app && !stopping) {
      mourned = app;
      pauseMs = Math.min(pauseMs * 2, LONGEST_RESTART_MS);
      throw new Failure(
        "bundle",
        `the check ended by itself (${app?.signalCode ?? app?.exitCode}) and is started again`,
        "Look at the journal of this unit.",
      );
    }
    // After a refusal the verdict on the console is that of the refusal: the check says its own again.
    const again = mode === "check" && wasRefused && said.refusal === "";
    if (accepted && (accepted.text !== current || gone || again) && !stopping) {
      await apply(accepted.document);
      current = accepted.text;
    }
    said.failure = "";
  } catch (error) {
    await tell(error, text, "failure");
  }
  await sleep(pauseMs);
}
